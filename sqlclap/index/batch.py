"""Candidates of many queries at once: one call of the graph library walks for all of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from sqlclap.index.candidates import Candidates
from sqlclap.index.reader import IndexView
from sqlclap.index.search import is_worth_walking
from sqlclap.index.segments import LiveSegment

if TYPE_CHECKING:
    from sqlclap.arrays import Float32Array, Int64Array


def in_walking_order(view: IndexView, sample_ids: Int64Array) -> Int64Array:
    """Order samples as they lie in an index, where near ones lie together: shape (n,).

    What is looked up together then shares most of its candidates, and of what a walk reads.

    Returns
    -------
    np.ndarray [shape=(n,), dtype=int64]
        Where each stands among those given; what the index doesn't hold comes last.
    """
    there = np.concatenate([sample_ids[:0], *(one.rows.sample_ids for one in view.segments)])
    if not len(there):
        return np.arange(len(sample_ids))
    by_id = np.argsort(there, kind="stable")
    at = by_id[np.minimum(np.searchsorted(there, sample_ids, sorter=by_id), len(there) - 1)]
    return np.argsort(np.where(there[at] == sample_ids, at, len(there)), kind="stable")


def find_many(view: IndexView, vectors: Float32Array, pool: int) -> Candidates:
    """Find the `pool` nearest of each of many unit vectors, shape (queries, dim), by walks."""
    known = view.ef_search
    candidates = _walk_many(view, vectors, pool, known.in_distribution)
    again = np.flatnonzero(known.are_out_of_distribution(candidates.scores))
    if len(again):
        wider = _walk_many(view, vectors[again], pool, known.out_of_distribution, far=True)
        for name in ("embedding_ids", "sample_ids", "scores"):
            getattr(candidates, name)[again] = getattr(wider, name)
    return candidates


def _walk_many(
    view: IndexView, vectors: Float32Array, pool: int, ef_search: int, far: bool = False
) -> Candidates:
    parts = [
        _walk(one, vectors, min(pool, one.count), ef_search, far) for one in view.live if one.count
    ]
    if view.tail.count or not parts:
        parts.append(_tail_of(view, vectors))
    ids, samples, scores = parts[0] if len(parts) == 1 else _best_of(parts, pool)
    complete = scores.shape[1] == view.count and not bool(np.isneginf(scores).any())
    return Candidates(ids, samples, scores, "graph", ef_search, complete, view.errors)


_Found: TypeAlias = "tuple[Int64Array, Int64Array, Float32Array]"
"""Embeddings, samples and scores, shape (queries, found): -1, -1 and -inf where there are fewer."""


def _walk(
    one: LiveSegment, vectors: Float32Array, wanted: int, ef_search: int, far: bool
) -> _Found:
    rows, graph = one.segment.rows, one.segment.graph
    if is_worth_walking(one):
        walk = graph.search_far if far else graph.search
        scores, positions = walk(vectors, wanted, ef_search, one.selection)
    else:
        scores, positions = graph.scan(vectors, wanted, one.selection)
    ids, samples = rows.embedding_ids[positions], rows.sample_ids[positions]
    missing = positions < 0
    if missing.any():
        ids, samples = np.where(missing, -1, ids), np.where(missing, -1, samples)
        scores = np.where(missing, np.float32(-np.inf), scores)
    return ids, samples, scores


def _tail_of(view: IndexView, vectors: Float32Array) -> _Found:
    tail, scores = view.tail, vectors @ view.tail.vectors.T
    ids = np.broadcast_to(tail.embedding_ids, scores.shape)
    return ids, np.broadcast_to(tail.sample_ids, scores.shape), scores


def _best_of(parts: Sequence[_Found], pool: int) -> _Found:
    ids, samples, scores = (np.concatenate(kind, axis=1) for kind in zip(*parts, strict=True))
    order = np.argsort(-scores, axis=1, kind="stable")[:, :pool]
    best = [np.take_along_axis(one, order, 1) for one in (ids, samples, scores)]
    return best[0], best[1], best[2]
