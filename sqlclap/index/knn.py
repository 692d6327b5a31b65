"""Nearest neighbours of many vectors at once, and pairs that nearly coincide."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from sqlclap.db.statements import statement
from sqlclap.db.stored_models import StoredModel
from sqlclap.db.vectors import own_vectors, unit_rows
from sqlclap.deprecated import former_attribute
from sqlclap.index.hnsw import Graph, Selection, compare_all, new_graph, one_thread
from sqlclap.index.meta import IndexMeta
from sqlclap.index.reader import IndexReader, IndexView
from sqlclap.index.rows import make_rows
from sqlclap.index.segments import LiveSegment, Segment
from sqlclap.index.settings import EXACT_BELOW, IndexParams
from sqlclap.index.tail import empty_tail

if TYPE_CHECKING:
    from sqlclap.arrays import Float32Array, Int64Array
    from sqlclap.db.database import Database

    Found = tuple[Float32Array, Int64Array]

BATCH = 4096
EF_SEARCH = 64
FILTERED_SHARE = 0.2
"""Share of an index below which a graph of the chosen vectors alone beats a filtered walk."""

Advance = Callable[[int], None]
Score = Callable[["Float32Array", "Float32Array", "Int64Array"], "Float32Array"]


def _products(vectors: Float32Array, queries: Float32Array, rows: Int64Array) -> Float32Array:
    scores: Float32Array = np.einsum("qcd,qd->qc", vectors[rows], queries)
    return scores


@dataclass(frozen=True)
class NeighborSearch:
    """Vectors among which neighbours are looked for; make one with `neighbor_search`.

    Attributes
    ----------
    vectors : np.ndarray [shape=(n, dim), dtype=float32]
        Unit vectors.
    graphs : tuple of (Graph, np.ndarray [shape=(graph's positions,), dtype=int64])
        With the field's row at each position of the graph; -1 for what is not of the field.
    beside : np.ndarray [shape=(m,), dtype=int64]
        Rows that no graph holds; these are always compared.
    ef_search : int
    score : callable
        Gives the dot products of queries with rows of vectors, (queries, k) of them.
    """

    vectors: Float32Array
    graphs: tuple[tuple[Graph, Int64Array], ...]
    beside: Int64Array
    ef_search: int
    score: Score = _products

    width = former_attribute("width", "ef_search")

    def search(self, queries: Float32Array, k: int, advance: Advance | None = None) -> Found:
        """Return the `k` nearest of the field to each query, best first.

        Parameters
        ----------
        queries : np.ndarray [shape=(queries, dim), dtype=float32]
            Unit vectors.
        k : int
        advance : callable, optional
            Told how many more queries are answered.

        Returns
        -------
        scores : np.ndarray [shape=(queries, k), dtype=float32]
            Exact cosine similarities; -inf where the field holds fewer than `k`.
        rows : np.ndarray [shape=(queries, k), dtype=int64]
            -1 there.
        """

        scores = np.full((len(queries), k), -np.inf, dtype=np.float32)
        rows = np.full((len(queries), k), -1, dtype=np.int64)
        for start in range(0, len(queries), BATCH):
            part = slice(start, start + BATCH)
            scores[part], rows[part] = self._answer(queries[part], k)
            if advance is not None:
                advance(len(queries[part]))
        return scores, rows

    @cached_property
    def _allowed(self) -> list[Selection | None]:
        """What of each graph is of the field; None where all is."""
        masks = [known >= 0 for _, known in self.graphs]
        return [None if len(mask) and bool(mask.all()) else Selection(mask) for mask in masks]

    def _answer(self, queries: Float32Array, k: int) -> Found:
        rows = _compared(self.vectors, self.beside, queries, k)
        for (graph, known), allowed in zip(self.graphs, self._allowed, strict=True):
            _, positions = graph.search(queries, k, self.ef_search, allowed)
            walked = np.where(positions < 0, -1, known[positions])
            rows = np.concatenate([walked, rows], axis=1)
        rows = np.sort(rows, axis=1)  # equal scores come in the order of rows
        return _ranked(self.score(self.vectors, queries, rows), rows, k)


def neighbor_search(
    view: IndexView | None, embedding_ids: Int64Array, vectors: Float32Array
) -> NeighborSearch:
    """Choose how neighbours among some vectors are found.

    Few vectors are all compared; many are looked up in the library's index, if it covers them and
    they are not a small part of it, else in a graph made for the purpose.

    Parameters
    ----------
    view : IndexView or None
        The library's index, if there is one.
    embedding_ids : np.ndarray [shape=(n,), dtype=int64]
        Ascending.
    vectors : np.ndarray [shape=(n, dim), dtype=float32]
        Unit vectors.
    """

    every = np.arange(len(vectors))
    if len(vectors) < EXACT_BELOW:
        return NeighborSearch(vectors, (), every, EF_SEARCH)
    if view is not None and view.usable_count:
        graphs = tuple(
            (one.segment.graph, _rows_of_positions(one, embedding_ids)) for one in view.live
        )
        known = np.concatenate([rows for _, rows in graphs])
        covered = known[known >= 0]
        fits = len(covered) >= FILTERED_SHARE * len(known)
        if fits and len(vectors) - len(covered) < EXACT_BELOW:
            beside = np.setdiff1d(every, covered)
            return NeighborSearch(
                vectors, graphs, beside, max(EF_SEARCH, view.ef_search.in_distribution)
            )
    graph = new_graph(vectors.shape[1], IndexParams())
    with one_thread():  # faiss before 1.15 makes the same graph of the same vectors only so
        for start in range(0, len(vectors), BATCH):
            graph.add(vectors[start : start + BATCH])
    return NeighborSearch(vectors, ((graph, every),), every[:0], EF_SEARCH)


def _rows_of_positions(live: LiveSegment, embedding_ids: Int64Array) -> Int64Array:
    """Return the field's row at each position of a segment; -1 for what is not in the field."""

    there = live.segment.rows.embedding_ids
    at = np.minimum(np.searchsorted(embedding_ids, there), len(embedding_ids) - 1)
    hit = embedding_ids[at] == there
    if live.mask is not None:
        hit &= live.mask
    rows: Int64Array = np.where(hit, at, -1)
    return rows


def _compared(vectors: Float32Array, rows: Int64Array, queries: Float32Array, k: int) -> Int64Array:
    """Return the `k` best of `rows` for each query, shape (queries, at most k), in no order."""

    if len(rows) <= k:
        return np.broadcast_to(rows, (len(queries), len(rows)))
    among = vectors if len(rows) == len(vectors) else vectors[rows]
    best: Int64Array = rows[compare_all(among, queries, k)]
    return best


def _ranked(scores: Float32Array, rows: Int64Array, k: int) -> Found:
    """Choose the best candidates by their exact scores."""

    scores = np.where(rows < 0, -np.inf, np.clip(scores, -1.0, 1.0)).astype(np.float32)
    order = np.argsort(-scores, axis=1, kind="stable")[:, :k]
    scores, rows = np.take_along_axis(scores, order, 1), np.take_along_axis(rows, order, 1)
    missing = ((0, 0), (0, k - scores.shape[1]))
    padded = np.pad(scores, missing, constant_values=-np.inf)
    return padded, np.pad(rows, missing, constant_values=-1)


NEIGHBOURS = 16
MOST_NEIGHBOURS = 1024
"""Near ones looked for from each vector: at first, and where all of those are near."""

PAIR_EF_SEARCH = 64
PAIR_BATCH = 4096
LONGEST_TAIL = 5_000

_NOWHERE = IndexMeta(0, "", 0, 0, 0, "", {}, {}, "")  # of a graph that is never published

Pair = tuple[int, int, float]


def neighbour_pairs(database: Database, model: StoredModel, threshold: float) -> Iterator[Pair]:
    """Find pairs of samples whose own vectors are at least `threshold` alike.

    The index in force serves where there is one, else a graph is built in memory: each vector is
    compared with its near ones, never with all.

    Yields
    ------
    (int, int, float)
        Two sample ids, the smaller first, and their exact cosine similarity.
    """
    query = statement("index/pairs_scores", model_id=model.model_id)
    view, _ = IndexReader().view(database, model)
    if view is None or view.tail.count > LONGEST_TAIL:
        view = _view_in_memory(database, model)
    for close in _close_pairs(view, threshold - view.score_error):
        yield from database.execute(query, (json.dumps(sorted(close)), threshold))


def _view_in_memory(database: Database, model: StoredModel) -> IndexView:
    graph, ids = new_graph(model.dim, IndexParams()), [np.empty(0, dtype=np.int64)]
    for page in own_vectors(database, model):
        graph.add(unit_rows(page.vectors))
        ids.append(page.embedding_ids)
    joined = np.concatenate(ids)
    segment = Segment(graph, make_rows(joined, joined))
    return IndexView(_NOWHERE, (segment,), empty_tail(0, model.dim))


def _close_pairs(view: IndexView, floor: float) -> Iterator[set[tuple[int, int]]]:
    """Yield pairs of embeddings with an approximate score of at least `floor`."""

    for one in view.live:
        rows = one.segment.rows
        for start in range(0, rows.count, PAIR_BATCH):
            positions = np.arange(start, min(start + PAIR_BATCH, rows.count))
            if one.mask is not None:
                positions = positions[one.mask[positions]]
            vectors = one.segment.graph.vectors(positions)
            yield from _near(view, rows.embedding_ids[positions], vectors, floor)
    yield from _near(view, view.tail.embedding_ids, view.tail.vectors, floor)
    scores = view.tail.vectors @ view.tail.vectors.T
    first, second = np.nonzero(scores >= floor)
    yield _ordered(view.tail.embedding_ids[first], view.tail.embedding_ids[second])


def _near(
    view: IndexView, ids: Int64Array, vectors: Float32Array, floor: float
) -> Iterator[set[tuple[int, int]]]:
    """Pair vectors with all their near ones in each segment."""
    for one in view.live:
        yield _near_in(one, ids, vectors, floor)


def _near_in(
    live: LiveSegment, ids: Int64Array, vectors: Float32Array, floor: float
) -> set[tuple[int, int]]:
    """Pair vectors with all their near ones in a segment: many where there are many."""

    pairs: set[tuple[int, int]] = set()
    k, there = NEIGHBOURS, live.segment.rows.embedding_ids
    while len(ids) and live.count:
        wanted = min(k, live.count)
        scores, found = live.segment.graph.search(vectors, wanted, PAIR_EF_SEARCH, live.selection)
        near = (scores >= floor) & (found >= 0)
        rows, columns = np.nonzero(near)
        pairs |= _ordered(ids[rows], there[found[rows, columns]])
        if wanted < k or k >= MOST_NEIGHBOURS:
            break
        full = near.all(axis=1)
        ids, vectors, k = ids[full], vectors[full], 4 * k
    return pairs


def _ordered(first: Int64Array, second: Int64Array) -> set[tuple[int, int]]:
    pairs = zip(first.tolist(), second.tolist(), strict=True)
    return {(min(pair), max(pair)) for pair in pairs if pair[0] != pair[1]}
