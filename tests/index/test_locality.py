"""The order of vectors in memory: all are there, and what lies together is near."""

from __future__ import annotations

import numpy as np

from sqlclap.index.hnsw import new_graph
from sqlclap.index.links import Links, breadth_first
from sqlclap.index.settings import IndexParams
from tests.support.vector_library import unit_vectors


def test_breadth_first_by_the_first_that_links() -> None:
    table = np.array([3, -1, 2, 0, 1, -1, 2, 0, 5, -1, 4, -1], dtype=np.int32)
    order, reached = breadth_first(Links(table, np.arange(0, 12, 2), most=2, entry=0))
    assert (order.tolist(), reached) == ([0, 3, 2, 1, 4, 5], 4)


def test_a_gathered_graph_answers_as_before() -> None:
    vectors = unit_vectors(2_000, 16)
    graph = new_graph(16, IndexParams())
    graph.add(vectors)
    former = graph.connect().order
    scores, positions = graph.search(vectors[:100], 10, 64)
    graph.gather(former)
    again, moved = graph.search(vectors[:100], 10, 64)
    assert sorted(former.tolist()) == list(range(2_000))
    assert (former[moved] == positions).mean() > 0.999
    assert np.abs(np.sort(again) - np.sort(scores)).max() < 1e-6
    assert (graph.vectors(np.arange(5)) == vectors[former[:5]].astype(np.float16)).all()


def test_gathered_clusters_lie_together() -> None:
    """Neighbours that were strewn over all positions come next to each other."""
    rng = np.random.default_rng(3)
    cluster = rng.permutation(np.repeat(np.arange(40), 50))
    vectors = unit_vectors(40, 16, seed=1)[cluster] + 0.05 * unit_vectors(2_000, 16, seed=2)
    graph = new_graph(16, IndexParams())
    graph.add(vectors / np.linalg.norm(vectors, axis=1, keepdims=True))
    gathered = cluster[graph.connect().order]
    together = (gathered[1:] == gathered[:-1]).mean()
    before = (cluster[1:] == cluster[:-1]).mean()
    assert before < 0.1
    assert together > 0.4


def test_an_empty_graph_has_nothing_to_gather() -> None:
    graph = new_graph(16, IndexParams())
    order = graph.connect().order
    graph.gather(order)
    assert order.tolist() == []
