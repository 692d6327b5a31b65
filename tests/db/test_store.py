"""Vectors in a library: stored, replaced, and removed by whatever tool deletes a sample."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pysqlite3
import pytest
import sqlite_vec

from sqlclap.db.library_file import LibraryFile
from sqlclap.db.statements import write_transaction
from sqlclap.db.stored_models import default_model, find_model, make_default
from sqlclap.db.vectors import WindowVectors, pool_windows, replace_vectors, sample_vector
from sqlclap.errors import NoVectorsError
from tests.support.vector_library import (
    add_model,
    add_samples,
    one_window,
    unit_vectors,
    windows_of,
)

DIM = 8
COUNTS = {
    "samples": "SELECT count(*) FROM samples",
    "embeddings": "SELECT count(*) FROM embeddings",
    "vec_1": "SELECT count(*) FROM vec_1",
    "vec_2": "SELECT count(*) FROM vec_2",
}
CHANGES = "SELECT op, count(*) FROM embedding_changes GROUP BY op ORDER BY op"


@pytest.fixture
def file(tmp_path: Path) -> Iterator[LibraryFile]:
    with LibraryFile(tmp_path / "sounds.db", "create") as opened:
        yield opened


def count(file: LibraryFile, table: str) -> int:
    return int(file.connection.execute(COUNTS[table]).get)


def test_a_long_sound_has_its_own_vector_and_its_windows(file: LibraryFile) -> None:
    model = add_model(file, DIM)
    vectors = unit_vectors(3, DIM)
    (sample_id,) = add_samples(file, model, [windows_of(vectors)])

    rows = file.connection.execute("SELECT window_index, start_s, end_s FROM embeddings").fetchall()
    assert rows == [(None, 0, 3), (0, 0, 1), (1, 1, 2), (2, 2, 3)]
    own = sample_vector(file.connection, model, sample_id)
    np.testing.assert_array_equal(own, pool_windows(vectors, np.ones(3, np.float32)))


def test_sql_can_recompute_a_samples_vector(file: LibraryFile) -> None:
    model = add_model(file, DIM)
    vectors = unit_vectors(2, DIM)
    windows = WindowVectors(vectors, np.array([0, 2], np.float32), np.array([2, 3], np.float32))
    (sample_id,) = add_samples(file, model, [windows])
    recompute = """
        SELECT vec_distance_cosine(own.vector, vec_add(vec_add(a.vector, a.vector), b.vector))
        FROM vec_1 AS own, vec_1 AS a, vec_1 AS b
        WHERE own.embedding_id = 1 AND a.embedding_id = 2 AND b.embedding_id = 3
    """
    assert file.connection.execute(recompute).get == pytest.approx(0.0, abs=1e-6)
    assert sample_id == 1


def test_a_short_sound_has_one_vector(file: LibraryFile) -> None:
    model = add_model(file, DIM)
    add_samples(file, model, [one_window(unit_vectors(1, DIM)[0])])
    assert count(file, "embeddings") == count(file, "vec_1") == 1


def test_replacing_removes_what_was_there(file: LibraryFile) -> None:
    model = add_model(file, DIM)
    (sample_id,) = add_samples(file, model, [windows_of(unit_vectors(3, DIM))])
    new = unit_vectors(1, DIM, seed=9)[0]
    with write_transaction(file.connection) as connection:
        replace_vectors(connection, model, sample_id, one_window(new))

    assert count(file, "embeddings") == count(file, "vec_1") == 1
    np.testing.assert_allclose(sample_vector(file.connection, model, sample_id), new, atol=1e-6)
    assert file.connection.execute(CHANGES).fetchall() == [("add", 5), ("remove", 4)]


def test_a_sound_without_windows_has_no_vector(file: LibraryFile) -> None:
    model = add_model(file, DIM)
    (sample_id,) = add_samples(file, model, [windows_of(unit_vectors(0, DIM))])
    with pytest.raises(NoVectorsError, match=f"sample {sample_id} has no vector under m00"):
        sample_vector(file.connection, model, sample_id)


@pytest.mark.parametrize("foreign_keys", ["OFF", "ON"])
def test_deleting_a_sample_with_another_tool_removes_its_vectors(
    file: LibraryFile, foreign_keys: str
) -> None:
    first, second = add_model(file, DIM), add_model(file, 4, version="1" * 16)
    one, other = add_samples(file, first, [windows_of(unit_vectors(2, DIM))] * 2)
    with write_transaction(file.connection) as connection:
        for sample_id in (one, other):
            replace_vectors(connection, second, sample_id, one_window(unit_vectors(1, 4)[0]))

    with pysqlite3.connect(str(file.path)) as plain:
        plain.enable_load_extension(True)
        plain.load_extension(sqlite_vec.loadable_path())
        plain.execute(f"PRAGMA foreign_keys = {foreign_keys}")
        plain.execute("DELETE FROM samples WHERE sample_id = ?", (one,))

    assert [count(file, table) for table in ("embeddings", "vec_1", "vec_2")] == [4, 3, 1]
    removed = file.connection.execute(
        "SELECT model_id, embedding_id FROM embedding_changes WHERE op = 'remove' ORDER BY 1, 2"
    )
    assert removed.fetchall() == [(1, 1), (1, 2), (1, 3), (2, 7)]


def test_a_tool_without_sqlite_vec_cannot_leave_vectors_behind(file: LibraryFile) -> None:
    model = add_model(file, DIM)
    (sample_id,) = add_samples(file, model, [one_window(unit_vectors(1, DIM)[0])])
    with (
        pysqlite3.connect(str(file.path)) as plain,
        pytest.raises(pysqlite3.OperationalError, match="no such module: vec0"),
    ):
        plain.execute("DELETE FROM samples WHERE sample_id = ?", (sample_id,))
    assert count(file, "samples") == count(file, "vec_1") == 1


def test_ids_are_never_given_twice(file: LibraryFile) -> None:
    model = add_model(file, DIM)
    sound = one_window(unit_vectors(1, DIM)[0])
    (first,) = add_samples(file, model, [sound])
    file.connection.execute("DELETE FROM samples")
    (second,) = add_samples(file, model, [sound])
    assert second > first
    assert file.connection.execute("SELECT embedding_id FROM embeddings").get == 2


def test_the_first_model_is_the_default_until_another_is_made_it(file: LibraryFile) -> None:
    with pytest.raises(NoVectorsError, match="is empty: add sounds with"):
        default_model(file.connection)
    first, second = add_model(file, DIM), add_model(file, 4, version="1" * 16)
    assert add_model(file, DIM) == first
    assert default_model(file.connection) == first
    with write_transaction(file.connection) as connection:
        make_default(connection, second.model_id)
    assert default_model(file.connection) == second
    assert find_model(file.connection, "2" * 16) is None
