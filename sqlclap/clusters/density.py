"""Clusters where sounds lie dense, from about ten dimensions; never from the picture.

Campello, Moulavi, Sander: Density-based clustering based on hierarchical density estimates (2013).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlclap.clusters.options import ClusterOptions
from sqlclap.errors import MissingExtraError
from sqlclap.layout.descent import Course, settle, usual_epochs
from sqlclap.layout.graph import Neighbours, membership, symmetric_graph
from sqlclap.layout.listening import LayoutListener
from sqlclap.layout.sounds import Sounds, neighbours_of_all
from sqlclap.layout.start import main_directions

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Floats = npt.NDArray[np.float32]
    Ids = npt.NDArray[np.int64]

AXES = 10
MIN_SAMPLES = 5
METHOD = "umap-10d + fast_hdbscan (excess of mass)"
NOISE = -1
LARGEST_SHARE = 4
"""No cluster takes more than a quarter of a library: it is split where it can be."""


@dataclass(frozen=True)
class Found:
    """Which cluster each sound belongs to.

    Attributes
    ----------
    labels : np.ndarray [shape=(n,), dtype=int64]
        0, 1, ...; -1 for noise.
    probabilities : np.ndarray [shape=(n,), dtype=float32]
        0 to 1: how firmly it belongs; 0 for noise.
    """

    labels: Ids
    probabilities: Floats


def find_clusters(sounds: Sounds, options: ClusterOptions, listener: LayoutListener) -> Found:
    """Find clusters; what lies in none stays noise.

    Raises
    ------
    MissingExtraError
        What finds clusters is not installed.
    """
    size = options.size_for(len(sounds))
    if len(sounds) < size:
        return _all_in(len(sounds), NOISE)
    neighbours = neighbours_of_all(sounds, options.neighbors, listener)
    if float(neighbours.distances.max(initial=0.0)) == 0.0:
        return _all_in(len(sounds), 0)  # all the same sound
    if len(sounds) < 2 * size:
        return _all_in(len(sounds), NOISE)
    reduced = _reduce(sounds, neighbours, options, listener)
    listener.started("clusters", 1)
    found = _dense(reduced, size)
    listener.advanced(1)
    return found


def _all_in(count: int, label: int) -> Found:
    import numpy as np

    labels = np.full(count, label, dtype=np.int64)
    return Found(labels, (labels >= 0).astype(np.float32))


def _reduce(
    sounds: Sounds, neighbours: Neighbours, options: ClusterOptions, listener: LayoutListener
) -> Floats:
    """Bring vectors down to a space in which density means something."""
    axes = min(AXES, sounds.vectors.shape[1], len(sounds) - 1)
    ties = symmetric_graph(neighbours, membership(neighbours))
    epochs = usual_epochs(len(sounds))
    listener.started("reduction", epochs)
    start = main_directions(sounds.vectors, axes, options.seed)
    # Neighbours may coincide here: nobody looks at it.
    return settle(start, ties, Course(options.seed, 0.0, epochs), listener.advanced)


def _dense(points: Floats, size: int) -> Found:
    import numpy as np

    try:
        from fast_hdbscan import HDBSCAN
    except ModuleNotFoundError as error:
        raise MissingExtraError(
            f"clusters need {error.name}, which is not installed: pip install 'sqlclap[map]'"
        ) from error
    method = HDBSCAN(
        min_cluster_size=size,
        min_samples=min(MIN_SAMPLES, size),
        cluster_selection_method="eom",
        max_cluster_size=max(2 * size, len(points) // LARGEST_SHARE),
        reproducible=True,
    )
    method.fit(points)
    labels = np.asarray(method.labels_, dtype=np.int64)
    probabilities = np.nan_to_num(np.asarray(method.probabilities_, dtype=np.float32))
    return Found(labels, np.where(labels < 0, 0, np.clip(probabilities, 0, 1)))
