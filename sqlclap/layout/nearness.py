"""Exact similarities of many pairs of vectors, compiled; for `sqlclap.layout.sounds` alone.

Gathering the vectors first, as numpy has to, takes several times as long.
"""

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
