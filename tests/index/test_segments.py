"""Segments: what is new costs what is new, small ones are merged, and the same makes the same."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import numpy as np
import pytest

from sqlclap.db.library_file import LibraryFile
from sqlclap.db.statements import write_transaction
from sqlclap.errors import IndexWriteError
from sqlclap.index import merging
from sqlclap.index import settings as policy
from sqlclap.index.inspection import verify_index
from sqlclap.index.meta import IndexMeta
from sqlclap.index.settings import choose_merge
from sqlclap.search.planner import Planner
from tests.support.indexed_library import (
    TOLERANCE,
    ask,
    build,
    generations,
    make_indexed,
    scores_of,
    segments,
    the_model,
    true_scores,
    warnings_of_the_index,
)
from tests.support.vector_library import add_samples, one_window, unit_vectors

QUERY = unit_vectors(1, 16, seed=3)[0]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return a library of 300 vectors with an index of one segment."""
    make_indexed(tmp_path / "library.db")
    return tmp_path / "library.db"


def add(file: LibraryFile, count: int, seed: int = 5) -> np.ndarray:
    vectors = unit_vectors(count, 16, seed)
    add_samples(file, the_model(file), [one_window(vector) for vector in vectors])
    return vectors


def delete(file: LibraryFile, where: str) -> None:
    with write_transaction(file.connection) as connection:
        connection.execute(f"DELETE FROM samples WHERE {where}")  # noqa: S608


def build_small(path: Path, monkeypatch: pytest.MonkeyPatch, rows: int) -> IndexMeta:
    monkeypatch.setattr(policy, "SEGMENT_ROWS", rows)
    with LibraryFile(path) as file:
        return build(file, "rebuild")


@pytest.mark.parametrize(
    ("sizes", "added", "merged"),
    [
        ([], 10, []),
        ([300], 20, []),
        ([300], 80, [0]),
        ([300, 20], 20, [1]),
        ([300, 20, 60], 20, [1, 2, 0]),
        ([20, 20], 0, []),
        ([900, 90], 80, [1]),
        ([950, 240], 60, [1]),
    ],
)
def test_small_segments_are_merged(
    monkeypatch: pytest.MonkeyPatch, sizes: list[int], added: int, merged: list[int]
) -> None:
    monkeypatch.setattr(policy, "SEGMENT_ROWS", 1_000)
    assert choose_merge(sizes, added) == merged


