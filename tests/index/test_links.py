"""Every vector of a graph can be reached, also among sounds that are nearly or quite alike."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from sqlclap.index.hnsw import new_graph
from sqlclap.index.links import Links, connect
from sqlclap.index.settings import IndexParams
from tests.support.vector_library import unit_vectors

DIM = 16


def alike(count: int, spread: float) -> np.ndarray:
    """Return vectors around one, among 500 that are not."""
    rng = np.random.default_rng(3)
    near = unit_vectors(1, DIM, seed=4) + spread * rng.standard_normal((count, DIM))
    vectors = np.concatenate([unit_vectors(500, DIM, seed=5), near])[rng.permutation(500 + count)]
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


@pytest.mark.parametrize("spread", [0.0, 1e-5, 1e-4, 1e-3])
def test_a_walk_finds_all_that_are_alike(spread: float) -> None:
    vectors = alike(700, spread)
    graph = new_graph(DIM, IndexParams())
    for part in np.array_split(vectors, 3):  # as a build and two times of catching up
        graph.add(part)
        graph.connect()
    assert graph.connect() == 0
    query = unit_vectors(1, DIM, seed=6)
    _, found = graph.search(query, len(vectors), len(vectors))
    assert (found >= 0).mean() > 0.95
    graph.gather()
    assert graph.connect() == 0


def by_distance(points: np.ndarray) -> Callable[[int, int], np.ndarray]:
    return lambda position, k: np.argsort(np.abs(points - points[position]), kind="stable")[:k]


def test_one_without_a_link_to_it_gets_one() -> None:
    # 0 and 1 know each other; 2 knows 0, and nobody knows it.
    table = np.array([1, -1, 0, -1, 0, -1], dtype=np.int32)
    links = Links(table, np.arange(0, 6, 2), most=2, entry=0)
    assert connect(links, by_distance(np.array([0.0, 5.0, 4.0]))) == 1
    assert table.tolist() == [1, -1, 0, 2, 0, 1]


def test_where_nobody_has_room_the_last_link_gives_way_and_nothing_is_lost() -> None:
    table = np.array([1, 2, 0, 2, 0, 1, 0, 1], dtype=np.int32)
    links = Links(table, np.arange(0, 8, 2), most=2, entry=0)
    assert connect(links, by_distance(np.array([0.0, 1.0, 2.0, 2.1]))) == 1
    assert connect(links, by_distance(np.array([0.0, 1.0, 2.0, 2.1]))) == 0
