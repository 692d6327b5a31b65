"""Neighbours by the thousand: all of a map's points, or all of what is new, in one go."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlclap.ann.graph import Graph, Selection, compare_all, new_graph, one_thread
from sqlclap.ann.policy import EXACT_BELOW, IndexParams
from sqlclap.ann.view import IndexView

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from sqlclap.ann.rows import Ids

    Vectors = npt.NDArray[np.float32]
    Found = tuple[Vectors, Ids]

BATCH = 4096
WIDTH = 64
FILTERED_SHARE = 0.2
"""Share of an index below which a graph of the chosen vectors alone beats a filtered walk."""

Advance = Callable[[int], None]
Score = Callable[["Vectors", "Vectors", "Ids"], "Vectors"]


def _products(vectors: Vectors, queries: Vectors, rows: Ids) -> Vectors:
    import numpy as np

    scores: Vectors = np.einsum("qcd,qd->qc", vectors[rows], queries)
    return scores


@dataclass(frozen=True)
class Field:
    """Vectors among which neighbours are looked for; make one with `field_of`.

    Attributes
    ----------
    vectors : np.ndarray [shape=(n, dim), dtype=float32]
        Unit vectors.
    graph : Graph or None
        None: all of them are compared.
    rows : np.ndarray [shape=(graph's positions,), dtype=int64]
        The field's row at each position of the graph; -1 for what is not of the field.
    beside : np.ndarray [shape=(m,), dtype=int64]
        Rows that the graph doesn't hold; these are always compared.
    width : int
        Search width.
    score : callable
        Gives the dot products of queries with rows of vectors, (queries, k) of them.
    """

    vectors: Vectors
    graph: Graph | None
    rows: Ids
    beside: Ids
    width: int
    score: Score = _products

    def search(self, queries: Vectors, k: int, advance: Advance | None = None) -> Found:
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
        import numpy as np

        scores = np.full((len(queries), k), -np.inf, dtype=np.float32)
        rows = np.full((len(queries), k), -1, dtype=np.int64)
        for start in range(0, len(queries), BATCH):
            part = slice(start, start + BATCH)
            scores[part], rows[part] = self._answer(queries[part], k)
            if advance is not None:
                advance(len(queries[part]))
        return scores, rows

    def _answer(self, queries: Vectors, k: int) -> Found:
        import numpy as np

        rows = _compared(self.vectors, self.beside, queries, k)
        if self.graph is not None:
            everywhere = bool(len(self.rows)) and bool((self.rows >= 0).all())
            allowed = None if everywhere else Selection(self.rows >= 0)
            _, positions = self.graph.search(queries, k, self.width, allowed)
            walked = np.where(positions < 0, -1, self.rows[positions])
            rows = np.concatenate([walked, rows], axis=1)
        rows = np.sort(rows, axis=1)  # equal scores come in the order of rows
        return _ranked(self.score(self.vectors, queries, rows), rows, k)


def field_of(view: IndexView | None, embedding_ids: Ids, vectors: Vectors) -> Field:
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
    import numpy as np

    every, none = np.arange(len(vectors)), np.empty(0, dtype=np.int64)
    if len(vectors) < EXACT_BELOW:
        return Field(vectors, None, none, every, WIDTH)
    if view is not None:
        known = _rows_of_positions(view, embedding_ids)
        covered = known[known >= 0]
        fits = len(covered) >= FILTERED_SHARE * len(known)
        if fits and len(vectors) - len(covered) < EXACT_BELOW:
            beside = np.setdiff1d(every, covered)
            return Field(vectors, view.graph, known, beside, max(WIDTH, view.widths.near))
    graph = new_graph(vectors.shape[1], IndexParams())
    with one_thread():  # the same vectors always make the same graph
        for start in range(0, len(vectors), BATCH):
            graph.add(vectors[start : start + BATCH])
    return Field(vectors, graph, every, none, WIDTH)


def _rows_of_positions(view: IndexView, embedding_ids: Ids) -> Ids:
    """Return the field's row at each position of an index; -1 for what is not in the field."""
    import numpy as np

    at = np.searchsorted(embedding_ids, view.rows.embedding_ids)
    at = np.minimum(at, len(embedding_ids) - 1)
    hit = embedding_ids[at] == view.rows.embedding_ids
    if view.usable is not None:
        hit &= view.usable
    rows: Ids = np.where(hit, at, -1)
    return rows


def _compared(vectors: Vectors, rows: Ids, queries: Vectors, k: int) -> Ids:
    """Return the `k` best of `rows` for each query, shape (queries, at most k), in no order."""
    import numpy as np

    if len(rows) <= k:
        return np.broadcast_to(rows, (len(queries), len(rows)))
    among = vectors if len(rows) == len(vectors) else vectors[rows]
    best: Ids = rows[compare_all(among, queries, k)]
    return best


def _ranked(scores: Vectors, rows: Ids, k: int) -> Found:
    """Choose the best candidates by their exact scores."""
    import numpy as np

    scores = np.where(rows < 0, -np.inf, np.clip(scores, -1.0, 1.0)).astype(np.float32)
    order = np.argsort(-scores, axis=1, kind="stable")[:, :k]
    scores, rows = np.take_along_axis(scores, order, 1), np.take_along_axis(rows, order, 1)
    missing = ((0, 0), (0, k - scores.shape[1]))
    padded = np.pad(scores, missing, constant_values=-np.inf)
    return padded, np.pad(rows, missing, constant_values=-1)
