"""Density-based clusters (HDBSCAN), and their identity across runs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from sqlclap.map.compiling import import_compiled, one_thread_compiled
from sqlclap.map.engine import DescentSchedule, optimize_layout, principal_components
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

REDUCED_DIMENSIONS = 10
EPOCHS = 100
"""Fewer than a map takes: more epochs tighten the clusters and leave more sounds outside them."""
MIN_SAMPLES = 10
NO_REACH = 1e-30
"""A distance below that of any two sounds that differ."""

METHOD = "umap-10d + fast_hdbscan (excess of mass, borders)"
NOISE = -1
MAX_CLUSTER_DIVISOR = 4
"""A cluster that holds more than a quarter of a library is split if it can be."""


@dataclass(frozen=True)
class ClusterAssignment:
    """Which cluster each sound belongs to.

    Attributes
    ----------
    labels : np.ndarray [shape=(n,), dtype=int64]
        0, 1, ...; -1 for noise.
    probabilities : np.ndarray [shape=(n,), dtype=float32]
        0 to 1: strength of membership; 0 for noise.
    """

    labels: Int64Array
    probabilities: Float32Array


def find_clusters(
    sounds: Sounds, options: ClusterOptions, listener: ProgressListener
) -> ClusterAssignment:
    """Find clusters; sounds that belong to none are noise.

    Raises
    ------
    MissingExtraError
        The extra ``map`` is not installed.
    """
    size = options.size_for(len(sounds))
    if len(sounds) < size:
        return _all_labelled(len(sounds), NOISE)
    neighbours = neighbours_of_all(sounds, options.neighbors, listener)
    if float(neighbours.distances.max(initial=0.0)) == 0.0:
        return _all_labelled(len(sounds), 0)  # all the same sound
    if len(sounds) < 2 * size:
        return _all_labelled(len(sounds), NOISE)
    reduced = reduce_sounds(sounds, neighbours, options, listener)
    listener.started("clusters", 1)
    assignment = hdbscan_clusters(reduced, size)
    listener.advanced(1)
    return assignment


def _all_labelled(count: int, label: int) -> ClusterAssignment:
    labels = np.full(count, label, dtype=np.int64)
    return ClusterAssignment(labels, (labels >= 0).astype(np.float32))


def reduce_sounds(
    sounds: Sounds, neighbours: KnnGraph, options: ClusterOptions, listener: ProgressListener
) -> Float32Array:
    """Reduce vectors to about 10 dimensions, where density is meaningful (UMAP)."""
    dimensions = min(REDUCED_DIMENSIONS, sounds.vectors.shape[1], len(sounds) - 1)
    graph = fuzzy_simplicial_set(neighbours, membership_strengths(neighbours))
    listener.started("reduction", EPOCHS)
    initial = principal_components(sounds.vectors, dimensions, options.seed)
    # Points may coincide here (min_dist is 0): nobody looks at this space.
    return optimize_layout(
        initial, graph, DescentSchedule(options.seed, 0.0, EPOCHS), listener.advanced
    )


def hdbscan_clusters(points: Float32Array, size: int) -> ClusterAssignment:
    """Find clusters of at least `size` points with HDBSCAN, and add their borders."""
    hdbscan = import_compiled("fast_hdbscan.hdbscan")
    with one_thread_compiled():
        spanning_tree, _, core_distances = hdbscan.compute_minimum_spanning_tree(
            points, min_samples=min(MIN_SAMPLES, size)
        )

    def extract(largest: float) -> ClusterAssignment:
        bounds = {"min_cluster_size": size, "max_cluster_size": largest}
        select = hdbscan.clusters_from_spanning_tree
        try:
            labels, probabilities, *_ = select(spanning_tree, **bounds)
        except KeyError:
            # Where it chooses one cluster that isn't the root, it asks for the label of points
            # that hang on the root. With some reach, however small, they are noise, as they should.
            labels, probabilities, *_ = select(
                spanning_tree, **bounds, cluster_selection_epsilon=NO_REACH
            )
        return _to_assignment(labels, probabilities)

    split = extract(float(max(2 * size, len(points) // MAX_CLUSTER_DIVISOR)))
    return assign_borders(
        points, _restore_unsplit(split, extract(float("inf"))), (spanning_tree, core_distances)
    )


def _to_assignment(labels: Any, probabilities: Any) -> ClusterAssignment:
    labels = np.asarray(labels, dtype=np.int64)
    probabilities = np.clip(np.nan_to_num(np.asarray(probabilities, dtype=np.float32)), 0, 1)
    return ClusterAssignment(labels, np.where(labels < 0, 0, probabilities))


def _restore_unsplit(split: ClusterAssignment, whole: ClusterAssignment) -> ClusterAssignment:
    """Restore the large clusters that splitting would turn into noise."""

    parts = np.zeros(int(whole.labels.max(initial=-1)) + 1, dtype=np.int64)
    np.add.at(parts, whole.labels[(whole.labels >= 0) & (split.labels >= 0)], 1)
    is_lost = np.isin(whole.labels, np.flatnonzero(parts == 0))
    if not is_lost.any():
        return split
    _, numbers = np.unique(whole.labels[is_lost], return_inverse=True)
    labels, probabilities = split.labels.copy(), split.probabilities.copy()
    labels[is_lost] = int(split.labels.max()) + 1 + numbers
    probabilities[is_lost] = whole.probabilities[is_lost]
    return ClusterAssignment(labels, probabilities)


def assign_borders(
    points: Float32Array, assignment: ClusterAssignment, trees: tuple[Float32Array, Float32Array]
) -> ClusterAssignment:
    """Assign noise points to the cluster of their nearest clustered point, if it is within reach.

    A cluster's reach is its longest edge in the minimum spanning tree. The probability of a border
    point is that of its neighbour, reduced by how much its core distance exceeds that reach.
    """
    from scipy.spatial import cKDTree

    inside, noise = np.flatnonzero(assignment.labels >= 0), np.flatnonzero(assignment.labels < 0)
    if not len(inside) or not len(noise):
        return assignment
    spanning_tree, core_distances = trees
    edge_labels = assignment.labels[spanning_tree[:, :2].astype(np.int64)]
    is_internal = (edge_labels[:, 0] == edge_labels[:, 1]) & (edge_labels[:, 0] >= 0)
    reach = np.zeros(int(assignment.labels.max()) + 1)
    np.maximum.at(reach, edge_labels[is_internal, 0], spanning_tree[is_internal, 2])
    distances, nearest = cKDTree(points[inside]).query(points[noise], workers=-1)
    is_reached = distances <= reach[assignment.labels[inside[nearest]]]
    border, beside = noise[is_reached], inside[nearest[is_reached]]
    labels, probabilities = assignment.labels.copy(), assignment.probabilities.copy()
    labels[border] = labels[beside]
    sparsity = np.maximum(core_distances[border], distances[is_reached]) / np.maximum(
        reach[labels[border]], 1e-12
    )
    probabilities[border] = probabilities[beside] / np.maximum(sparsity, 1)
    return ClusterAssignment(labels, probabilities)


MIN_JACCARD = 0.5
"""Jaccard index of two clusters' sounds from which the new one keeps the old one's number."""


def match_clusters(old: Int64Array, new: Int64Array) -> dict[int, int]:
    """Match new clusters with old ones by the sounds that they share.

    Parameters
    ----------
    old, new : np.ndarray [shape=(n,), dtype=int64]
        Old and new cluster of each sound; -1 for noise.

    Returns
    -------
    dict of int to int
        Old cluster by new cluster, for pairs with a Jaccard index of at least 0.5.
    """
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
    return {
        int(new_cluster): int(old_cluster)
        for new_cluster, old_cluster in pairs
        if jaccard[new_cluster, old_cluster] >= MIN_JACCARD
    }


def renumber_clusters(labels: Int64Array, known: dict[int, int]) -> Int64Array:
    """Renumber clusters: matched ones keep their old numbers, the others take free ones."""

    count = int(labels.max(initial=-1)) + 1
    free = iter(number for number in range(2 * count + 1) if number not in known.values())
    numbers = [known[cluster] if cluster in known else next(free) for cluster in range(count)]
    table = np.array([*numbers, -1], dtype=np.int64)
    renumbered: Int64Array = table[labels]
    return renumbered
