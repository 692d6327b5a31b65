"""How fast a library answers, from the command line and within a program."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

import sqlclap
from benchmarks.timing import Timing, time_runs
from sqlclap.db.library_file import LibraryFile
from sqlclap.db.sources import source_for
from sqlclap.db.statements import statement, write_transaction
from sqlclap.db.stored_models import StoredModel, register_model
from sqlclap.db.vectors import WindowVectors, replace_vectors
from sqlclap.models.bundle import Bundle

if TYPE_CHECKING:
    import numpy.typing as npt

QUERY = "deep kick"
RESULTS = 10
CLUSTERS = 200


@dataclass(frozen=True)
class SearchFigures:
    """What `bench_search` measured.

    Attributes
    ----------
    sounds : int
    process : Timing
        ``sqlclap search`` as a whole process, start-up and model loading included.
    bare_process : Timing
        The peer of that: a Python process that imports numpy and ONNX Runtime and ends.
    words : Timing
        A search by words in a running program.
    similar : Timing
        A search by a stored sample in a running program.
    brute_force : Timing
        The peer: the same search as one numpy product over all vectors, already in memory.
    process_against_bare : float
    similar_against_brute_force : float
    """

    sounds: int
    process: Timing
    bare_process: Timing
    words: Timing
    similar: Timing
    brute_force: Timing
    process_against_bare: float
    similar_against_brute_force: float


def bench_search(sounds: int, bundle: Bundle, runs: int) -> SearchFigures:
    """Time searches in a library of made-up vectors.

    Parameters
    ----------
    sounds : int
        Samples in the library, one window each.
    bundle : Bundle
        The model for the words.
    runs : int
        Repetitions of each phase.
    """
    model = str(bundle.folder)
    with tempfile.TemporaryDirectory(prefix="sqlclap-bench-") as folder:
        path = Path(folder) / "bench.db"
        vectors = clustered_vectors(sounds, bundle.contract.dim)
        _fill(path, bundle, vectors)
        command = [sys.executable, "-m", "sqlclap", "search", str(path), QUERY, "--model", model]
        bare = [sys.executable, "-c", "import numpy, onnxruntime"]
        process = time_runs(lambda: _run(command), runs)
        bare_process = time_runs(lambda: _run(bare), runs)
        with sqlclap.open(path, model=model, mode="read") as library:
            library.search(QUERY, RESULTS)
            words = time_runs(lambda: library.search(QUERY, RESULTS), 10 * runs)
            similar = time_runs(lambda: library.similar(1, RESULTS), 10 * runs)
        brute_force = time_runs(lambda: _brute_force(vectors), 10 * runs)
    return SearchFigures(
        sounds=sounds,
        process=process,
        bare_process=bare_process,
        words=words,
        similar=similar,
        brute_force=brute_force,
        process_against_bare=process.median_s / bare_process.median_s,
        similar_against_brute_force=similar.median_s / brute_force.median_s,
    )


def clustered_vectors(count: int, dim: int, seed: int = 0) -> npt.NDArray[np.float32]:
    """Make unit vectors that lie in clusters, as sounds do.

    Returns
    -------
    np.ndarray [shape=(count, dim), dtype=float32]
    """

    rng = np.random.default_rng(seed)
    centres = rng.standard_normal((CLUSTERS, dim)).astype(np.float32)
    spread = rng.standard_normal((count, dim)).astype(np.float32)
    vectors = centres[rng.integers(CLUSTERS, size=count)] + 0.5 * spread
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), dtype=np.float32)


def _fill(path: Path, bundle: Bundle, vectors: npt.NDArray[np.float32]) -> None:

    with LibraryFile(path, "create") as file, write_transaction(file.connection) as connection:
        dim = bundle.contract.dim
        wanted = StoredModel(0, bundle.name, bundle.model_version, dim, bundle.canonical)
        model = register_model(connection, wanted)
        source = source_for(connection, path.parent)
        start, end = np.zeros(1, np.float32), np.ones(1, np.float32)
        for number, vector in enumerate(vectors):
            row = (source.source_id, f"sound-{number:06}.wav")
            sample_id = int(connection.execute(statement("benchmarks/sample_insert"), row).get)
            windows = WindowVectors(vector[None], start, end)
            replace_vectors(connection, model, sample_id, windows)


def _run(command: list[str]) -> None:
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def _brute_force(vectors: npt.NDArray[np.float32]) -> npt.NDArray[np.intp]:

    scores = vectors @ vectors[0]
    best = np.argpartition(-scores, RESULTS)[:RESULTS]
    return np.asarray(best[np.argsort(-scores[best])], dtype=np.intp)
