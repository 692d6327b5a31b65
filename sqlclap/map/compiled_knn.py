"""Neighbours of many vectors in compiled code; to be imported by `import_compiled`."""

from __future__ import annotations

from typing import Any

import numba
import numpy as np


def _dot_product(a: Any, b: Any) -> Any:
    total = np.float32(0.0)
    for axis in range(len(a)):
        total += a[axis] * b[axis]
    return total


_dot = numba.njit(_dot_product, fastmath=True)


def _scores_of(vectors: Any, queries: Any, rows: Any) -> Any:
    """Return the dot product of each query with some of the vectors.

    Parameters
    ----------
    vectors : np.ndarray [shape=(n, dim), dtype=float32]
    queries : np.ndarray [shape=(queries, dim), dtype=float32]
    rows : np.ndarray [shape=(queries, candidates), dtype=int64]
        Rows of the vectors; results for -1 are undefined.

    Returns
    -------
    np.ndarray [shape=(queries, candidates), dtype=float32]
    """
    scores = np.zeros(rows.shape, np.float32)
    for query in numba.prange(len(queries)):
        for candidate in range(rows.shape[1]):
            row = max(rows[query, candidate], 0)
            scores[query, candidate] = _dot(queries[query], vectors[row])
    return scores


score = numba.njit(_scores_of, parallel=True, cache=True)


CHUNK = 4096  # distances at a time, so that they stay in the L1 cache


def _nearest_points(distances: Any, nearest: Any, lowest: Any) -> None:
    """Write the nearest points and their distances into the arrays given, ascending."""
    nearest[:], lowest[:] = -1, np.inf
    last = len(nearest) - 1
    for point in range(len(distances)):
        distance = distances[point]
        if distance < lowest[last]:
            slot = last
            while slot > 0 and lowest[slot - 1] > distance:
                nearest[slot], lowest[slot] = nearest[slot - 1], lowest[slot - 1]
                slot -= 1
            nearest[slot], lowest[slot] = point, distance


_find_nearest = numba.njit(_nearest_points)


def _excess_of(distances: Any, chosen: Any, among: Any) -> Any:
    """Return by how much the ranks of the chosen points exceed `among`, in total."""
    excess = 0
    counts = np.zeros(len(chosen), np.int64)
    for start in range(0, len(distances), CHUNK):
        chunk = distances[start : start + CHUNK]
        for index in range(len(chosen)):
            limit, nearer = distances[chosen[index]], np.int32(0)
            for point in range(len(chunk)):
                nearer += np.int32(chunk[point] < limit)
            counts[index] += nearer
    for index in range(len(chosen)):
        excess += max(counts[index] - among, 0)
    return excess


_sum_excess = numba.njit(_excess_of)


def _excess_ranks(by_sound: Any, positions: Any, rows: Any, among: Any) -> Any:
    """Return by how much the ranks of each measure's nearest exceed `among` in the other measure.

    Parameters
    ----------
    by_sound : np.ndarray [shape=(points, n), dtype=float32]
        Distances by sound from each sampled point to all points. Overwritten.
    positions : np.ndarray [shape=(n, 2), dtype=float32]
    rows : np.ndarray [shape=(points,), dtype=int64]
        Rows of the sampled points.
    among : int

    Returns
    -------
    np.ndarray [shape=(points, 2), dtype=int64]
        Per sampled point: the sum over its nearest on the map, and over its nearest by sound.
    """
    excess = np.zeros((len(rows), 2), np.int64)
    for index in numba.prange(len(rows)):
        row, sound_distances = rows[index], by_sound[index]
        map_distances = np.empty(len(positions), np.float32)
        for point in range(len(positions)):
            dx = positions[point, 0] - positions[row, 0]
            dy = positions[point, 1] - positions[row, 1]
            map_distances[point] = dx * dx + dy * dy
        sound_distances[row] = map_distances[row] = -np.inf  # each point is its own neighbour 0
        nearest, lowest = np.empty(among + 1, np.int64), np.empty(among + 1, np.float32)
        _find_nearest(map_distances, nearest, lowest)
        excess[index, 0] = _sum_excess(sound_distances, nearest, among)
        _find_nearest(sound_distances, nearest, lowest)
        excess[index, 1] = _sum_excess(map_distances, nearest, among)
    return excess


compare = numba.njit(_excess_ranks, parallel=True, cache=True)
