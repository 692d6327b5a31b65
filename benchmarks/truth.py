"""Exact neighbours, gathered while vectors stream by: what recall is measured against."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from sqlclap.arrays import Float32Array, Int64Array


class Truth:
    """The exact `k` nearest to each query among the vectors seen.

    Parameters
    ----------
    queries : np.ndarray [shape=(queries, dim), dtype=float32]
    k : int

    Attributes
    ----------
    queries : np.ndarray
        As given.
    ids : np.ndarray [shape=(queries, k), dtype=int64]
        Nearest first; 0 where there are fewer.
    """

    def __init__(self, queries: Float32Array, k: int) -> None:

        self.queries = queries
        self._k = k
        self.ids: Int64Array = np.zeros((len(queries), k), dtype=np.int64)
        self._scores: Float32Array = np.full((len(queries), k), -np.inf, dtype=np.float32)

    def see(self, ids: Int64Array, vectors: Float32Array) -> None:
        """Take more vectors, shape (n, dim), with their ids."""

        if not len(ids):
            return
        scores = self.queries @ vectors.T
        # After a few pages, hardly any vector is among the nearest of any query.
        useful = np.flatnonzero((scores > self._scores[:, -1:]).any(axis=0))
        if not len(useful):
            return
        scores, ids = scores[:, useful], ids[useful]
        best = min(self._k, len(ids))
        among = np.argpartition(-scores, best - 1, axis=1)[:, :best]
        all_scores = np.concatenate(
            [self._scores, np.take_along_axis(scores, among, axis=1)], axis=1
        )
        all_ids = np.concatenate([self.ids, ids[among]], axis=1)
        order = np.argsort(-all_scores, axis=1, kind="stable")[:, : self._k]
        self.ids = np.take_along_axis(all_ids, order, axis=1)
        self._scores = np.take_along_axis(all_scores, order, axis=1)


def recall_of(found: list[int], true: list[int]) -> float:
    """Return the share of the true neighbours that were found; 1 where there are none."""
    wanted = {one for one in true if one}
    return len(wanted.intersection(found)) / len(wanted) if wanted else 1.0
