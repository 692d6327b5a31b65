"""How long a map and clusters of made-up vectors take, beside umap-learn's own way."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.timing import peak_memory_mb
from benchmarks.vector_library import DIM, add_vectors, make_vector_library, vector_chunks
from sqlclap.db.library_file import LibraryFile
from sqlclap.db.stored_models import default_model
from sqlclap.map.clustering import find_clusters
from sqlclap.map.fuzzy_simplicial_set import read_sounds
from sqlclap.map.maps import LibraryMap
from sqlclap.map.options import ClusterOptions, LayoutOptions
from sqlclap.map.quality import measure_quality
from sqlclap.progress import NullProgress
from sqlclap.session import Session

if TYPE_CHECKING:
    pass

WARM_UP = 500  # sounds of a first, small map: compiling is not what is measured


@dataclass
class MapFigures:
    """What `bench_map` measured; seconds, unless told otherwise.

    Attributes
    ----------
    sounds : int
    stages : dict of str to float
        Stages of the first map; ``index`` is the building of the index beside the library.
    map_s : float
        All of them, the index included.
    map_without_index_s : float
        The same where ingest has built the index before.
    trustworthiness, continuity : float or None
    placed : int
        New sounds, and
    placing_s : float
        how long it took to place them.
    clusters_s : float
    clusters : int
    peak_mb : float
        Most memory that the process has had, before any peer ran.
    umap_s, umap_trustworthiness : float or None
        umap-learn's default way on the same vectors (cosine, no seed, so all cores).
    map_against_umap, map_without_index_against_umap : float or None
        How many times as long umap-learn took.
    """

    sounds: int
    stages: dict[str, float] = field(default_factory=dict)
    map_s: float = 0.0
    map_without_index_s: float = 0.0
    trustworthiness: float | None = None
    continuity: float | None = None
    placed: int = 0
    placing_s: float = 0.0
    clusters_s: float = 0.0
    clusters: int = 0
    peak_mb: float = 0.0
    umap_s: float | None = None
    umap_trustworthiness: float | None = None
    map_against_umap: float | None = None
    map_without_index_against_umap: float | None = None


class _StageTimes(NullProgress):
    """Times the stages that a map goes through."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._stage, self._began = "reading", time.perf_counter()

    def started(self, stage: str, total: int) -> None:
        now = time.perf_counter()
        spent = self.seconds.get(self._stage, 0.0) + now - self._began
        self.seconds[self._stage] = spent
        self._stage, self._began = stage, now


def bench_map(folder: Path, sounds: int, new: int, peer: bool) -> MapFigures:
    """Map, place and cluster made-up vectors (512 dimensions, clusters of about 500).

    Parameters
    ----------
    folder : Path
        Where the libraries are made.
    sounds : int
    new : int
        Sounds placed afterwards.
    peer : bool
        Also run umap-learn's default way, which has to be installed.
    """
    _warm_up(folder)
    path = folder / f"map-{sounds}.db"
    make_vector_library(path, sounds)
    with LibraryFile(path) as file:
        figures = MapFigures(sounds)
        _measure_map(file, figures)
        _measure_clusters(file, figures)
        _measure_placing(file, figures, new)
        figures.peak_mb = peak_memory_mb()
        if peer:
            _measure_umap(file, figures)
    return figures


def _warm_up(folder: Path) -> None:
    path = folder / "warm-up.db"
    make_vector_library(path, WARM_UP)
    with LibraryFile(path) as file:
        model = default_model(file.connection)
        LibraryMap(Session.of_file(file)).fit()
        add_vectors(file, model, vector_chunks(WARM_UP, 10, seed=2))
        LibraryMap(Session.of_file(file)).place()
        find_clusters(read_sounds(file.connection, model), ClusterOptions(), NullProgress())


def _measure_map(file: LibraryFile, figures: MapFigures) -> None:
    times = _StageTimes()
    began = time.perf_counter()
    status = LibraryMap(Session.of_file(file)).fit(LayoutOptions(), times).status
    figures.map_s = time.perf_counter() - began
    times.started("", 0)
    figures.stages = {name: round(value, 3) for name, value in times.seconds.items()}
    figures.map_without_index_s = figures.map_s - times.seconds.get("index", 0.0)
    figures.trustworthiness, figures.continuity = status.trustworthiness, status.continuity


def _measure_placing(file: LibraryFile, figures: MapFigures, new: int) -> None:
    model = default_model(file.connection)
    add_vectors(file, model, vector_chunks(figures.sounds, new, seed=3))
    began = time.perf_counter()
    figures.placed = LibraryMap(Session.of_file(file)).place().new
    figures.placing_s = time.perf_counter() - began


def _measure_clusters(file: LibraryFile, figures: MapFigures) -> None:
    model = default_model(file.connection)
    began = time.perf_counter()
    sounds = read_sounds(file.connection, model)
    found = find_clusters(sounds, ClusterOptions(), NullProgress())
    figures.clusters_s = time.perf_counter() - began
    figures.clusters = int(found.labels.max(initial=-1)) + 1


def _measure_umap(file: LibraryFile, figures: MapFigures) -> None:
    from umap import UMAP

    vectors, at = np.empty((figures.sounds, DIM), dtype=np.float32), 0
    for chunk in vector_chunks(figures.sounds):
        vectors[at : at + len(chunk)] = chunk
        at += len(chunk)
    UMAP(metric="cosine").fit_transform(vectors[:WARM_UP])
    began = time.perf_counter()
    positions = UMAP(metric="cosine").fit_transform(vectors)
    figures.umap_s = time.perf_counter() - began
    quality = measure_quality(vectors, np.asarray(positions, dtype=np.float32), 42)
    figures.umap_trustworthiness = quality.trustworthiness
    figures.map_against_umap = figures.umap_s / figures.map_s
    figures.map_without_index_against_umap = figures.umap_s / figures.map_without_index_s
