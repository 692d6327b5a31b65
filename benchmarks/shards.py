"""A set against one library of the same vectors: latency in process, and through a node."""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

import sqlclap
from benchmarks.timing import K
from benchmarks.vector_library import (
    MODEL,
    add_vectors,
    held_out,
    make_vector_library,
    settle_index,
    vector_chunks,
)
from sqlclap.db.library_file import LibraryFile
from sqlclap.db.stored_models import default_model
from sqlclap.search.request import SearchOptions
from sqlclap.shards import open_set
from sqlclap.shards.protocol import TOKEN_VARIABLE
from sqlclap.shards.set_file import SetFile, ShardEntry, read_set, write_set
from sqlclap.shards.slots import even_ranges

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sqlclap.arrays import Float32Array

SCANNED = 100
"""Queries that are also answered by looking at all vectors."""

WARM_UP = 50
"""Queries that are asked before any is timed: connections are opened, and pages read."""


@dataclass(frozen=True)
class ShardSizes:
    """How large a set is measured.

    Attributes
    ----------
    vectors, shards : int
        Of the set; the one library holds all of them.
    queries : int
    """

    vectors: int = 1_000_000
    shards: int = 10
    queries: int = 400


@dataclass(frozen=True)
class ShardFigures:
    """What one way of asking took.

    Attributes
    ----------
    way : str
    min_ms, p50_ms, p99_ms : float
    times_p50, times_p99 : float
        Of what the one library took, asked in turns.
    same : float
        Share of queries with the same sounds as the one library's answer, by their scores.
    recall : float
        Share of the true best ten that it found, over the first `SCANNED` queries.
    """

    way: str
    min_ms: float
    p50_ms: float
    p99_ms: float
    times_p50: float
    times_p99: float
    same: float
    recall: float


Ask = Callable[["Float32Array"], "Sequence[float]"]


def bench_shards(folder: Path, sizes: ShardSizes) -> list[ShardFigures]:
    """Ask one library, and a set of the same vectors, in turns; they are made where missing.

    Parameters
    ----------
    folder : Path
        Keeps the libraries for the next time.
    sizes : ShardSizes
    """
    one, together = make_both(folder, sizes)
    queries = held_out(sizes.vectors, sizes.queries + WARM_UP)
    with (
        _served(together) as elsewhere,
        sqlclap.open(one, mode="read") as library,
        open_set(together) as shards,
        open_set(elsewhere) as afar,
    ):
        ways: dict[str, Ask] = {
            "one library": lambda vector: [row.score for row in library.similar(vector, K)],
            f"{sizes.shards} shards": lambda vector: [
                row.score for row in shards.similar(vector, K)
            ],
            "through a node": lambda vector: [row.score for row in afar.similar(vector, K)],
        }
        asked = queries[WARM_UP:][:SCANNED]
        exact = SearchOptions(exact=True)
        true = [[row.score for row in library.similar(one, K, exact)] for one in asked]
        return _measure(ways, queries, true)


@contextmanager
def _served(together: Path) -> Iterator[Path]:
    """Serve all shards of a set by one process, and yield a set's file that asks it."""
    os.environ[TOKEN_VARIABLE] = secrets.token_hex(32)
    file = read_set(together)
    shards = tuple(replace(one, node="node") for one in file.shards)
    command = [sys.executable, "-m", "sqlclap", "shards", "serve", str(together), "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            url = (process.stdout.readline() if process.stdout else "").split()[-1]
            afar = together.with_name(f"afar-{together.name}")
            write_set(afar, replace(file, shards=shards, nodes=(("node", url),)))
            yield afar
        finally:
            process.terminate()


def _measure(
    ways: dict[str, Ask], queries: Float32Array, true: Sequence[Sequence[float]]
) -> list[ShardFigures]:
    times: dict[str, list[float]] = {name: [] for name in ways}
    scores: dict[str, list[Sequence[float]]] = {name: [] for name in ways}
    for number, query in enumerate(queries):
        for name, ask in ways.items():
            began = time.perf_counter()
            found = ask(query)
            if number >= WARM_UP:
                times[name].append(1000 * (time.perf_counter() - began))
                scores[name].append(found)
    (first, *_) = ways
    return [
        replace(
            _figures(name, times[name], times[first]),
            same=_same(scores, name, first),
            recall=_recall(scores[name], true),
        )
        for name in ways
    ]


def _same(scores: dict[str, list[Sequence[float]]], name: str, first: str) -> float:
    pairs = zip(scores[name], scores[first], strict=True)
    return float(np.mean([list(found) == list(wanted) for found, wanted in pairs]))


def _recall(found: Sequence[Sequence[float]], true: Sequence[Sequence[float]]) -> float:
    """Return the share of the true best that was found; rounding is no loss."""
    hits = [
        np.count_nonzero(np.array(mine) >= wanted[-1] - 1e-6) / len(wanted)
        for mine, wanted in zip(found, true, strict=False)
    ]
    return float(np.mean(hits))


def _figures(name: str, times: list[float], of_one: list[float]) -> ShardFigures:
    p50, p99 = (float(np.percentile(times, at)) for at in (50, 99))
    one50, one99 = (float(np.percentile(of_one, at)) for at in (50, 99))
    return ShardFigures(name, min(times), p50, p99, p50 / one50, p99 / one99, 0.0, 0.0)


def make_both(folder: Path, sizes: ShardSizes) -> tuple[Path, Path]:
    """Make what isn't there: the set, the one library, and their indexes."""
    folder.mkdir(parents=True, exist_ok=True)
    stem = f"{sizes.vectors}-{sizes.shards}"
    together = folder / f"set-{stem}.toml"
    names = [f"set-{stem}-{number:04}.db" for number in range(1, sizes.shards + 1)]
    for at, name in enumerate(names):
        _make(folder / name, sizes, at)
    catalog = folder / f"set-{stem}-catalog.db"
    if not catalog.exists():
        make_vector_library(catalog, 0)
    entries = tuple(
        ShardEntry(number, name, (ends,))
        for (number, name), ends in zip(
            enumerate(names, start=1), even_ranges(sizes.shards), strict=True
        )
    )
    content = SetFile(MODEL, "0" * 16, entries, catalog.name, sizes.shards + 1)
    write_set(together, content)
    one = folder / f"one-{sizes.vectors}.db"
    _make(one, sizes, None)
    return one, together


def _make(path: Path, sizes: ShardSizes, at: int | None) -> None:
    """Fill a library with all vectors, or with each n-th of them, and index it."""
    if not path.exists():
        draft = path.with_name(f"making-{path.name}")
        draft.unlink(missing_ok=True)
        make_vector_library(draft, 0)
        with LibraryFile(draft, "write") as file:
            chunks = vector_chunks(sizes.vectors)
            some = chunks if at is None else _every(chunks, at, sizes.shards)
            add_vectors(file, default_model(file.connection), some)
        draft.rename(path)
    with LibraryFile(path, "write") as file:
        settle_index(file, "fp16")


def _every(chunks: Iterator[Float32Array], at: int, step: int) -> Iterator[Float32Array]:
    """Yield each n-th vector, in chunks of about the same length."""
    while some := list(islice(chunks, step)):
        yield np.concatenate([chunk[at::step] for chunk in some])
