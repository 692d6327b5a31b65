"""Windows of long sounds in the index: moments, found and compared with all windows."""

from __future__ import annotations

import itertools
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
from benchmarks.vector_library import CONTRACT, MODEL, next_ids, settle_index
from sqlclap.db.library_file import LibraryFile
from sqlclap.db.sources import source_for
from sqlclap.db.statements import statement, write_transaction
from sqlclap.db.stored_models import StoredModel, default_model, register_model
from sqlclap.db.vectors import pool_windows
from sqlclap.index.handle import LibraryIndex
from sqlclap.index.settings import Codes
from sqlclap.search.request import SearchOptions

if TYPE_CHECKING:
    from sqlclap.arrays import Float32Array
    from sqlclap.db.database import Database

PER_SOUND = 100
"""Windows of a second in each sound."""

LOT = 200
"""Sounds stored in one transaction."""

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
        status = settle_index(file, scene.codes)
        figures.build_s = float(status.params["seconds"])
        figures.bytes_a_vector = status.bytes / (scene.windows + scene.sounds)
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
    """Make a library of a scene's sounds.

    It is thrown away where the machine fails meanwhile: nothing is journalled or synchronised.
    """
    with LibraryFile(path, "create") as file:
        with write_transaction(file.connection) as connection:
            wanted = StoredModel(0, MODEL, "0" * 16, scene.dim, json.dumps(CONTRACT))
            model = register_model(connection, wanted)
        for setting in ("journal_mode = OFF", "synchronous = OFF"):
            file.connection.execute(f"PRAGMA {setting}")
        add_sounds(file, model, scene, scene.vectors(scene.sounds, seed=0))
        for setting in ("journal_mode = WAL", "synchronous = NORMAL"):
            file.connection.execute(f"PRAGMA {setting}")


def label_and_date(path: Path, scene: WindowScene) -> None:
    """Tag every third sound, and give all a date."""
    with sqlclap.open(path) as library:
        with write_transaction(library.connection) as connection:
            connection.execute(statement("benchmarks/times_fill"))
        library.labels.tag_by_hand(LABEL, range(3, scene.sounds + 1, 3), create=True)


def add_sounds(
    file: LibraryFile, model: StoredModel, scene: WindowScene, sounds: Iterator[Float32Array]
) -> None:
    """Store new sounds with the rows that ingest would write, a transaction for every lot."""

    lengths = np.random.default_rng(2).random(scene.sounds + ADDED_SOUNDS)
    while lot := list(itertools.islice(sounds, LOT)):
        with write_transaction(file.connection) as connection:
            source = source_for(connection, Path("/bench"))
            first, embedding = next_ids(connection)
            connection.executemany(
                statement("benchmarks/samples_fill"),
                (
                    (sample_id, source.source_id, float(lengths[sample_id - 1]))
                    for sample_id in range(first, first + len(lot))
                ),
            )
            _add_vectors(connection, model, (first, embedding), lot)


def _add_vectors(
    connection: Database, model: StoredModel, start: tuple[int, int], lot: list[Float32Array]
) -> None:
    """Store the vectors of sounds, from a sample's and an embedding's number on."""

    sample, embedding = start
    size = PER_SOUND + 1
    seconds = np.ones(PER_SOUND, dtype=np.float32)
    places: list[int | None] = [None, *range(PER_SOUND)]
    connection.executemany(
        statement("benchmarks/windows_fill"),
        (
            (embedding + n * size + at, sample + n, model.model_id, place, place or 0, ends)
            for n in range(len(lot))
            for at, place in enumerate(places)
            for ends in (PER_SOUND if place is None else place + 1,)
        ),
    )
    connection.executemany(
        statement("db/vector_insert", model_id=model.model_id),
        (
            (embedding + n * size + at, at > 0, vector.tobytes())
            for n, windows in enumerate(lot)
            for at, vector in enumerate((pool_windows(windows, seconds), *windows))
        ),
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
            name: np.array(
                file.connection.execute(
                    f"SELECT sample_id FROM samples WHERE {through.sounds}"  # noqa: S608
                ).fetchall(),
                dtype=np.int64,
            )
            for name, through in FILTERS.items()
        }
    sounds, first = scene.vectors(scene.sounds, seed=0), 1
    while lot := list(itertools.islice(sounds, LOT)):
        vectors, samples = np.concatenate(lot), np.repeat(np.arange(len(lot)) + first, PER_SOUND)
        ids = np.arange(len(vectors), dtype=np.int64) + (first - 1) * PER_SOUND + 1
        for name, truth in truths.items():
            among = np.isin(samples, inside[name])
            truth.see(ids[among], vectors[among])
        first += len(lot)
    return truths
