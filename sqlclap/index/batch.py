"""Candidates of many queries at once: one call of the graph library walks for all of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from sqlclap.index.hnsw import QUANTISATION
from sqlclap.index.reader import IndexView
from sqlclap.index.search import NOTHING_ELSE
from sqlclap.index.settings import K

if TYPE_CHECKING:
    from sqlclap.arrays import Float32Array, Int64Array


@dataclass(frozen=True)
class BatchFound:
    """Candidates of many queries.

    Attributes
    ----------
    embedding_ids, sample_ids : np.ndarray [shape=(queries, pool), dtype=int64]
        -1 where there are fewer.
    scores : np.ndarray [shape=(queries, pool), dtype=float32]
        As in `Candidates`, best first; -inf where there are fewer.
    complete : bool
        These are all that there are.
    score_error, code_error : float
        As in `Candidates`.
    """

    embedding_ids: Int64Array
    sample_ids: Int64Array
    scores: Float32Array
    complete: bool
    score_error: float
    code_error: float

    def worth_ranking(self, n: int) -> list[int]:
        """Return the embeddings that can be among the exact `n` best of some query."""
        worth = (self.embedding_ids >= 0) & (self.scores >= self._floors(n)[:, None])
        ids: list[int] = sorted(set(self.embedding_ids[worth].tolist()))
        return ids

    def holds(self, scores: Float32Array) -> bool:
        """Whether exact scores, -inf where there are none, are of the vectors that it holds."""

        both = np.isfinite(scores) & np.isfinite(self.scores)
        differences = np.abs(scores[both] - self.scores[both])
        return bool((differences <= self.code_error + QUANTISATION).all())

    def bounds(self, n: int) -> Float32Array:
        """Return what any that is not worth ranking can score exactly, shape (queries,)."""

        last = np.full(len(self.scores), NOTHING_ELSE, dtype=np.float32)
        if not self.complete and self.scores.shape[1]:
            last = self.scores[:, -1] + np.float32(self.score_error)
        some_left = (self.scores < self._floors(n)[:, None]).any(axis=1)
        below = self._floors(n) + np.float32(self.score_error)
        found: Float32Array = np.where(some_left, np.maximum(last, below), last)
        return found

    def _floors(self, n: int) -> Float32Array:
        """Return the approximate scores below which nothing is among the exact `n` best."""

        if self.scores.shape[1] < n:
            return np.full(len(self.scores), -np.inf, dtype=np.float32)
        floors: Float32Array = self.scores[:, n - 1] - np.float32(2 * self.score_error)
        return floors


def find_many(view: IndexView, vectors: Float32Array, pool: int) -> BatchFound:
    """Find the `pool` nearest of each of many unit vectors, shape (queries, dim), by walks."""

    widths = view.widths
    found = _walk_many(view, vectors, pool, widths.near)
    if widths.near < widths.far:
        last = found.scores[:, min(K, found.scores.shape[1]) - 1]
        far = np.flatnonzero(last < widths.near_score)
        if len(far):
            again = _walk_many(view, vectors[far], pool, widths.far)
            for name in ("embedding_ids", "sample_ids", "scores"):
                getattr(found, name)[far] = getattr(again, name)
    return found


def _walk_many(view: IndexView, vectors: Float32Array, pool: int, width: int) -> BatchFound:

    tail, wanted = view.tail, min(pool, view.count)
    scores = [vectors @ tail.vectors.T]
    ids = [np.broadcast_to(tail.embedding_ids, scores[0].shape)]
    samples = [np.broadcast_to(tail.sample_ids, scores[0].shape)]
    for one in view.live:
        if one.count:
            rows, most = one.segment.rows, min(pool, one.count)
            near, positions = one.segment.graph.search(vectors, most, width, one.selection)
            here = positions >= 0
            scores.append(np.where(here, near, -np.inf).astype(np.float32))
            ids.append(np.where(here, rows.embedding_ids[positions], -1))
            samples.append(np.where(here, rows.sample_ids[positions], -1))
    all_scores = np.concatenate(scores, axis=1)
    order = np.argsort(-all_scores, axis=1, kind="stable")[:, :wanted]
    best = np.take_along_axis(all_scores, order, 1)
    complete = wanted == view.count and not bool(np.isneginf(best).any())
    return BatchFound(
        np.take_along_axis(np.concatenate(ids, axis=1), order, 1),
        np.take_along_axis(np.concatenate(samples, axis=1), order, 1),
        best,
        complete,
        view.score_error,
        view.code_error,
    )
