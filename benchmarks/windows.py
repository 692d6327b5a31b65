"""Windows of long sounds in the index: moments, found and compared with all windows."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

import sqlclap
from benchmarks.timing import K, own_memory_mb, spread
from benchmarks.truth import Truth, recall_of
from benchmarks.vector_library import CONTRACT, MODEL
from sqlclap.db.library_file import LibraryFile
from sqlclap.db.sources import source_for
from sqlclap.db.statements import statement, write_transaction
from sqlclap.db.stored_models import StoredModel, default_model, register_model
from sqlclap.db.vectors import WindowVectors, replace_vectors
from sqlclap.index.handle import LibraryIndex
from sqlclap.index.settings import Codes
from sqlclap.search.request import SearchOptions

if TYPE_CHECKING:
    from sqlclap.arrays import Float32Array

PER_SOUND = 100
"""Windows of a second in each sound."""

SCENES = 200
SPREAD = 0.5
QUERIES = 200
ADDED_SOUNDS = 100
LABEL = "every third"


@dataclass(frozen=True)
class WindowFilter:
    """A filter that moments are found through.

    Attributes
    ----------
    options : SearchOptions
        As callers ask.
    sounds : str
        The same of the samples as they were made, in SQL.
    """

    options: SearchOptions
    sounds: str = "1"


def _where(sounds: str) -> WindowFilter:
    return WindowFilter(SearchOptions(moments=True, where=sounds), sounds)


FILTERS = {
    "all": WindowFilter(SearchOptions(moments=True)),
    "half by length": _where("duration_s < 0.5"),
    "a folder": _where("path LIKE '000/%'"),
    "a label": WindowFilter(SearchOptions(moments=True, label=LABEL), "sample_id % 3 = 0"),
    "from a date on": WindowFilter(
        SearchOptions(moments=True, recorded_after="2024-07-01"), "sample_id * 37 % 366 >= 182"
    ),
    "few": _where("sample_id % 200 = 0"),
}


@dataclass(frozen=True)
class WindowScene:
    """What a made-up library of windows is like.

    Attributes
    ----------
    windows, dim : int
    codes : {"fp16", "compact"}
    """

    windows: int
    dim: int = 512
    codes: Codes = "fp16"

    @property
    def sounds(self) -> int:
        """Sounds in it."""
        return max(1, self.windows // PER_SOUND)

    def vectors(self, sounds: int, seed: int) -> Iterator[Float32Array]:
        """Make each sound's windows: a few scenes, each of similar windows, shape (n, dim)."""

        centres = np.random.default_rng(0).standard_normal((SCENES, self.dim), dtype=np.float32)
        rng = np.random.default_rng((seed, 1))
        for _ in range(sounds):
            scenes = rng.integers(SCENES, size=4)[np.sort(rng.integers(4, size=PER_SOUND))]
            noise = rng.standard_normal((PER_SOUND, self.dim), dtype=np.float32)
            windows = centres[scenes] + np.float32(SPREAD) * noise
            yield windows / np.linalg.norm(windows, axis=1, keepdims=True)


@dataclass
class WindowFigures:
    """What `bench_windows` measured. Times in the unit that a name ends with.

    Attributes
    ----------
    windows, dim : int
    codes : str
    build_s : float
    bytes_a_vector : float
        Of the whole sidecar, rows included, by windows and sounds' own vectors.
    moments : list of dict
        By filter: p50_ms, p99_ms, recall, recall_p5, and the path that was taken.
    exact_ms : float
        The same question answered from all stored windows, median.
    own_mb : float
        Memory of this process alone after all questions, mapped files left out, over that before.
    catch_up_s : float
        100 more sounds (10,000 windows) into the index.
    """

    windows: int
    dim: int
    codes: str
    build_s: float = 0.0
    bytes_a_vector: float = 0.0
    moments: list[dict[str, float | str]] = field(default_factory=list)
    exact_ms: float = 0.0
    own_mb: float = 0.0
    catch_up_s: float = 0.0


