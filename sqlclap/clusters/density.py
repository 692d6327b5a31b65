"""Clusters where sounds lie dense, from about ten dimensions; never from the picture.

Campello, Moulavi, Sander: Density-based clustering based on hierarchical density estimates (2013).
Sounds at a cluster's border belong to it, as in Ester, Kriegel, Sander, Xu: A density-based
algorithm for discovering clusters (1996); HDBSCAN leaves them out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlclap.clusters.options import ClusterOptions
from sqlclap.layout.compiling import import_compiled
from sqlclap.layout.descent import Course, settle
from sqlclap.layout.graph import Neighbours, membership, symmetric_graph
from sqlclap.layout.sounds import Sounds, neighbours_of_all
from sqlclap.layout.start import main_directions
from sqlclap.progress import ProgressListener

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Floats = npt.NDArray[np.float32]
    Ids = npt.NDArray[np.int64]

AXES = 10
EPOCHS = 100
"""Fewer than a map takes: further ones pull clusters tighter, and leave more sounds out of them."""
MIN_SAMPLES = 10
METHOD = "umap-10d + fast_hdbscan (excess of mass, borders)"
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


def find_clusters(sounds: Sounds, options: ClusterOptions, listener: ProgressListener) -> Found:
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
    reduced = reduce_sounds(sounds, neighbours, options, listener)
    listener.started("clusters", 1)
    found = dense_parts(reduced, size)
    listener.advanced(1)
    return found


def _all_in(count: int, label: int) -> Found:
    import numpy as np

    labels = np.full(count, label, dtype=np.int64)
    return Found(labels, (labels >= 0).astype(np.float32))


def reduce_sounds(
    sounds: Sounds, neighbours: Neighbours, options: ClusterOptions, listener: ProgressListener
) -> Floats:
    """Bring vectors down to a space in which density means something."""
    axes = min(AXES, sounds.vectors.shape[1], len(sounds) - 1)
    ties = symmetric_graph(neighbours, membership(neighbours))
    listener.started("reduction", EPOCHS)
    start = main_directions(sounds.vectors, axes, options.seed)
    # Neighbours may coincide here: nobody looks at it.
    return settle(start, ties, Course(options.seed, 0.0, EPOCHS), listener.advanced)


def dense_parts(points: Floats, size: int) -> Found:
    """Find clusters of at least `size` points, their borders with them."""
    hdbscan = import_compiled("fast_hdbscan.hdbscan")
    tree, _, core = hdbscan.compute_minimum_spanning_tree(
        points, min_samples=min(MIN_SAMPLES, size), reproducible=True
    )

    def selected(largest: float) -> Found:
        labels, firm, *_ = hdbscan.clusters_from_spanning_tree(
            tree, min_cluster_size=size, max_cluster_size=largest
        )
        return _as_found(labels, firm)

    split = selected(float(max(2 * size, len(points) // LARGEST_SHARE)))
    return take_in_borders(points, _with_unsplit(split, selected(float("inf"))), (tree, core))


def _as_found(labels: Any, firm: Any) -> Found:
    import numpy as np

    labels = np.asarray(labels, dtype=np.int64)
    firm = np.clip(np.nan_to_num(np.asarray(firm, dtype=np.float32)), 0, 1)
    return Found(labels, np.where(labels < 0, 0, firm))


def _with_unsplit(split: Found, whole: Found) -> Found:
    """Add the large clusters of which splitting leaves nothing but noise."""
    import numpy as np

    parts = np.zeros(int(whole.labels.max(initial=-1)) + 1, dtype=np.int64)
    np.add.at(parts, whole.labels[(whole.labels >= 0) & (split.labels >= 0)], 1)
    lost = np.isin(whole.labels, np.flatnonzero(parts == 0))
    if not lost.any():
        return split
    _, numbers = np.unique(whole.labels[lost], return_inverse=True)
    labels, probabilities = split.labels.copy(), split.probabilities.copy()
    labels[lost] = int(split.labels.max()) + 1 + numbers
    probabilities[lost] = whole.probabilities[lost]
    return Found(labels, probabilities)


def take_in_borders(points: Floats, found: Found, trees: tuple[Floats, Floats]) -> Found:
    """Put noise into the cluster of the nearest sound in one, if that is within its reach.

    A cluster's reach is the longest step between its own sounds. A border's probability is that of
    its neighbour, less by how much sparser it is around the border than the reach allows.
    """
    import numpy as np
    from scipy.spatial import cKDTree

    inside, noise = np.flatnonzero(found.labels >= 0), np.flatnonzero(found.labels < 0)
    if not len(inside) or not len(noise):
        return found
    steps, core = trees
    ends = found.labels[steps[:, :2].astype(np.int64)]
    own = (ends[:, 0] == ends[:, 1]) & (ends[:, 0] >= 0)
    reach = np.zeros(int(found.labels.max()) + 1)
    np.maximum.at(reach, ends[own, 0], steps[own, 2])
    apart, nearest = cKDTree(points[inside]).query(points[noise], workers=-1)
    reached = apart <= reach[found.labels[inside[nearest]]]
    border, beside = noise[reached], inside[nearest[reached]]
    labels, probabilities = found.labels.copy(), found.probabilities.copy()
    labels[border] = labels[beside]
    sparser = np.maximum(core[border], apart[reached]) / np.maximum(reach[labels[border]], 1e-12)
    probabilities[border] = probabilities[beside] / np.maximum(sparser, 1)
    return Found(labels, probabilities)
