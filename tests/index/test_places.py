"""Where a library lies: read-only folders, full disks, moved files, other programs building."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from sqlclap.db.library_file import LibraryFile
from sqlclap.errors import IndexBusyError, IndexWriteError
from sqlclap.index import files as locks
from sqlclap.index import generation
from sqlclap.index.files import builder_lock
from sqlclap.search.planner import Planner
from tests.support.indexed_library import (
    ask,
    build,
    generations,
    make_indexed,
    sidecar,
    the_model,
    warnings_of_the_index,
)
from tests.support.unprivileged import run_unprivileged
from tests.support.vector_library import add_samples, one_window, unit_vectors

QUERY = unit_vectors(1, 16, seed=3)[0]

BUILD_WHERE_NOTHING_CAN_BE_WRITTEN = """
import os, sys
from sqlclap.cli import main
folder, library = sys.argv[1:]
os.chmod(folder, 0o555)
try:
    main(["index", "build", library], standalone_mode=False)
finally:
    os.chmod(folder, 0o755)
"""


def test_a_library_moves_with_its_sidecar(tmp_path: Path) -> None:
    path, moved = tmp_path / "library.db", tmp_path / "elsewhere" / "sounds.db"
    make_indexed(path)
    moved.parent.mkdir()
    path.rename(moved)
    sidecar(path).rename(sidecar(moved))
    with LibraryFile(moved) as file, warnings_of_the_index() as told:
        assert ask(file, QUERY).plan.path == "graph"
    assert told == []


def test_a_library_moves_without_its_sidecar(tmp_path: Path) -> None:
    path, moved = tmp_path / "library.db", tmp_path / "sounds.db"
    make_indexed(path)
    path.rename(moved)
    with LibraryFile(moved) as file, warnings_of_the_index() as told:
        assert ask(file, QUERY).plan.path == "exact"
        build(file)
        assert ask(file, QUERY).plan.path == "graph"
    assert len(told) == 1


def test_the_sidecar_can_be_deleted_at_any_time(tmp_path: Path) -> None:
    path = tmp_path / "library.db"
    make_indexed(path)
    with LibraryFile(path, "read") as file:
        before = ask(file, QUERY)
    shutil.rmtree(sidecar(path))
    with LibraryFile(path, "read") as file, warnings_of_the_index():
        assert ask(file, QUERY).nearest == before.nearest


def test_a_read_only_folder_is_told_in_one_line(tmp_path: Path) -> None:
    path = tmp_path / "library.db"
    make_indexed(path)
    shutil.rmtree(sidecar(path))
    ended = run_unprivileged(BUILD_WHERE_NOTHING_CAN_BE_WRITTEN, tmp_path, path)
    assert ended.returncode != 0
    assert "can't be written" in ended.stderr.splitlines()[-1]
    assert not sidecar(path).exists()
    with LibraryFile(path) as file, warnings_of_the_index():
        assert len(ask(file, QUERY).nearest) == 10


def test_a_read_only_sidecar_is_told_and_the_old_index_stays(tmp_path: Path) -> None:
    path = tmp_path / "library.db"
    make_indexed(path)
    before = generations(path)
    ended = run_unprivileged(BUILD_WHERE_NOTHING_CAN_BE_WRITTEN, sidecar(path), path)
    assert "can't write the index into" in ended.stderr.splitlines()[-1]
    assert generations(path) == before
    with LibraryFile(path) as file:
        assert ask(file, QUERY).plan.path == "graph"


def test_searches_read_where_nothing_can_be_written(tmp_path: Path) -> None:
    path = tmp_path / "library.db"
    make_indexed(path)
    for entry in (*sidecar(path).rglob("*"), sidecar(path), path, tmp_path):
        entry.chmod(0o555)
    code = """
import sys
from sqlclap.cli import main
main(["index", "status", sys.argv[1]], standalone_mode=False)
main(["query", sys.argv[1], "SELECT clap_explain(clap_vector(1), 3)"], standalone_mode=False)
"""
    ended = run_unprivileged(code, path)
    tmp_path.chmod(0o755)
    assert "graph: there is an index" in ended.stdout, ended.stderr


BUILD_WHERE_LITTLE_FITS = """
import resource, sys
import sqlclap
with sqlclap.open(sys.argv[1], mode="write") as library:
    library.connection  # its log is there before the disk is full
    room = int(sys.argv[2])
    resource.setrlimit(resource.RLIMIT_FSIZE, (room, room))
    library.index.build("rebuild")
"""


@pytest.mark.parametrize("room", [0, 4_000, 60_000])
def test_a_full_disk_is_told_and_the_old_index_stays(tmp_path: Path, room: int) -> None:
    path = tmp_path / "library.db"
    make_indexed(path, count=1000)
    before = generations(path)
    ended = run_unprivileged(BUILD_WHERE_LITTLE_FITS, path, str(room))
    told = ended.stderr.splitlines()[-1]
    assert "IndexWriteError: can't write the index into" in told
    assert "File too large; the library is whole" in told
    with LibraryFile(path) as file, warnings_of_the_index() as warned:
        assert ask(file, QUERY).plan.path == "graph"
    assert (generations(path), warned) == (before, [])


def test_a_failed_write_leaves_no_draft(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "library.db"
    make_indexed(path)
    before = generations(path)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(generation, "publish_folder", full)
    with LibraryFile(path) as file, pytest.raises(IndexWriteError, match="No space left"):
        build(file)
    assert generations(path) == before


def test_one_builder_at_a_time(tmp_path: Path) -> None:
    path = tmp_path / "library.db"
    make_indexed(path)
    with (
        LibraryFile(path) as file,
        builder_lock(sidecar(path)),
        pytest.raises(IndexBusyError, match="another program is building"),
    ):
        build(file)


def test_a_lock_whose_file_was_just_removed_keeps_nobody_out_and_is_not_held(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken = vars(locks)["lock"]

    def removed_meanwhile(handle: int) -> bool:
        (tmp_path / locks.LOCK).unlink()  # as `drop_index` does at its end
        return taken(handle)

    with monkeypatch.context() as patched:
        patched.setattr(locks, "lock", removed_meanwhile)
        with pytest.raises(IndexBusyError), builder_lock(tmp_path):
            pass
    with builder_lock(tmp_path):
        assert locks.is_building(tmp_path)


def test_a_reader_keeps_its_generation_and_then_notices_the_new_one(tmp_path: Path) -> None:
    path = tmp_path / "library.db"
    make_indexed(path)
    planner = Planner()
    with LibraryFile(path) as file, LibraryFile(path, "read") as reader:
        assert ask(reader, QUERY, planner=planner).plan.generation == 1
        reader.connection.execute("BEGIN")
        old = ask(reader, QUERY, planner=planner)
        add_samples(file, the_model(file), [one_window(QUERY)])
        build(file)
        again = ask(reader, QUERY, planner=planner)
        assert (again.plan.generation, again.nearest) == (1, old.nearest)
        reader.connection.execute("COMMIT")
        new = ask(reader, QUERY, planner=planner)
    assert (new.plan.generation, round(new.nearest[0].score, 5)) == (2, 1.0)
