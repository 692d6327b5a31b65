"""A library restored from a backup gives numbers anew: no index may take one for the other."""

from __future__ import annotations

import shutil
from pathlib import Path

import apsw
import numpy as np
import pytest

from sqlclap.db.library_file import LibraryFile
from sqlclap.db.statements import write_transaction
from sqlclap.db.vector_extension import load_sqlite_vec
from sqlclap.db.vectors import replace_vectors
from sqlclap.search.planner import Planner
from sqlclap.search.request import Request
from tests.support.indexed_library import (
    ask,
    build,
    generations,
    make_indexed,
    scores_of,
    sidecar,
    the_model,
    warnings_of_the_index,
)
from tests.support.vector_library import add_samples, one_window, unit_vectors

QUERIES = unit_vectors(8, 16, seed=3)


def copy_database(source: Path, target: Path) -> None:
    """Copy a library into another file by SQLite's backup, as ``.backup`` and ``.restore`` do."""
    old, new = apsw.Connection(str(source)), apsw.Connection(str(target))
    with new.backup("main", old, "main") as backup:
        backup.step()
    old.close()
    new.close()


def add(file: LibraryFile, seed: int, count: int = 40) -> np.ndarray:
    vectors = unit_vectors(count, 16, seed=seed)
    add_samples(file, the_model(file), [one_window(vector) for vector in vectors])
    return vectors


def remove(file: LibraryFile, *sample_ids: int) -> None:
    with write_transaction(file.connection) as connection:
        query = "DELETE FROM samples WHERE sample_id = ?"
        connection.executemany(query, [(number,) for number in sample_ids])


def embed_again(file: LibraryFile, sample_id: int, seed: int) -> None:
    with write_transaction(file.connection) as connection:
        vector = unit_vectors(1, 16, seed=seed)[0]
        replace_vectors(connection, the_model(file), sample_id, one_window(vector))


def answers_are_exact(file: LibraryFile, planner: Planner, *queries: np.ndarray) -> set[str]:
    """Compare answers with the exact path's; return by which paths they came."""
    paths = set()
    for query in (*QUERIES, *queries):
        answer = ask(file, query, planner=planner)
        exact = ask(file, query, Request(exact=True))
        assert [one.sample_id for one in answer.nearest] == [one.sample_id for one in exact.nearest]
        assert scores_of(answer) == pytest.approx(scores_of(exact), abs=1e-6)
        paths.add(answer.plan.path)
    return paths


def later_in_one_course(file: LibraryFile) -> None:
    add(file, seed=50)
    remove(file, 3, 5, 301)
    embed_again(file, 7, seed=51)


def later_in_another(file: LibraryFile) -> np.ndarray:
    """Give the same ids and change numbers to other sounds, and a few more."""
    vectors = add(file, seed=60, count=45)
    remove(file, 4, 6, 302)
    embed_again(file, 8, seed=61)
    return vectors


@pytest.mark.parametrize("rebuilt", [False, True], ids=["same index", "newer index"])
@pytest.mark.parametrize("seen", [False, True], ids=["new reader", "reader that saw the other"])
def test_other_sounds_with_the_same_numbers(tmp_path: Path, rebuilt: bool, seen: bool) -> None:
    path, backup, planner = tmp_path / "library.db", tmp_path / "backup.db", Planner()
    make_indexed(path)
    with LibraryFile(path) as file:
        add(file, seed=40, count=5)
        copy_database(path, backup)
        later_in_one_course(file)
        if rebuilt:
            build(file)
        with warnings_of_the_index() as told:
            if seen:
                assert answers_are_exact(file, planner) == {"graph"}
            copy_database(backup, path)
            added = later_in_another(file)
            paths = answers_are_exact(file, planner, *added)
        assert ("graph" in paths) != rebuilt
        assert len(told) == rebuilt
        assert not rebuilt or f"sqlclap index build {path}" in told[0]
        build(file)
        assert answers_are_exact(file, planner, *added) == {"graph"}


def test_a_second_connection_that_saw_the_other_course(tmp_path: Path) -> None:
    """A server goes on while the library is restored beneath it and written by another program."""
    path, backup, planner = tmp_path / "library.db", tmp_path / "backup.db", Planner()
    make_indexed(path)
    copy_database(path, backup)
    with LibraryFile(path, "read") as served:
        with LibraryFile(path) as file:
            later_in_one_course(file)
        answers_are_exact(served, planner)
        copy_database(backup, path)
        with LibraryFile(path) as file:
            added = later_in_another(file)
        assert answers_are_exact(served, planner, *added) == {"graph"}


