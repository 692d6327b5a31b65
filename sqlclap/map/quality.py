"""Trustworthiness, continuity and neighbour agreement of a map."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from sqlclap.map.compiling import import_compiled

if TYPE_CHECKING:
    from sqlclap.arrays import Float32Array
    from sqlclap.map.fuzzy_simplicial_set import KnnGraph

NEIGHBOURS_COMPARED = 15
POINTS_SAMPLED = (500, 2_000)
MAX_DISTANCES = 100_000_000
"""Most distances that are computed: sampled points (within `POINTS_SAMPLED`) times all points."""
BATCH = 64


@dataclass(frozen=True)
class Quality:
    """A map's quality, over a sample of its points.

    Attributes
    ----------
    trustworthiness : float or None
        0 to 1: neighbours on the map are neighbours by sound. None with fewer than three points.
    continuity : float or None
        0 to 1: neighbours by sound are neighbours on the map.
    points : int
        How many points were sampled.
    among : int
        K: how many nearest neighbours were compared.
    error : float or None
        Standard error of the two figures, which comes from sampling the points.
    """

    trustworthiness: float | None
    continuity: float | None
    points: int
    among: int
    error: float | None = None


def measure_quality(vectors: Float32Array, positions: Float32Array, seed: int) -> Quality:
    """Measure trustworthiness and continuity exactly, over a random sample of points.

    Parameters
    ----------
    vectors : np.ndarray [shape=(n, dim), dtype=float32]
        Unit vectors.
    positions : np.ndarray [shape=(n, 2), dtype=float32]
    seed : int

    Notes
    -----
    Venna, Kaski: Neighborhood preservation in nonlinear projection methods (2001).
    """

    n = len(vectors)
    among = min(NEIGHBOURS_COMPARED, (n - 1) // 2)
    if among < 1:
        return Quality(None, None, n, 0)
    min_sampled, max_sampled = POINTS_SAMPLED
    n_sampled = min(n, max(min_sampled, min(max_sampled, MAX_DISTANCES // n)))
    sampled = np.sort(np.random.default_rng(seed).choice(n, n_sampled, replace=False))
    compare = import_compiled("sqlclap.map.compiled_knn").compare
    positions = np.ascontiguousarray(positions, dtype=np.float32)
    excess = np.empty((n_sampled, 2), dtype=np.int64)
    for start in range(0, n_sampled, BATCH):
        rows = sampled[start : start + BATCH]
        by_sound = -vectors[rows] @ vectors.T  # the cosine distance less 1
        excess[start : start + BATCH] = compare(by_sound, positions, rows, among)
    scores = 1 - excess / (among * (2 * n - 3 * among - 1) / 2)
    trustworthiness, continuity = scores.mean(axis=0).tolist()
    error = float(scores.std(axis=0).max()) / n_sampled**0.5
    return Quality(trustworthiness, continuity, n_sampled, among, error)


def agreement(
    neighbours: KnnGraph, positions: Float32Array, among: Float32Array | None = None
) -> Float32Array:
    """Return which share of each point's nearest neighbours by sound are its nearest on the map.

    Parameters
    ----------
    neighbours : KnnGraph
        Nearest neighbours by sound, as rows of `among`.
    positions : np.ndarray [shape=(n, 2), dtype=float32]
    among : np.ndarray [shape=(m, 2), dtype=float32], optional
        Positions of those neighbours; by default, `positions` themselves.

    Returns
    -------
    np.ndarray [shape=(n,), dtype=float32]
        0 to 1.
    """
    from scipy.spatial import cKDTree

    others = positions if among is None else among
    k = min(NEIGHBOURS_COMPARED, neighbours.rows.shape[1])
    if k == 0:
        return np.ones(len(positions), dtype=np.float32)
    extra = 1 if among is None else 0
    _, nearest = cKDTree(others).query(positions, k=k + extra, workers=-1)
    on_map: Any = np.asarray(nearest).reshape(len(positions), k + extra)
    # Count the neighbours by sound that are also neighbours on the map. No point is its own.
    hits = np.zeros(len(positions), dtype=np.int64)
    for column in range(k + extra):
        hits += (neighbours.rows[:, :k] == on_map[:, column][:, None]).any(axis=1)
    shares: Float32Array = np.minimum(hits / k, 1.0).astype(np.float32)
    return shares
