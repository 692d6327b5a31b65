"""How well a map keeps who is near whom."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from sqlclap.layout.graph import Neighbours

    Floats = npt.NDArray[np.float32]
    Ids = npt.NDArray[np.int64]

AMONG = 15
LOOKED_AT = 2_000
LOOKED_AT_LARGE = 500
LARGE = 200_000
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
    """

    trustworthiness: float | None
    continuity: float | None
    points: int
    among: int


def measure_quality(vectors: Floats, positions: Floats, seed: int) -> Quality:
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
    looked_at = min(n, LOOKED_AT if n <= LARGE else LOOKED_AT_LARGE)
    chosen = np.sort(np.random.default_rng(seed).choice(n, looked_at, replace=False))
    false, missed = 0, 0
    for start in range(0, looked_at, BATCH):
        rows = chosen[start : start + BATCH]
        by_sound = 1.0 - vectors[rows] @ vectors.T
        on_map = _squared_distances(positions, rows)
        own = (np.arange(len(rows)), rows)
        by_sound[own] = on_map[own] = -np.inf  # each point is its own neighbour 0
        false += _rank_excess(by_sound, on_map, among)
        missed += _rank_excess(on_map, by_sound, among)
    worst = looked_at * among * (2 * n - 3 * among - 1) / 2
    return Quality(1 - false / worst, 1 - missed / worst, looked_at, among)


def _squared_distances(positions: Floats, rows: Ids) -> Floats:
    across = positions[rows, 0][:, None] - positions[:, 0]
    along = positions[rows, 1][:, None] - positions[:, 1]
    squared: Floats = across**2 + along**2
    return squared


def _rank_excess(ranked_by: Floats, chosen_by: Floats, among: int) -> int:
    """Sum how far beyond `among` the nearest by one measure rank by the other."""
    import numpy as np

    nearest = np.argpartition(chosen_by, among, axis=1)[:, : among + 1]
    excess = 0
    for distances, few in zip(ranked_by, nearest, strict=True):
        ranks = np.searchsorted(np.sort(distances), distances[few])
        excess += int(np.maximum(ranks - among, 0).sum())
    return excess


def agreement(neighbours: Neighbours, positions: Floats, among: Floats | None = None) -> Floats:
    """Return the share of each point's nearest by sound that are nearest on the map too.

    Parameters
    ----------
    neighbours : Neighbours
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
    shares: Floats = np.minimum(hits / k, 1.0).astype(np.float32)
    return shares