@pytest.mark.parametrize("sidecar_of", ["older", "newer", "none"])
def test_a_library_copied_beside_a_sidecar_of_another_time(tmp_path: Path, sidecar_of: str) -> None:
    path, there = tmp_path / "library.db", tmp_path / "there"
    make_indexed(path)
    shutil.copytree(sidecar(path), tmp_path / "older")
    with LibraryFile(path) as file:
        add(file, seed=70)
        build(file)
        copy_database(path, tmp_path / "copy.db")
        later_in_one_course(file)
        build(file)
    shutil.copytree(sidecar(path), tmp_path / "newer")
    there.mkdir()
    shutil.copy(tmp_path / "copy.db", there / "library.db")
    if sidecar_of != "none":
        shutil.copytree(tmp_path / sidecar_of, sidecar(there / "library.db"))
    with LibraryFile(there / "library.db") as file, warnings_of_the_index() as told:
        added = later_in_another(file)
        assert answers_are_exact(file, Planner(), *added) == {"exact"}
        build(file)
        assert answers_are_exact(file, Planner(), *added) == {"graph"}
    assert len(told) == 1


def test_a_generation_of_the_same_name_with_other_content(tmp_path: Path) -> None:
    first, second = tmp_path / "first.db", tmp_path / "second.db"
    make_indexed(first)
    make_indexed(second, seed=9)
    (mine,), (other,) = generations(first), generations(second)
    shutil.rmtree(mine)
    shutil.copytree(other, mine)
    with LibraryFile(first) as file, warnings_of_the_index() as told:
        assert answers_are_exact(file, Planner()) == {"exact"}
    assert len(told) == 1


def test_copies_that_share_a_sidecar_folder_and_part(tmp_path: Path) -> None:
    """Each builds where the other does: at worst, one of them is without an index and says so."""
    path, twin = tmp_path / "library.db", tmp_path / "twin.db"
    make_indexed(path)
    copy_database(path, twin)
    sidecar(twin).symlink_to(sidecar(path), target_is_directory=True)
    with LibraryFile(path) as one, LibraryFile(twin) as other:
        planners = Planner(), Planner()
        later_in_one_course(one)
        added = later_in_another(other)
        assert answers_are_exact(one, planners[0]) == {"graph"}
        assert answers_are_exact(other, planners[1], *added) == {"graph"}
        build(one)
        with warnings_of_the_index() as told:
            assert "graph" in answers_are_exact(one, planners[0])
            assert answers_are_exact(other, Planner(), *added) == {"exact"}
        assert len(told) == 1
        build(other)
        with warnings_of_the_index():
            assert answers_are_exact(other, Planner(), *added) == {"graph"}
            assert answers_are_exact(one, Planner()) == {"exact"}


LOSE = "DELETE FROM sqlite_sequence WHERE name IN ('embedding_changes', 'embeddings', 'samples')"
BY_ANOTHER_PROGRAM = """
INSERT INTO samples (source_id, path, content_hash, bytes, mtime_ns, duration_s)
VALUES (1, 'other ' || :number, '', 0, 0, 1);
INSERT INTO embeddings (sample_id, model_id, start_s, end_s)
SELECT max(sample_id), 1, 0, 1 FROM samples;
INSERT INTO vec_1 (embedding_id, is_window, vector)
SELECT max(embedding_id), 0, :vector FROM embeddings;
"""


@pytest.mark.parametrize("count", [1, 40, 320])
def test_changes_counted_anew_by_another_program_are_not_lost(tmp_path: Path, count: int) -> None:
    """A reload lost `sqlite_sequence`: newer changes have numbers that the index should hold."""
    path = tmp_path / "library.db"
    make_indexed(path)
    other = apsw.Connection(str(path))
    load_sqlite_vec(other)
    other.execute(LOSE)
    vectors = unit_vectors(count, 16, seed=80)
    for number, vector in enumerate(vectors):
        other.execute(BY_ANOTHER_PROGRAM, {"number": number, "vector": vector.tobytes()})
    other.close()
    with LibraryFile(path, "read") as file, warnings_of_the_index() as told:
        assert answers_are_exact(file, Planner(), *vectors[:9]) == {"exact"}
    assert len(told) == 1
    assert f"sqlclap index build {path}" in told[0]
    with warnings_of_the_index(), LibraryFile(path) as file:
        build(file)
        assert answers_are_exact(file, Planner(), *vectors[:9]) == {"graph"}
