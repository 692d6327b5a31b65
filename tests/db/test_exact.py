"""Exact search against numpy, and ties."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from sqlclap.db.exact import VEC0_MAX_K, nearest
from sqlclap.db.library_file import LibraryFile
from sqlclap.db.stored_models import StoredModel
from sqlclap.errors import QueryError
from tests.support.vector_library import (
    add_model,
    add_samples,
    one_window,
    unit_vectors,
    windows_of,
)

DIM = 8


@pytest.fixture
def file(tmp_path: Path) -> Iterator[LibraryFile]:
    with LibraryFile(tmp_path / "sounds.db", "create") as opened:
        yield opened


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[LibraryFile, StoredModel]]:
    """More vectors than vec0 gives at once: 5000, each direction five times."""
    with LibraryFile(tmp_path_factory.mktemp("large") / "sounds.db", "create") as opened:
        model = add_model(opened, DIM)
        add_samples(opened, model, map(one_window, np.tile(unit_vectors(1000, DIM), (5, 1))))
        yield opened, model


def sample_ids(file: LibraryFile, model: StoredModel, query: np.ndarray, k: int) -> list[int]:
    sql = "SELECT sample_id FROM embeddings WHERE embedding_id = ?"
    found = nearest(file.connection, model, query, k)
    return [file.connection.execute(sql, (hit.embedding_id,)).get for hit in found]


def brute_force(vectors: np.ndarray, query: np.ndarray, k: int) -> list[int]:
    scores = (vectors.astype(np.float64) @ query.astype(np.float64)).round(6)
    return list(np.lexsort((np.arange(len(scores)), -scores))[:k] + 1)


@pytest.mark.parametrize("k", [1, 10, 300, 1000])
def test_the_nearest_are_those_that_numpy_finds(file: LibraryFile, k: int) -> None:
    model = add_model(file, DIM)
    vectors = unit_vectors(300, DIM)
    add_samples(file, model, map(one_window, vectors))
    for query in unit_vectors(5, DIM, seed=1):
        found = nearest(file.connection, model, query, k)
        assert len(found) == min(k, 300)
        np.testing.assert_allclose(
            [hit.score for hit in found], np.sort(vectors @ query)[::-1][:k], atol=1e-6
        )
        assert sample_ids(file, model, query, k) == brute_force(vectors, query, k)


@pytest.mark.parametrize("k", [1, 3, 4, 5, 7, 499, 2500, VEC0_MAX_K - 1, VEC0_MAX_K, 4500, 10**30])
def test_ties_come_in_the_order_of_ids_at_every_cut(
    large: tuple[LibraryFile, StoredModel], k: int
) -> None:
    file, model = large
    query = unit_vectors(1000, DIM)[123]
    everything = sample_ids(file, model, query, 5000)
    assert everything[:5] == [124, 1124, 2124, 3124, 4124]
    assert sample_ids(file, model, query, k) == everything[:k]


def test_many_more_equal_vectors_than_asked_for(file: LibraryFile) -> None:
    model = add_model(file, DIM)
    same = np.tile(unit_vectors(1, DIM), (200, 1))
    ids = add_samples(file, model, map(one_window, same))
    assert sample_ids(file, model, same[0], 3) == ids[:3]


def test_the_answer_does_not_depend_on_where_vectors_are_stored(file: LibraryFile) -> None:
    model = add_model(file, DIM)
    same = np.tile(unit_vectors(1, DIM), (40, 1))
    add_samples(file, model, map(one_window, same))
    for gone in range(1, 31):
        file.connection.execute("DELETE FROM samples WHERE sample_id = ?", (gone,))
    # The new vectors take the freed places of vec0's chunks, before the old ones.
    new = add_samples(file, model, map(one_window, same[:30]))
    assert sample_ids(file, model, same[0], 15) == [*range(31, 41), *new[:5]]


def test_both_ways_of_searching_give_the_same_scores(
    large: tuple[LibraryFile, StoredModel],
) -> None:
    file, model = large
    query = unit_vectors(1, DIM, seed=5)[0]
    through_vec0 = nearest(file.connection, model, query, VEC0_MAX_K - 10)
    through_scan = nearest(file.connection, model, query, VEC0_MAX_K + 10)
    assert through_vec0 == through_scan[: VEC0_MAX_K - 10]


def test_samples_and_windows_are_searched_apart(file: LibraryFile) -> None:
    model = add_model(file, DIM)
    vectors = unit_vectors(3, DIM)
    add_samples(file, model, [windows_of(vectors), one_window(vectors[0])])
    assert len(nearest(file.connection, model, vectors[0], 10)) == 2
    best, *others = nearest(file.connection, model, vectors[0], 10, windows=True)
    assert len(others) == 2
    assert best.score == pytest.approx(1.0, abs=1e-6)


@pytest.mark.parametrize("k", [0, -1])
def test_a_number_below_one_is_told(file: LibraryFile, k: int) -> None:
    model = add_model(file, DIM)
    with pytest.raises(QueryError, match=f"at least 1, got {k}"):
        nearest(file.connection, model, unit_vectors(1, DIM)[0], k)


@pytest.mark.parametrize("shape", [(7,), (9,), (0,), (1, 8)])
def test_a_query_of_another_dimension_is_told(file: LibraryFile, shape: tuple[int, ...]) -> None:
    model = add_model(file, DIM)
    with pytest.raises(QueryError, match="expected a vector of 8 floats, got shape"):
        nearest(file.connection, model, np.ones(shape, np.float32), 1)


def test_no_vectors_give_no_neighbours(file: LibraryFile) -> None:
    model = add_model(file, DIM)
    assert nearest(file.connection, model, unit_vectors(1, DIM)[0], 5) == []
