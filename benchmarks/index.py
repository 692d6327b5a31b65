"""The index at scale: build, latency, recall, filters, cold start, catching up."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

import sqlclap
from benchmarks.index_peers import PeerFigures, bench_peers
from benchmarks.timing import K, ask_each, spread
from benchmarks.truth import Truth, recall_of
from benchmarks.vector_library import (
    add_vectors,
    far_away,
    held_out,
    make_vector_library,
    numbered,
    settle_index,
    vector_chunks,
)
from sqlclap.db.library_file import LibraryFile
from sqlclap.db.statements import statement, write_transaction
from sqlclap.db.stored_models import default_model
from sqlclap.db.vectors import to_blob
from sqlclap.index.handle import LibraryIndex
from sqlclap.sqlfunctions.adapters import register_functions

if TYPE_CHECKING:
    from sqlclap.arrays import Float32Array
    from sqlclap.index.settings import Codes

QUERIES = 500
FAR_QUERIES = 250
FILTER_QUERIES = 100
EXACT_RUNS = 5
ADDED = 10_000
BATCHED = 100_000
BATCHED_ROUNDS = 3
SHARES = (1.0, 0.1, 0.01, 0.001, 0.0001)


@dataclass
class IndexFigures:
    """What `bench_index` measured, for one size. Times in the unit that a name ends with.

    Attributes
    ----------
    vectors : int
    fill_s, build_s : float
        Filling the library; building the index.
    library_mb, sidecar_mb : float
    stored_recall : dict
        As measured by the build itself.
    neighbors : dict
        clap_neighbors through SQL: p50_ms, p99_ms, recall, recall_p5.
    far : dict
        The same for queries away from all vectors, as words are.
    exact_ms : float
        sqlite-vec's KNN, median.
    against_exact : float
        How many times faster.
    filtered : list of dict
        By share let through: first_ms (the filter is run), p50_ms, p99_ms, recall.
    cold : dict
        A new process: import_ms, first_query_ms, resident_mb (pages of the mapped files
        included) and own_mb (without them).
    process_ms : float
        ``sqlclap similar LIBRARY ID --json`` as a whole, median.
    catch_up_s : float
        10,000 new vectors into the index.
    batched : dict
        Neighbours of that many sounds, asked for at once and one by one in turns: batched_per_s,
        single_per_s, and times, how many as many a second; medians of the rounds.
    turns : list of PeerFigures
        The same search, that of an index with other codes, and those of other libraries, taking
        turns.
    """

    vectors: int
    fill_s: float = 0.0
    build_s: float = 0.0
    library_mb: float = 0.0
    sidecar_mb: float = 0.0
    stored_recall: dict[str, Any] = field(default_factory=dict)
    neighbors: dict[str, float] = field(default_factory=dict)
    far: dict[str, float] = field(default_factory=dict)
    exact_ms: float = 0.0
    against_exact: float = 0.0
    filtered: list[dict[str, float]] = field(default_factory=list)
    cold: dict[str, float] = field(default_factory=dict)
    process_ms: float = 0.0
    catch_up_s: float = 0.0
    batched: dict[str, float] = field(default_factory=dict)
    turns: list[PeerFigures] = field(default_factory=list)


@dataclass(frozen=True)
class IndexScene:
    """What is measured.

    Attributes
    ----------
    vectors : int
    codes : {"fp16", "compact"}
        Of the index.
    beside : {"fp16", "compact"} or None
        Codes of a second one, of a library of the same vectors, that takes turns with it.
    peers : bool
        Those that are installed take turns with it, too.
    """

    vectors: int
    codes: Codes = "fp16"
    beside: Codes | None = None
    peers: bool = False


def bench_index(path: Path, scene: IndexScene) -> IndexFigures:
    """Measure the index of a library of made-up vectors.

    Parameters
    ----------
    path : Path
        The library; made where it isn't there, and kept. Give each size a file of its own. The one
        with other codes lies beside it.
    scene : IndexScene
    """
    vectors = scene.vectors
    figures = IndexFigures(vectors)
    if not path.exists():
        began = time.perf_counter()
        make_vector_library(path, vectors)
        figures.fill_s = time.perf_counter() - began
    with LibraryFile(path) as file:
        register_functions(file.connection)
        with write_transaction(file.connection) as connection:  # what an earlier run added
            connection.execute("DELETE FROM samples WHERE sample_id > ?", (vectors,))
        _measure_build(file, figures, scene.codes)
        truth = Truth(held_out(vectors, QUERIES), K)
        _measure_neighbors(file, figures, truth)
        _measure_exact(file, figures, truth.queries)
        _measure_filters(file, figures, truth.queries[:FILTER_QUERIES])
    _measure_processes(path, figures)
    _measure_batched(path, figures)
    libraries = [path] if scene.beside is None else [path, _beside(path, scene)]
    if scene.peers or scene.beside:
        figures.turns = bench_peers(libraries, truth, scene.peers)
    with LibraryFile(path) as file:
        _measure_catch_up(file, figures)
    return figures


def _beside(path: Path, scene: IndexScene) -> Path:
    """Return a library of the same vectors whose index has the other codes."""
    beside = path.with_name(f"{path.stem}-{scene.beside}{path.suffix}")
    if not beside.exists():
        make_vector_library(beside, scene.vectors)
    with LibraryFile(beside) as file:
        settle_index(file, scene.beside or "fp16")
    return beside


def _measure_build(file: LibraryFile, figures: IndexFigures, codes: Codes) -> None:
    status = settle_index(file, codes)
    figures.build_s = float(status.params["seconds"])
    figures.sidecar_mb = status.bytes / 1e6
    figures.library_mb = file.path.stat().st_size / 1e6
    figures.stored_recall = status.recall


def _measure_neighbors(file: LibraryFile, figures: IndexFigures, near: Truth) -> None:
    far = Truth(far_away(figures.vectors, FAR_QUERIES), K)
    for ids, vectors in numbered(vector_chunks(figures.vectors)):
        near.see(ids, vectors)
        far.see(ids, vectors)
    figures.neighbors, figures.far = _asked(file, near), _asked(file, far)


def _asked(file: LibraryFile, truth: Truth, options: str | None = None) -> dict[str, float]:
    times, found = ask_each(file.connection, map(to_blob, truth.queries), options)
    return spread(times, _recalls(found, truth))


def _measure_exact(file: LibraryFile, figures: IndexFigures, queries: Float32Array) -> None:

    query = statement("db/vectors_nearest", model_id=default_model(file.connection).model_id)
    times = []
    for vector in queries[:EXACT_RUNS]:
        began = time.perf_counter()
        file.connection.execute(query, (to_blob(vector), K, False)).fetchall()
        times.append(1000 * (time.perf_counter() - began))
    figures.exact_ms = float(np.median(times))
    figures.against_exact = figures.exact_ms / figures.neighbors["p50_ms"]


def _measure_filters(file: LibraryFile, figures: IndexFigures, queries: Float32Array) -> None:
    for share, truth in _filtered_truths(file, figures.vectors, queries).items():
        options = json.dumps({"where": "duration_s < :share", "params": {"share": share}})
        (first_ms,), _ = ask_each(file.connection, [to_blob(queries[0])], options)
        asked = _asked(file, truth, options)
        figures.filtered.append({"share": share, "first_ms": first_ms} | asked)


def _filtered_truths(file: LibraryFile, vectors: int, queries: Float32Array) -> dict[float, Truth]:
    """Return the exact neighbours among the sounds shorter than each share of a second."""

    lengths = file.connection.execute(
        "SELECT duration_s FROM samples ORDER BY sample_id"
    ).fetchall()
    length = np.array([float(str(row[0])) for row in lengths])[:vectors]
    truths = {share: Truth(queries, K) for share in SHARES}
    for ids, chunk in numbered(vector_chunks(vectors)):
        for share, truth in truths.items():
            inside = length[ids - 1] < share
            truth.see(ids[inside], chunk[inside])
    return truths


def _recalls(found: list[list[int]], truth: Truth) -> list[float]:
    return [recall_of(ids, true) for ids, true in zip(found, truth.ids.tolist(), strict=True)]


def _measure_processes(path: Path, figures: IndexFigures) -> None:
    import statistics

    program = [sys.executable, "-m", "benchmarks.cold_query", str(path)]
    runs = [json.loads(subprocess.check_output(program)) for _ in range(5)]
    figures.cold = {name: statistics.median(run[name] for run in runs) for name in runs[0]}
    command = [sys.executable, "-m", "sqlclap", "similar", str(path), "1", "--json"]
    times = []
    for _ in range(7):
        began = time.perf_counter()
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        times.append(1000 * (time.perf_counter() - began))
    figures.process_ms = statistics.median(times)


def _measure_batched(path: Path, figures: IndexFigures) -> None:
    """Ask for the neighbours of many of the library's sounds at once, and of some one by one."""
    ids = range(1, min(BATCHED, figures.vectors) + 1)
    query = "SELECT clap_neighbors(clap_vector(?), ?)"
    rounds = []
    with sqlclap.open(path, mode="read") as library:
        register_functions(library.connection)
        for number in range(BATCHED_ROUNDS):
            few = ids[number * QUERIES :][:QUERIES] or ids[:QUERIES]
            began = time.perf_counter()
            for sample_id in few:
                library.connection.execute(query, (sample_id, K + 1)).fetchall()
            between = time.perf_counter()
            found = library.similar_many(ids, K)
            batched = len(found.sample_ids) / (time.perf_counter() - between)
            rounds.append((batched, len(few) / (between - began)))
    batched, single = np.median(rounds, axis=0).tolist()
    times = float(np.median([many / one for many, one in rounds]))
    figures.batched = {
        "sounds": len(ids),
        "batched_per_s": batched,
        "single_per_s": single,
        "times": times,
    }


def _measure_catch_up(file: LibraryFile, figures: IndexFigures) -> None:
    model = default_model(file.connection)
    add_vectors(file, model, vector_chunks(figures.vectors, ADDED, seed=3))
    began = time.perf_counter()
    LibraryIndex(file.connection, model).build()
    figures.catch_up_s = time.perf_counter() - began
