"""Candidates of many queries at once: one call of the graph library walks for all of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from sqlclap.index.hnsw import ScoreErrors
from sqlclap.index.reader import IndexView
from sqlclap.index.search import NOTHING_ELSE

if TYPE_CHECKING:
    from sqlclap.arrays import BoolArray, Float32Array, Int64Array


@dataclass(frozen=True)
class BatchCandidates:
    """Candidates of many queries; see `Candidates`.

    Attributes
    ----------
    embedding_ids, sample_ids : np.ndarray [shape=(queries, pool), dtype=int64]
        -1 where there are fewer.
    scores : np.ndarray [shape=(queries, pool), dtype=float32]
        Best first; -inf where there are fewer.
    complete : bool
        These are all that there are.
    errors : ScoreErrors
    """

    embedding_ids: Int64Array
    sample_ids: Int64Array
    scores: Float32Array
    complete: bool
    errors: ScoreErrors

    def worth_ranking(self, n: int) -> BoolArray:
        """Return which can be among the exact `n` best of their query, shape (queries, pool)."""
        worth: BoolArray = (self.embedding_ids >= 0) & (self.scores >= self._floors(n)[:, None])
        return worth

    def holds(self, exact: Float32Array) -> bool:
        """Whether exact scores, -inf where there are none, are of the vectors that it holds."""
        both = np.isfinite(exact) & np.isfinite(self.scores)
        differences = np.abs(exact[both] - self.scores[both])
        return bool((differences <= self.errors.largest).all())

    def bounds(self, n: int) -> Float32Array:
        """Return what any that is not worth ranking can score exactly, shape (queries,)."""
        floors = self._floors(n)
        bounds = np.full(len(self.scores), NOTHING_ELSE, dtype=np.float32)
        if not self.complete and self.scores.shape[1]:
            bounds = self.errors.exact_at_most(self.scores[:, -1])
        some_left = (self.scores < floors[:, None]).any(axis=1)
        left = np.maximum(bounds, self.errors.exact_at_most(floors))
        found: Float32Array = np.where(some_left, left, bounds)
        return found

    def _floors(self, n: int) -> Float32Array:
        if self.scores.shape[1] < n:
            return np.full(len(self.scores), -np.inf, dtype=np.float32)
        return self.errors.worth_ranking_from(self.scores[:, n - 1])


def find_many(view: IndexView, vectors: Float32Array, pool: int) -> BatchCandidates:
    """Find the `pool` nearest of each of many unit vectors, shape (queries, dim), by walks."""
    known = view.ef_search
    candidates = _walk_many(view, vectors, pool, known.in_distribution)
    again = np.flatnonzero(known.are_out_of_distribution(candidates.scores))
    if len(again):
        wider = _walk_many(view, vectors[again], pool, known.out_of_distribution)
        for name in ("embedding_ids", "sample_ids", "scores"):
            getattr(candidates, name)[again] = getattr(wider, name)
    return candidates


def _walk_many(
    view: IndexView, vectors: Float32Array, pool: int, ef_search: int
) -> BatchCandidates:
    tail, wanted = view.tail, min(pool, view.count)
    scores = [vectors @ tail.vectors.T]
    ids = [np.broadcast_to(tail.embedding_ids, scores[0].shape)]
    samples = [np.broadcast_to(tail.sample_ids, scores[0].shape)]
    for one in view.live:
        if one.count:
            rows, most = one.segment.rows, min(pool, one.count)
            near, positions = one.segment.graph.search(vectors, most, ef_search, one.selection)
            here = positions >= 0
            scores.append(np.where(here, near, -np.inf).astype(np.float32))
            ids.append(np.where(here, rows.embedding_ids[positions], -1))
            samples.append(np.where(here, rows.sample_ids[positions], -1))
    all_scores = np.concatenate(scores, axis=1)
    order = np.argsort(-all_scores, axis=1, kind="stable")[:, :wanted]
    best = np.take_along_axis(all_scores, order, 1)
    complete = wanted == view.count and not bool(np.isneginf(best).any())
    return BatchCandidates(
        np.take_along_axis(np.concatenate(ids, axis=1), order, 1),
        np.take_along_axis(np.concatenate(samples, axis=1), order, 1),
        best,
        complete,
        view.errors,
    )
