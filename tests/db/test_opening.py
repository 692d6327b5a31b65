"""Opening a library: what is made, what is refused, and what is left as it was."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

import sqlclap
from sqlclap.db import connection
from sqlclap.db.connection import Mode
from sqlclap.db.library_file import LibraryFile
from sqlclap.db.migrations import APPLICATION_ID
from sqlclap.db.statements import write_transaction
from sqlclap.errors import LibraryBusyError, LibraryError, LibraryTooNewError, NotALibraryError
from tests.support.patience import PATIENCE_S
from tests.support.unprivileged import run_unprivileged

ROOT = Path(__file__).parents[2]


def make_library(path: Path) -> Path:
    LibraryFile(path, "create").close()
    return path


def test_a_new_library_is_one_file_with_the_whole_schema(tmp_path: Path) -> None:
    path = make_library(tmp_path / "sounds.db")

    assert [entry.name for entry in tmp_path.iterdir()] == ["sounds.db"]
    with closing(sqlite3.connect(path)) as plain:
        assert plain.execute("PRAGMA application_id").fetchone() == (APPLICATION_ID,)
        assert plain.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        names = {name for (name,) in plain.execute("SELECT name FROM sqlite_schema")}
    assert {"samples", "sources", "embeddings", "models", "embedding_changes"} <= names


@pytest.mark.parametrize("mode", ["read", "write"])
def test_a_missing_library_names_the_next_step_and_is_not_made(tmp_path: Path, mode: Mode) -> None:
    with pytest.raises(LibraryError, match=r"no library at .*sounds\.db.*sqlclap ingest"):
        sqlclap.open(tmp_path / "sounds.db", mode=mode)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_is_no_library(tmp_path: Path) -> None:
    with pytest.raises(NotALibraryError, match="is a folder"):
        sqlclap.open(tmp_path)


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(LibraryError, match=r"no folder .*nowhere; make it first"):
        sqlclap.open(tmp_path / "nowhere" / "sounds.db")


def test_a_name_that_sqlite_cannot_take_is_refused(tmp_path: Path) -> None:
    with pytest.raises(LibraryError, match=r"caf\\xe9\.db has no UTF-8 name"):
        sqlclap.open(tmp_path / "caf\udce9.db")


@pytest.mark.parametrize("size", [2, 100, 5000])
@pytest.mark.parametrize("mode", ["create", "write", "read"])
def test_a_file_that_is_no_database_stays_as_it_was(tmp_path: Path, size: int, mode: Mode) -> None:
    path = tmp_path / "kick.wav"
    path.write_bytes(b"x" * size)

    with pytest.raises(NotALibraryError, match="is not a SQLite file"):
        sqlclap.open(path, mode=mode)
    assert path.read_bytes() == b"x" * size
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("mode", ["create", "write", "read"])
def test_another_programs_database_stays_as_it_was(tmp_path: Path, mode: Mode) -> None:
    path = tmp_path / "other.db"
    with closing(sqlite3.connect(path)) as other:
        other.execute("CREATE TABLE bookmarks (url TEXT)")
    before = path.read_bytes()

    with pytest.raises(NotALibraryError, match="another program's SQLite database"):
        sqlclap.open(path, mode=mode)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("mode", ["create", "write", "read"])
def test_a_newer_library_stays_as_it_was(tmp_path: Path, mode: Mode) -> None:
    path = make_library(tmp_path / "sounds.db")
    with closing(sqlite3.connect(path)) as plain:
        plain.execute("PRAGMA journal_mode = delete")
        plain.execute("PRAGMA user_version = 99")
    before = path.read_bytes()

    with pytest.raises(LibraryTooNewError, match="has schema 99, this sqlclap knows"):
        sqlclap.open(path, mode=mode)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_reading_an_older_library_says_how_to_bring_it_up_to_date(tmp_path: Path) -> None:
    path = make_library(tmp_path / "sounds.db")
    with closing(sqlite3.connect(path)) as plain:
        plain.execute("DELETE FROM sqlclap_migrations WHERE name NOT LIKE '0001%'")
        plain.commit()
        plain.execute("PRAGMA user_version = 1")

    with pytest.raises(LibraryError, match="has schema 1, this sqlclap needs"):
        sqlclap.open(path, mode="read")


def test_a_damaged_library_is_told_in_one_sentence(tmp_path: Path) -> None:
    path = make_library(tmp_path / "sounds.db")
    content = bytearray(path.read_bytes())
    content[100:4096] = bytes(3996)
    path.write_bytes(content)

    with pytest.raises(LibraryError, match=r"is damaged .*restore it from a copy"):
        sqlclap.open(path)


READ = """
import sys, sqlclap
with sqlclap.open(sys.argv[1], mode="read") as library:
    print(library.info().counts["samples"])
