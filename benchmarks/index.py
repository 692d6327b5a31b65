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
        Neighbours of that many sounds: batched_per_s of all at once, single_per_s one by one.
    peers : list of PeerFigures
        The same search and those of other libraries, taking turns.
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
    peers: list[PeerFigures] = field(default_factory=list)


def bench_index(
    path: Path, vectors: int, peers: bool = False, codes: Codes = "fp16"
) -> IndexFigures:
    """Measure the index of a library of made-up vectors.

    Parameters
    ----------
    path : Path
        The library; made where it isn't there, and kept. Give each size a file of its own.
    vectors : int
    peers : bool
        Measure those that are installed, too.
    codes : {"fp16", "compact"}
        Of the index.
    """
    figures = IndexFigures(vectors)
    if not path.exists():
        began = time.perf_counter()
        make_vector_library(path, vectors)
        figures.fill_s = time.perf_counter() - began
    with LibraryFile(path) as file:
        register_functions(file.connection)
        with write_transaction(file.connection) as connection:  # what an earlier run added
            connection.execute("DELETE FROM samples WHERE sample_id > ?", (vectors,))
        _measure_build(file, figures, codes)
        truth = Truth(held_out(vectors, QUERIES), K)
        _measure_neighbors(file, figures, truth)
        _measure_exact(file, figures, truth.queries)
        _measure_filters(file, figures, truth.queries[:FILTER_QUERIES])
    _measure_processes(path, figures)
    _measure_batched(path, figures)
    if peers:
        figures.peers = bench_peers(path, vectors, truth)
        figures.peers[0].build_s = figures.build_s
    with LibraryFile(path) as file:
        _measure_catch_up(file, figures)
    return figures


def _measure_build(file: LibraryFile, figures: IndexFigures, codes: Codes) -> None:
    index = LibraryIndex(file.connection, default_model(file.connection))
    status = index.status()
    settled = status.generation is not None and not (status.problem or status.tail or status.dead)
    if not settled or status.params.get("codes") != codes:
        began = time.perf_counter()
        index.build("rebuild", codes=codes)
        figures.build_s = time.perf_counter() - began
        status = index.status()
    else:
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
    with sqlclap.open(path, mode="read") as library:
        ids = range(1, min(BATCHED, figures.vectors) + 1)
        began = time.perf_counter()
        found = library.similar_many(ids, K)
        batched = len(found.sample_ids) / (time.perf_counter() - began)
        few = ids[:QUERIES]
        query = "SELECT clap_neighbors(clap_vector(?), ?)"
        register_functions(library.connection)
        began = time.perf_counter()
        for sample_id in few:
            library.connection.execute(query, (sample_id, K + 1)).fetchall()
        single = len(few) / (time.perf_counter() - began)
    figures.batched = {"sounds": len(ids), "batched_per_s": batched, "single_per_s": single}


def _measure_catch_up(file: LibraryFile, figures: IndexFigures) -> None:
    model = default_model(file.connection)
    add_vectors(file, model, vector_chunks(figures.vectors, ADDED, seed=3))
    began = time.perf_counter()
    LibraryIndex(file.connection, model).build()
    figures.catch_up_s = time.perf_counter() - began
