"""How well a map keeps who is near whom."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlclap.map.compiling import import_compiled

if TYPE_CHECKING:
    from sqlclap.arrays import Float32Array
    from sqlclap.map.fuzzy_simplicial_set import KnnGraph

AMONG = 15
LOOKED_AT = (500, 2_000)
PAIRS = 100_000_000
"""Distances worth computing: points looked at, within `LOOKED_AT`, times all points."""
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
        How many points were looked at.
    among : int
        Nearest neighbours compared.
    error : float or None
        Standard error of the two figures: other points would give others.
    """

    trustworthiness: float | None
    continuity: float | None
    points: int
    among: int
    error: float | None = None


def measure_quality(vectors: Float32Array, positions: Float32Array, seed: int) -> Quality:
    """Compare a map with the vectors it was drawn from; both exact, over a sample of points.

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
    import numpy as np

    n = len(vectors)
    among = min(AMONG, (n - 1) // 2)
    if among < 1:
        return Quality(None, None, n, 0)
    fewest, most = LOOKED_AT
    looked_at = min(n, max(fewest, min(most, PAIRS // n)))
    chosen = np.sort(np.random.default_rng(seed).choice(n, looked_at, replace=False))
    compare = import_compiled("sqlclap.map.compiled_knn").compare
    positions = np.ascontiguousarray(positions, dtype=np.float32)
    excess = np.empty((looked_at, 2), dtype=np.int64)
    for start in range(0, looked_at, BATCH):
        rows = chosen[start : start + BATCH]
        by_sound = -vectors[rows] @ vectors.T  # the cosine distance less 1
        excess[start : start + BATCH] = compare(by_sound, positions, rows, among)
    kept = 1 - excess / (among * (2 * n - 3 * among - 1) / 2)
    trustworthiness, continuity = kept.mean(axis=0).tolist()
    error = float(kept.std(axis=0).max()) / looked_at**0.5
    return Quality(trustworthiness, continuity, looked_at, among, error)


def agreement(
    neighbours: KnnGraph, positions: Float32Array, among: Float32Array | None = None
) -> Float32Array:
    """Return the share of each point's nearest by sound that are nearest on the map too.

    Parameters
    ----------
    neighbours : KnnGraph
        By sound; rows of `among`.
    positions : np.ndarray [shape=(n, 2), dtype=float32]
    among : np.ndarray [shape=(m, 2), dtype=float32], optional
        Where those neighbours lie; by default they are the points themselves.

    Returns
    -------
    np.ndarray [shape=(n,), dtype=float32]
        0 to 1.
    """
    import numpy as np
    from scipy.spatial import cKDTree

    others = positions if among is None else among
    k = min(AMONG, neighbours.rows.shape[1])
    if k == 0:
        return np.ones(len(positions), dtype=np.float32)
    extra = 1 if among is None else 0
    _, found = cKDTree(others).query(positions, k=k + extra, workers=-1)
    on_map: Any = np.asarray(found).reshape(len(positions), k + extra)
    # Of each pair of lists: how many of the one are in the other. A point itself is in neither.
    hits = np.zeros(len(positions), dtype=np.int64)
    for column in range(k + extra):
        hits += (neighbours.rows[:, :k] == on_map[:, column][:, None]).any(axis=1)
    shares: Float32Array = np.minimum(hits / k, 1.0).astype(np.float32)
    return shares
