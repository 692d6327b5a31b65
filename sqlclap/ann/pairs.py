"""Pairs of vectors that nearly coincide, from each vector's nearest neighbours."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING

from sqlclap.ann.graph import QUANTISATION, new_graph
from sqlclap.ann.meta import IndexMeta
from sqlclap.ann.policy import IndexParams
from sqlclap.ann.reader import IndexReader
from sqlclap.ann.rows import make_rows
from sqlclap.ann.tail import empty_tail
from sqlclap.ann.view import IndexView
from sqlclap.library import statement
from sqlclap.vectors import StoredModel, own_vectors, unit_rows

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from sqlclap.ann.rows import Ids
    from sqlclap.library import Database

    Vectors = npt.NDArray[np.float32]

NEIGHBOURS = 16
MOST_NEIGHBOURS = 1024
"""Near ones looked for from each vector: at first, and where all of those are near."""

WIDTH = 64
BATCH = 4096
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
    query = statement("pairs_scores", model_id=model.model_id)
    view, _ = IndexReader().view(database, model)
    if view is None or view.tail.count > LONGEST_TAIL:
        view = _view_in_memory(database, model)
    for close in _close_pairs(view, threshold - QUANTISATION):
        yield from database.execute(query, (json.dumps(sorted(close)), threshold))


def _view_in_memory(database: Database, model: StoredModel) -> IndexView:
    import numpy as np

    graph, ids = new_graph(model.dim, IndexParams()), [np.empty(0, dtype=np.int64)]
    for page in own_vectors(database, model):
        graph.add(unit_rows(page.vectors))
        ids.append(page.embedding_ids)
    joined = np.concatenate(ids)
    return IndexView(_NOWHERE, graph, make_rows(joined, joined), empty_tail(0, model.dim))


def _close_pairs(view: IndexView, floor: float) -> Iterator[set[tuple[int, int]]]:
    """Yield pairs of embeddings with an approximate score of at least `floor`."""
    import numpy as np

    for start in range(0, view.rows.count, BATCH):
        positions = np.arange(start, min(start + BATCH, view.rows.count))
        if view.usable is not None:
            positions = positions[view.usable[positions]]
        ids = view.rows.embedding_ids[positions]
        yield _near(view, ids, view.graph.vectors(positions), floor)
    yield _near(view, view.tail.embedding_ids, view.tail.vectors, floor)
    scores = view.tail.vectors @ view.tail.vectors.T
    first, second = np.nonzero(scores >= floor)
    yield _ordered(view.tail.embedding_ids[first], view.tail.embedding_ids[second])


def _near(view: IndexView, ids: Ids, vectors: Vectors, floor: float) -> set[tuple[int, int]]:
    """Pair vectors with all their near ones in the graph: many where there are many."""
    import numpy as np

    pairs: set[tuple[int, int]] = set()
    k = NEIGHBOURS
    while len(ids) and view.usable_count:
        wanted = min(k, view.usable_count)
        scores, found = view.graph.search(vectors, wanted, WIDTH, view.usable_selection)
        near = (scores >= floor) & (found >= 0)
        rows, columns = np.nonzero(near)
        pairs |= _ordered(ids[rows], view.rows.embedding_ids[found[rows, columns]])
        if wanted < k or k >= MOST_NEIGHBOURS:
            break
        full = near.all(axis=1)
        ids, vectors, k = ids[full], vectors[full], 4 * k
    return pairs


def _ordered(first: Ids, second: Ids) -> set[tuple[int, int]]:
    pairs = zip(first.tolist(), second.tolist(), strict=True)
    return {(min(pair), max(pair)) for pair in pairs if pair[0] != pair[1]}
