"""Vectors of other programs: how fast they come in and go out, and what SQL takes over them."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

import sqlclap
from benchmarks.vector_library import DIM, vector_chunks
from sqlclap.own_vectors.declared import DeclaredModel
from sqlclap.own_vectors.giving import VectorExport
from sqlclap.own_vectors.rows import FileChoice
from sqlclap.own_vectors.taking import VectorImport
from sqlclap.sqlfunctions.adapters import register_functions

if TYPE_CHECKING:
    import apsw

RUNS = 3
NAIVE = "SELECT embedding_id FROM vec_1 ORDER BY clap_similarity(vector, ?) DESC LIMIT 10"
BY_EXTENSION = "SELECT embedding_id FROM vec_1 ORDER BY vec_distance_cosine(vector, ?) LIMIT 10"
FAST = "SELECT embedding_id FROM vec_1 WHERE vector MATCH ? AND k = 10"
BY_FUNCTION = "SELECT value FROM json_each(clap_neighbors(?, 10))"
ALL = "SELECT embedding_id, vector FROM vec_1"


@dataclass(frozen=True)
class OwnVectorFigures:
    """What was measured.

    Attributes
    ----------
    vectors, dim : int
    import_s, again_s : float
        Taking all in from an array, with all triggers; the same once more.
    import_rate, export_rate : float
        Vectors a second; out to Parquet.
    export_s : float
    scanned : int
        Vectors over which SQL was timed.
    naive_ms, extension_ms, match_ms, function_ms, numpy_ms : float
        The ten nearest: by `clap_similarity` row by row, by ``vec_distance_cosine``, by
        ``MATCH``, by `clap_neighbors`, and by NumPy over rows read through the same connection.
    naive_against_numpy : float
    """

    vectors: int
    dim: int
    import_s: float
    again_s: float
    import_rate: float
    export_s: float
    export_rate: float
    scanned: int
    naive_ms: float
    extension_ms: float
    match_ms: float
    function_ms: float
    numpy_ms: float
    naive_against_numpy: float


def bench_own_vectors(folder: Path, count: int, scanned: int) -> OwnVectorFigures:
    """Measure with made-up vectors of 512 dimensions, in an empty folder.

    Parameters
    ----------
    folder : Path
    count : int
        Vectors that come in and go out; no index is built of them meanwhile.
    scanned : int
        Vectors of the library that SQL scans.
    """
    large, small = folder / "large.db", folder / "small.db"
    request = _write(folder / "large.npy", count)
    import_s, again_s = (_timed(lambda: _take_in(large, request)) for _ in range(2))
    export = VectorExport(folder / "out.parquet")
    with sqlclap.open(large, mode="read") as library:
        export_s = _timed(lambda: library.export_vectors(export))
    _take_in(small, _write(folder / "small.npy", scanned))
    with sqlclap.open(small, mode="read") as library:
        register_functions(library.connection)
        times = _ask(library.connection)
    return OwnVectorFigures(
        count, DIM, import_s, again_s, count / import_s, export_s, count / export_s, scanned,
        **times, naive_against_numpy=times["naive_ms"] / times["numpy_ms"],
    )  # fmt: skip


def _write(file: Path, count: int) -> VectorImport:
    array = np.lib.format.open_memmap(file, "w+", np.float32, (count, DIM))
    start = 0
    for chunk in vector_chunks(count):
        array[start : start + len(chunk)] = chunk
        start += len(chunk)
    array.flush()
    names = "".join(f"pack-{n % 997:03}/sound-{n:07}.wav\n" for n in range(count))
    file.with_suffix(".txt").write_text(names)
    return VectorImport(FileChoice(file), DeclaredModel("bench"))


def _take_in(path: Path, request: VectorImport) -> None:
    from sqlclap.own_vectors import taking

    follow, taking.follow_import = taking.follow_import, lambda *_: None  # the index has a figure
    try:
        with sqlclap.open(path) as library:
            library.import_vectors(request)
    finally:
        taking.follow_import = follow


def _ask(connection: apsw.Connection) -> dict[str, float]:
    query = bytes(connection.execute("SELECT vector FROM vec_1 LIMIT 1").get)
    numbers = np.frombuffer(query, dtype="<f4")

    def scan() -> None:
        blobs = [bytes(row[1]) for row in connection.execute(ALL).fetchall()]  # type: ignore[arg-type]
        matrix = np.frombuffer(b"".join(blobs), dtype="<f4").reshape(-1, DIM)
        scores = (matrix @ numbers) / np.linalg.norm(matrix, axis=1)
        np.argpartition(-scores, 10)[:10]

    asked = {
        "naive_ms": NAIVE, "extension_ms": BY_EXTENSION, "match_ms": FAST,
        "function_ms": BY_FUNCTION,
    }  # fmt: skip

    def ask(sql: str) -> None:
        connection.execute(sql, (query,)).fetchall()

    phases: dict[str, Callable[[], object]] = {
        name: partial(ask, sql) for name, sql in asked.items()
    }
    phases["numpy_ms"] = scan
    times: dict[str, list[float]] = {name: [] for name in phases}
    for _ in range(RUNS):  # they take turns
        for name, phase in phases.items():
            times[name].append(1000 * _timed(phase))
    return {name: float(np.median(held)) for name, held in times.items()}


def _timed(phase: Callable[[], object]) -> float:
    began = time.perf_counter()
    phase()
    return time.perf_counter() - began
