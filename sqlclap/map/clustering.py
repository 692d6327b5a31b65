"""Clusters where sounds lie dense, and which of before are still there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlclap.map.compiling import import_compiled
from sqlclap.map.engine import DescentSchedule, optimize_all, principal_directions
from sqlclap.map.fuzzy_simplicial_set import (
    KnnGraph,
    Sounds,
    fuzzy_simplicial_set,
    membership_strengths,
    neighbours_of_all,
)
from sqlclap.map.options import ClusterOptions
from sqlclap.progress import ProgressListener

if TYPE_CHECKING:
    from sqlclap.arrays import Float32Array, Int64Array

AXES = 10
EPOCHS = 100
"""Fewer than a map takes: further ones pull clusters tighter, and leave more sounds out of them."""
MIN_SAMPLES = 10
METHOD = "umap-10d + fast_hdbscan (excess of mass, borders)"
NOISE = -1
LARGEST_SHARE = 4
"""No cluster takes more than a quarter of a library: it is split where it can be."""


@dataclass(frozen=True)
class ClusterAssignment:
    """Which cluster each sound belongs to.

    Attributes
    ----------
    labels : np.ndarray [shape=(n,), dtype=int64]
        0, 1, ...; -1 for noise.
    probabilities : np.ndarray [shape=(n,), dtype=float32]
        0 to 1: how firmly it belongs; 0 for noise.
    """

    labels: Int64Array
    probabilities: Float32Array


def find_clusters(
    sounds: Sounds, options: ClusterOptions, listener: ProgressListener
) -> ClusterAssignment:
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


def _all_in(count: int, label: int) -> ClusterAssignment:
    import numpy as np

    labels = np.full(count, label, dtype=np.int64)
    return ClusterAssignment(labels, (labels >= 0).astype(np.float32))


def reduce_sounds(
    sounds: Sounds, neighbours: KnnGraph, options: ClusterOptions, listener: ProgressListener
) -> Float32Array:
    """Bring vectors down to a space in which density means something."""
    axes = min(AXES, sounds.vectors.shape[1], len(sounds) - 1)
    ties = fuzzy_simplicial_set(neighbours, membership_strengths(neighbours))
    listener.started("reduction", EPOCHS)
    start = principal_directions(sounds.vectors, axes, options.seed)
    # KnnGraph may coincide here: nobody looks at it.
    return optimize_all(start, ties, DescentSchedule(options.seed, 0.0, EPOCHS), listener.advanced)


def dense_parts(points: Float32Array, size: int) -> ClusterAssignment:
    """Find clusters of at least `size` points, their borders with them."""
    hdbscan = import_compiled("fast_hdbscan.hdbscan")
    tree, _, core = hdbscan.compute_minimum_spanning_tree(
        points, min_samples=min(MIN_SAMPLES, size), reproducible=True
    )

    def selected(largest: float) -> ClusterAssignment:
        labels, firm, *_ = hdbscan.clusters_from_spanning_tree(
            tree, min_cluster_size=size, max_cluster_size=largest
        )
        return _as_found(labels, firm)

    split = selected(float(max(2 * size, len(points) // LARGEST_SHARE)))
    return take_in_borders(points, _with_unsplit(split, selected(float("inf"))), (tree, core))


def _as_found(labels: Any, firm: Any) -> ClusterAssignment:
    import numpy as np

    labels = np.asarray(labels, dtype=np.int64)
    firm = np.clip(np.nan_to_num(np.asarray(firm, dtype=np.float32)), 0, 1)
    return ClusterAssignment(labels, np.where(labels < 0, 0, firm))


def _with_unsplit(split: ClusterAssignment, whole: ClusterAssignment) -> ClusterAssignment:
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
    return ClusterAssignment(labels, probabilities)


def take_in_borders(
    points: Float32Array, found: ClusterAssignment, trees: tuple[Float32Array, Float32Array]
) -> ClusterAssignment:
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
    return ClusterAssignment(labels, probabilities)


SHARED = 0.5
"""Share of sounds (of both clusters together) from which a cluster is the one of before."""


def persisting(old: Int64Array, new: Int64Array) -> dict[int, int]:
    """Match clusters by the sounds that they share.

    Parameters
    ----------
    old, new : np.ndarray [shape=(n,), dtype=int64]
        The same sounds' clusters, -1 for noise.

    Returns
    -------
    dict of int to int
        Old clusters by new ones: each pair shares at least half of its sounds (Jaccard index).
    """
    import numpy as np
    from scipy.optimize import linear_sum_assignment

    if not len(old) or old.max() < 0 or new.max() < 0:
        return {}
    both = (old >= 0) & (new >= 0)
    shared = np.zeros((new.max() + 1, old.max() + 1))
    np.add.at(shared, (new[both], old[both]), 1)
    sizes = np.bincount(new[new >= 0], minlength=len(shared))[:, None] + np.bincount(
        old[old >= 0], minlength=shared.shape[1]
    )
    jaccard = shared / np.maximum(sizes - shared, 1)
    pairs = zip(*linear_sum_assignment(-jaccard), strict=True)
    return {int(one): int(other) for one, other in pairs if jaccard[one, other] >= SHARED}


def keep_numbers(labels: Int64Array, known: dict[int, int]) -> Int64Array:
    """Number clusters so that those of before keep theirs; others take free ones."""
    import numpy as np

    count = int(labels.max(initial=-1)) + 1
    free = iter(number for number in range(2 * count + 1) if number not in known.values())
    numbers = [known[cluster] if cluster in known else next(free) for cluster in range(count)]
    table = np.array([*numbers, -1], dtype=np.int64)
    renumbered: Int64Array = table[labels]
    return renumbered
