"""Every vector of a graph can be reached, also among sounds that are nearly or quite alike."""

from __future__ import annotations

import numpy as np
import pytest

from sqlclap.index.hnsw import new_graph
from sqlclap.index.links import (
    LOW_IN_DEGREE,
    RAISED_IN_DEGREE,
    Links,
    Near,
    connect,
    raise_in_degrees,
)
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
    assert graph.connect().count == 0
    query = unit_vectors(1, DIM, seed=6)
    _, found = graph.search(query, len(vectors), len(vectors))
    assert (found >= 0).mean() > 0.95
    graph.gather(graph.connect().order)
    assert graph.connect().count == 0


def by_distance(points: np.ndarray) -> Near:
    def near(positions: np.ndarray, k: int) -> np.ndarray:
        distances = np.abs(points - points[positions, None])
        return np.argsort(distances, axis=1, kind="stable")[:, :k]

    return near


def test_one_without_a_link_to_it_gets_one() -> None:
    # 0 and 1 know each other; 2 knows 0, and nobody knows it.
    table = np.array([1, -1, 0, -1, 0, -1], dtype=np.int32)
    links = Links(table, np.arange(0, 6, 2), most=2, entry=0)
    assert connect(links, by_distance(np.array([0.0, 5.0, 4.0]))).count == 1
    assert table.tolist() == [1, -1, 0, 2, 0, 1]


def test_where_nobody_has_room_the_last_link_gives_way_and_nothing_is_lost() -> None:
    table = np.array([1, 2, 0, 2, 0, 1, 0, 1], dtype=np.int32)
    links = Links(table, np.arange(0, 8, 2), most=2, entry=0)
    assert connect(links, by_distance(np.array([0.0, 1.0, 2.0, 2.1]))).count == 1
    assert connect(links, by_distance(np.array([0.0, 1.0, 2.0, 2.1]))).count == 0


def test_near_ones_that_have_room_link_to_those_that_few_link_to() -> None:
    # Each of ten on a line knows both ends; nobody knows those between.
    table = np.tile(np.array([0, 9, -1, -1, -1, -1], dtype=np.int32), 10)
    links = Links(table, np.arange(0, 60, 6), most=6, entry=0)
    raise_in_degrees(links, by_distance(np.arange(10.0)))
    assert (links.in_degrees()[1:9] >= LOW_IN_DEGREE).all()
    assert set(links.slots(np.array([1]))[0].tolist()) >= {0, 9, 2}
    assert (links.table.reshape(10, 6)[:, :2] == [0, 9]).all()


def test_few_vectors_of_a_graph_are_linked_to_by_few() -> None:
    rng = np.random.default_rng(1)
    centres = unit_vectors(4, 48)[rng.integers(4, size=4_000)]
    vectors = centres + 0.15 * rng.standard_normal((4_000, 48), dtype=np.float32)
    graph = new_graph(48, IndexParams(m=8, ef_construction=40))
    graph.add(vectors / np.linalg.norm(vectors, axis=1, keepdims=True))
    before = graph._links().in_degrees()
    graph.connect()
    after = graph._links().in_degrees()
    assert (before <= LOW_IN_DEGREE).mean() > 0.02
    assert (after <= LOW_IN_DEGREE).mean() < 0.1 * (before <= LOW_IN_DEGREE).mean()
    assert ((after >= before) & (after <= np.maximum(before, RAISED_IN_DEGREE))).all()