"""


def test_a_library_in_a_folder_that_cannot_be_written_can_be_read(tmp_path: Path) -> None:
    folder = tmp_path / "read only"
    folder.mkdir()
    path = make_library(folder / "sounds #1?.db")
    folder.chmod(0o555)
    path.chmod(0o444)

    ended = run_unprivileged(READ, path)

    assert (ended.returncode, ended.stdout.strip()) == (0, "0"), ended.stderr
    assert list(folder.iterdir()) == [path]


def test_a_library_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    folder = tmp_path / "read only"
    folder.mkdir()
    path = make_library(folder / "sounds.db")
    folder.chmod(0o555)
    path.chmod(0o444)

    ended = run_unprivileged("import sys, sqlclap; sqlclap.open(sys.argv[1])", path)

    assert "LibraryError" in ended.stderr
    assert "can't" in ended.stderr


def test_reading_never_writes(tmp_path: Path) -> None:
    path = make_library(tmp_path / "sounds.db")
    before = path.read_bytes()

    with sqlclap.open(path, mode="read") as library:
        library.info()
        with (
            pytest.raises(LibraryError, match="open for reading only"),
            write_transaction(library.connection),
        ):
            library.connection.execute("DELETE FROM samples")
    assert path.read_bytes() == before


def test_programs_that_make_the_same_library_at_once_all_succeed(tmp_path: Path) -> None:
    path = tmp_path / "sounds.db"
    code = "from tests.support.patience import be_patient; be_patient(); "
    code += "import sys, sqlclap; sqlclap.open(sys.argv[1]).close()"
    command = [sys.executable, "-c", code, str(path)]
    running = [
        subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True) for _ in range(6)
    ]

    errors = [process.communicate(timeout=PATIENCE_S)[1] for process in running]

    assert errors == [""] * 6
    with closing(sqlite3.connect(path)) as plain:
        records = plain.execute("SELECT count(*) FROM sqlclap_migrations").fetchone()
        assert records == plain.execute("PRAGMA user_version").fetchone()


def test_a_locked_library_is_told_as_busy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "BUSY_TIMEOUT_MS", 50)
    path = make_library(tmp_path / "sounds.db")

    with (
        LibraryFile(path) as one,
        LibraryFile(path) as other,
        write_transaction(one.connection),
        pytest.raises(LibraryBusyError, match="locked by another program"),
        write_transaction(other.connection),
    ):
        pytest.fail("two writers at once")


def test_a_full_disk_is_told_and_what_was_committed_stays(tmp_path: Path) -> None:
    with LibraryFile(tmp_path / "sounds.db", "create") as file:
        insert = "INSERT INTO sources (root) VALUES (?)"
        with write_transaction(file.connection) as connected:
            connected.execute(insert, ("/kept",))
        file.connection.pragma("max_page_count", file.connection.pragma("page_count"))

        with (
            pytest.raises(LibraryError, match="free some disk space"),
            write_transaction(file.connection) as connected,
        ):
            connected.executemany(insert, [("/lost",), ("/" + "x" * 100_000,)])

        roots = file.connection.execute("SELECT root FROM sources").fetchall()
    assert roots == [("/kept",)]


@pytest.mark.parametrize("mode", ["create", "write", "read"])
def test_a_pipe_is_refused_at_once(tmp_path: Path, mode: Mode) -> None:
    os.mkfifo(tmp_path / "sounds.db")
    with pytest.raises(NotALibraryError, match="is a pipe or a device"):
        sqlclap.open(tmp_path / "sounds.db", mode=mode)
