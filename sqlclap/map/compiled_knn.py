"""Exact similarities and ranks of neighbours, compiled; imported late by who needs them."""

from __future__ import annotations

from typing import Any

import numba
import numpy as np


def _product(one: Any, other: Any) -> Any:
    total = np.float32(0.0)
    for axis in range(len(one)):
        total += one[axis] * other[axis]
    return total


_dot = numba.njit(_product, fastmath=True)


def _scored(vectors: Any, queries: Any, rows: Any) -> Any:
    """Return the dot product of each query with some of the vectors.

    Parameters
    ----------
    vectors : np.ndarray [shape=(n, dim), dtype=float32]
    queries : np.ndarray [shape=(queries, dim), dtype=float32]
    rows : np.ndarray [shape=(queries, candidates), dtype=int64]
        Which vectors; what is returned for -1 means nothing.

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


score = numba.njit(_scored, parallel=True, cache=True)


PART = 4096  # distances at a time: they stay in the processor's first cache


def _nearest_of(distances: Any, nearest: Any, lowest: Any) -> None:
    """Write down the nearest points and their distances, ascending."""
    nearest[:], lowest[:] = -1, np.inf
    last = len(nearest) - 1
    for point in range(len(distances)):
        distance = distances[point]
        if distance < lowest[last]:
            at = last
            while at > 0 and lowest[at - 1] > distance:
                nearest[at], lowest[at] = nearest[at - 1], lowest[at - 1]
                at -= 1
            nearest[at], lowest[at] = point, distance


_find_nearest = numba.njit(_nearest_of)


def _excess_of(distances: Any, chosen: Any, among: Any) -> Any:
    """Return how far beyond `among` the chosen points rank, in all."""
    excess = 0
    counts = np.zeros(len(chosen), np.int64)
    for start in range(0, len(distances), PART):
        part = distances[start : start + PART]
        for which in range(len(chosen)):
            limit, nearer = distances[chosen[which]], np.int32(0)
            for point in range(len(part)):
                nearer += np.int32(part[point] < limit)
            counts[which] += nearer
    for which in range(len(chosen)):
        excess += max(counts[which] - among, 0)
    return excess


_sum_excess = numba.njit(_excess_of)


def _compared(by_sound: Any, positions: Any, rows: Any, among: Any) -> Any:
    """Return how far beyond `among` the nearest by one measure rank by the other.

    Parameters
    ----------
    by_sound : np.ndarray [shape=(points, n), dtype=float32]
        Distances by sound from each point looked at to all.
    positions : np.ndarray [shape=(n, 2), dtype=float32]
    rows : np.ndarray [shape=(points,), dtype=int64]
        Which points they are.
    among : int

    Returns
    -------
    np.ndarray [shape=(points, 2), dtype=int64]
        For each, the sum over its nearest on the map, and over its nearest by sound.
    """
    excess = np.zeros((len(rows), 2), np.int64)
    for which in numba.prange(len(rows)):
        row, heard = rows[which], by_sound[which]
        seen = np.empty(len(positions), np.float32)
        for point in range(len(positions)):
            across = positions[point, 0] - positions[row, 0]
            along = positions[point, 1] - positions[row, 1]
            seen[point] = across * across + along * along
        heard[row] = seen[row] = -np.inf  # each point is its own neighbour 0
        nearest, lowest = np.empty(among + 1, np.int64), np.empty(among + 1, np.float32)
        _find_nearest(seen, nearest, lowest)
        excess[which, 0] = _sum_excess(heard, nearest, among)
        _find_nearest(heard, nearest, lowest)
        excess[which, 1] = _sum_excess(seen, nearest, among)
    return excess


compare = numba.njit(_compared, parallel=True, cache=True)