def test_what_is_new_becomes_a_segment_and_the_old_is_not_read(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (before,) = segments(path)
    files = {entry.name: entry.stat().st_ino for entry in before.iterdir()}
    read: list[object] = []
    monkeypatch.setattr(merging, "load_graph", lambda *given: read.append(given))
    with LibraryFile(path) as file:
        (vector, *_) = add(file, 20)
        meta = build(file)
        assert (meta.params["how"], meta.count) == ("caught up", 320)
        assert ask(file, vector).nearest[0].score == pytest.approx(1)
        assert verify_index(file.connection, the_model(file)).problems == []
    assert (len(segments(path)), read) == (2, [])
    assert {entry.name: entry.stat().st_ino for entry in before.iterdir()} == files


def test_many_small_additions_leave_few_segments(path: Path) -> None:
    planner = Planner()
    with LibraryFile(path) as file:
        stored = [*unit_vectors(300, 16)]
        for number in range(12):
            stored += [*add(file, 9, seed=50 + number)]
            build(file)
            wanted = true_scores(dict(enumerate(stored)), QUERY, 10)
            assert scores_of(ask(file, QUERY, None, planner)) == pytest.approx(
                wanted, abs=TOLERANCE
            )
        assert verify_index(file.connection, the_model(file)).problems == []
    assert len(segments(path)) <= 4
    assert len(generations(path)) == 1


def test_a_large_library_has_several_segments(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    meta = build_small(path, monkeypatch, 80)
    assert (meta.count, len(segments(path))) == (300, 4)
    with LibraryFile(path) as file:
        answer = ask(file, QUERY)
        assert answer.plan.indexed == 300
        wanted = true_scores(dict(enumerate(unit_vectors(300, 16))), QUERY, 10)
        assert scores_of(answer) == pytest.approx(wanted, abs=TOLERANCE)


def test_a_segment_with_many_dead_is_written_anew_alone(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    build_small(path, monkeypatch, 80)
    before = {folder.name for folder in segments(path)}
    with LibraryFile(path) as file:
        delete(file, "sample_id <= 20")
        meta = build(file)
        assert (meta.params["how"], meta.count, meta.dead) == ("caught up", 280, 0)
        assert verify_index(file.connection, the_model(file)).problems == []
    after = {folder.name for folder in segments(path)}
    assert len(before & after) == 3
    assert len(after) == 4


def test_a_segment_of_the_dead_alone_goes(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    build_small(path, monkeypatch, 80)
    with LibraryFile(path) as file:
        delete(file, "sample_id <= 80")
        assert build(file).count == 220
        assert verify_index(file.connection, the_model(file)).problems == []
    assert len(segments(path)) == 3


def test_the_same_vectors_make_the_same_sidecar(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import faiss

    checksums = []
    for number, threads in enumerate((1, 2, 4)):
        monkeypatch.setenv("TZ", f"UTC{number}")
        faiss.omp_set_num_threads(threads)
        path = tmp_path / f"{number}.db"
        make_indexed(path, count=900)
        with LibraryFile(path) as file:
            add(file, 60)
            build(file)
            add(file, 100, seed=6)
            meta = build(file)
            again = build(file, "rebuild")
        checksums.append((meta.checksum, again.checksum, *sorted(f.name for f in segments(path))))
    faiss.omp_set_num_threads(os.cpu_count() or 1)
    assert len(set(checksums)) == 1


def test_a_segment_that_is_there_already_is_not_written_over(path: Path) -> None:
    (before,) = segments(path)
    stamp = before.stat()
    with LibraryFile(path) as file:
        build(file, "rebuild")
    (after,) = segments(path)
    assert (after.name, after.stat().st_ino) == (before.name, stamp.st_ino)


def test_a_damaged_segment_of_the_same_name_is_replaced(path: Path) -> None:
    (folder,) = segments(path)
    graph = folder / "graph.hnsw"
    graph.write_bytes(bytes(len(graph.read_bytes())))
    with LibraryFile(path) as file, warnings_of_the_index() as told:
        build(file, "rebuild")
        assert ask(file, QUERY).plan.path == "graph"
        assert verify_index(file.connection, the_model(file)).problems == []
    assert (told, segments(path)) == ([], [folder])


def test_a_disk_that_is_too_small_is_told_before_anything_is_written(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = [*generations(path), *segments(path)]

    def little(_: object) -> object:
        return type("Usage", (), {"free": 50_000})

    monkeypatch.setattr(shutil, "disk_usage", little)
    monkeypatch.setattr(merging, "write_segment", lambda *_: pytest.fail("written"))
    with LibraryFile(path) as file:
        with pytest.raises(IndexWriteError, match=r"takes about 0\.1 MB, and 0\.1 MB are free"):
            build(file, "rebuild")
        assert ask(file, QUERY).plan.path == "graph"
    assert [*generations(path), *segments(path)] == before


def test_a_second_models_segments_stay_when_its_manifest_can_not_be_read(path: Path) -> None:
    """Which are its own can't be told then; a build of the other model must not remove them."""
    (mine,) = segments(path)
    theirs = shutil.copytree(mine, mine.with_name(mine.name.replace("m1-", "m2-")))
    broken = generations(path)[0].with_name("m2-g000001-0123456789ab")
    broken.mkdir()
    with LibraryFile(path) as file:
        file.connection.execute(
            "INSERT INTO models (model_id, name, model_version, dim, contract)"
            " VALUES (2, 'other', ?, 16, '{}')",
            ("1" * 16,),
        )
        file.connection.execute(
            "INSERT INTO index_meta"
            " (model_id, generation, path, count, seq, checksum, params, recall)"
            " VALUES (2, 1, ?, 0, 0, '', '{}', '{}')",
            (broken.name,),
        )
        build(file)
    assert Path(theirs).exists()
