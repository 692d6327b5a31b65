"""Copies made by way of SQL: the tables are there, the marks in the file's header are not."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from sqlclap.errors import LibraryTooNewError, NotALibraryError, SchemaWarning
from sqlclap.library import LibraryFile
from sqlclap.library.migrations import APPLICATION_ID


def reloaded(folder: Path) -> Path:
    """Make a library and a copy of it by way of Python's ``iterdump``."""
    source, copy = folder / "sounds.db", folder / "reloaded.db"
    LibraryFile(source, "create").close()
    with closing(sqlite3.connect(source)) as old, closing(sqlite3.connect(copy)) as new:
        new.executescript("\n".join(old.iterdump()))
    return copy


def marks(path: Path) -> tuple[int, int]:
    with closing(sqlite3.connect(path)) as plain:
        (application_id,) = plain.execute("PRAGMA application_id").fetchone()
        (number,) = plain.execute("PRAGMA user_version").fetchone()
    return application_id, number


def test_a_reloaded_dump_opens_for_reading_and_is_not_written(tmp_path: Path) -> None:
    copy = reloaded(tmp_path)
    LibraryFile(copy, "read").close()
    assert marks(copy) == (0, 0)


def test_opening_for_writing_restores_the_marks_and_says_so(tmp_path: Path) -> None:
    copy = reloaded(tmp_path)
    with pytest.warns(SchemaWarning, match="pragma application_id, pragma user_version"):
        file = LibraryFile(copy)
    with file:
        assert file.restored == [
            "pragma application_id",
            "pragma user_version",
            "pragma journal_mode (wal)",
        ]
        assert file.connection.pragma("journal_mode") == "wal"
    assert marks(copy) == marks(tmp_path / "sounds.db")
    assert marks(copy)[0] == APPLICATION_ID


def test_a_reloaded_newer_library_is_left_alone(tmp_path: Path) -> None:
    copy = reloaded(tmp_path)
    with closing(sqlite3.connect(copy)) as plain:
        plain.execute("INSERT INTO sqlclap_migrations (name) VALUES ('9999_later')")
        plain.commit()
    with pytest.raises(LibraryTooNewError, match="upgrade"):
        LibraryFile(copy)
    assert marks(copy) == (0, 0)


@pytest.mark.parametrize(
    "table", ["sqlclap_migrations (name)", "sqlclap_migrations (other)", "sounds (name)"]
)
def test_another_programs_table_makes_no_library(tmp_path: Path, table: str) -> None:
    path = tmp_path / "other.db"
    with closing(sqlite3.connect(path)) as plain:
        plain.execute(f"CREATE TABLE {table}")
    with pytest.raises(NotALibraryError, match="another program's"):
        LibraryFile(path)


def test_datasette_serves_a_reloaded_dump_as_a_library(tmp_path: Path) -> None:
    from datasette.app import Datasette
    from datasette_sqlclap.libraries import list_libraries

    other = tmp_path / "other.db"
    with closing(sqlite3.connect(other)) as plain:
        plain.execute("CREATE TABLE sounds (name)")
    served = Datasette([str(reloaded(tmp_path)), str(tmp_path / "sounds.db"), str(other)])
    assert asyncio.run(list_libraries(served)) == ["reloaded", "sounds"]