def bench_windows(path: Path, scene: WindowScene) -> WindowFigures:
    """Measure moments in a library of made-up long sounds; made where it isn't there, and kept."""
    figures = WindowFigures(scene.windows, scene.dim, scene.codes)
    if not path.exists():
        fill(path, scene)
    with LibraryFile(path) as file:
        with write_transaction(file.connection) as connection:  # what an earlier run added
            connection.execute("DELETE FROM samples WHERE sample_id > ?", (scene.sounds,))
        index = LibraryIndex(file.connection, default_model(file.connection))
        began = time.perf_counter()
        index.build("rebuild", codes=scene.codes)
        figures.build_s = time.perf_counter() - began
        figures.bytes_a_vector = index.status().bytes / (scene.windows + scene.sounds)
    label_and_date(path, scene)
    _measure_moments(path, scene, figures)
    with LibraryFile(path) as file:
        model = default_model(file.connection)
        add_sounds(file, model, scene, scene.vectors(ADDED_SOUNDS, seed=3))
        began = time.perf_counter()
        LibraryIndex(file.connection, model).build()
        figures.catch_up_s = time.perf_counter() - began
    return figures


def fill(path: Path, scene: WindowScene) -> None:
    """Make a library of a scene's sounds."""
    with LibraryFile(path, "create") as file:
        with write_transaction(file.connection) as connection:
            wanted = StoredModel(0, MODEL, "0" * 16, scene.dim, json.dumps(CONTRACT))
            model = register_model(connection, wanted)
        add_sounds(file, model, scene, scene.vectors(scene.sounds, seed=0))


def label_and_date(path: Path, scene: WindowScene) -> None:
    """Tag every third sound, and give all a date."""
    with sqlclap.open(path) as library:
        with write_transaction(library.connection) as connection:
            connection.execute(statement("benchmarks/times_fill"))
        library.labels.tag_by_hand(LABEL, range(3, scene.sounds + 1, 3), create=True)


def add_sounds(
    file: LibraryFile, model: StoredModel, scene: WindowScene, sounds: Iterator[Float32Array]
) -> None:
    """Store sounds as ingest does, in one transaction."""

    starts = np.arange(PER_SOUND, dtype=np.float32)
    with write_transaction(file.connection) as connection:
        source = source_for(connection, Path("/bench"))
        first = int(connection.execute("SELECT ifnull(max(sample_id), 0) + 1 FROM samples").get)
        lengths = np.random.default_rng(2).random(scene.sounds + ADDED_SOUNDS)
        for sample_id, vectors in enumerate(sounds, start=first):
            row = (sample_id, source.source_id, float(lengths[sample_id - 1]))
            connection.execute(statement("benchmarks/samples_fill"), row)
            replace_vectors(
                connection, model, sample_id, WindowVectors(vectors, starts, starts + 1)
            )


def _measure_moments(path: Path, scene: WindowScene, figures: WindowFigures) -> None:

    queries = np.concatenate([one[:1] for one in scene.vectors(QUERIES, seed=1)])
    truths = _truths(path, scene, queries)
    with sqlclap.open(path, mode="read") as library:
        before = own_memory_mb()
        for name, through in FILTERS.items():
            options = through.options
            times, recalls, taken = [], [], ""
            library.similar(queries[0], K, options)  # a filter is run once
            for query, true in zip(queries, truths[name].ids.tolist(), strict=True):
                began = time.perf_counter()
                found = library.similar(query, K, options)
                times.append(1000 * (time.perf_counter() - began))
                recalls.append(recall_of([_number(one) for one in found], true))
                taken = found.plan.path
            figures.moments.append({"filter": name, "path": taken, **spread(times, recalls)})
        figures.own_mb = own_memory_mb() - before
        times = []
        for query in queries[:5]:
            began = time.perf_counter()
            library.similar(query, K, SearchOptions(moments=True, exact=True))
            times.append(1000 * (time.perf_counter() - began))
        figures.exact_ms = float(np.median(times))


def _number(moment: object) -> int:
    """Return the number of a window, which count from 1 through all sounds."""
    sample_id, start_s = getattr(moment, "sample_id"), getattr(moment, "start_s")  # noqa: B009
    return (int(sample_id) - 1) * PER_SOUND + int(start_s) + 1


def _truths(path: Path, scene: WindowScene, queries: Float32Array) -> dict[str, Truth]:
    """Return the exact answers by filter."""

    truths = {name: Truth(queries, K) for name in FILTERS}
    with LibraryFile(path, "read") as file:
        inside = {
            name: {
                int(str(row[0]))
                for row in file.connection.execute(
                    f"SELECT sample_id FROM samples WHERE {through.sounds}"  # noqa: S608
                )
            }
            for name, through in FILTERS.items()
        }
    for sample_id, vectors in enumerate(scene.vectors(scene.sounds, seed=0), start=1):
        ids = np.arange(PER_SOUND, dtype=np.int64) + (sample_id - 1) * PER_SOUND + 1
        for name, truth in truths.items():
            if sample_id in inside[name]:
                truth.see(ids, vectors)
    return truths
