"""Migrations: all or nothing, each with its record."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from sqlclap.db import migrations, statements, whole_schema
from sqlclap.db.library_file import LibraryFile
from sqlclap.errors import MigrationError

REAL = statements.migration_scripts()


def with_scripts(monkeypatch: pytest.MonkeyPatch, *scripts: tuple[str, str]) -> None:
    for module in (migrations, statements):
        monkeypatch.setattr(module, "migration_scripts", lambda: (*REAL, *scripts))
    monkeypatch.setattr("sqlclap.db.library_file.migration_scripts", lambda: (*REAL, *scripts))


def records(path: Path) -> list[str]:
    with LibraryFile(path) as file:
        rows = file.connection.execute("SELECT name FROM sqlclap_migrations ORDER BY name")
        return [name for (name,) in rows]


def test_migrations_are_numbered_in_order() -> None:
    numbers = [int(name.split("_")[0]) for name, _ in REAL]
    assert numbers == sorted(set(numbers))


def test_no_migration_ends_its_transaction_itself() -> None:
    for name, script in REAL:
        words = {line.split("--")[0].strip().upper().rstrip(";") for line in script.splitlines()}
        assert not words & {"COMMIT", "BEGIN IMMEDIATE", "ROLLBACK"}, name


def test_each_migration_leaves_its_record(tmp_path: Path) -> None:
    LibraryFile(tmp_path / "sounds.db", "create").close()
    assert records(tmp_path / "sounds.db") == [name for name, _ in REAL]


def test_the_second_new_library_of_a_process_is_as_the_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(whole_schema, "_LEFT", {})
    found, ways = [], []
    for name in ("first", "second"):
        ways.append(len(whole_schema._LEFT))
        with LibraryFile(tmp_path / f"{name}.db", "create") as file:
            found.append(all_that_is_in(file.connection))
    assert ways == [0, 1]
    assert found[0] == found[1]
    assert len(found[0]["sqlite_schema"]) > 100


def all_that_is_in(connection: Any) -> dict[str, list[Any]]:
    """Return the rows of all tables, in their order, and the header's marks; not when and where."""
    rows = "SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY rowid"
    found = {"sqlite_schema": connection.execute(rows).fetchall()}
    for kind, name, _, _ in found["sqlite_schema"]:
        if kind == "table":
            found[name] = connection.execute(f'SELECT * FROM "{name}"').fetchall()  # noqa: S608
    found["sqlclap_migrations"] = [(name,) for name, _ in found["sqlclap_migrations"]]
    for mark in ("application_id", "user_version", "page_size", "auto_vacuum", "encoding"):
        found[f"pragma {mark}"] = connection.pragma(mark)
    return found


def test_an_older_library_gets_what_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "sounds.db"
    LibraryFile(path, "create").close()
    with_scripts(monkeypatch, ("9001_more", "CREATE TABLE more (x); CREATE TABLE other (y);"))

    assert records(path) == [*(name for name, _ in REAL), "9001_more"]
    with LibraryFile(path) as file:
        assert migrations.migrate(file.connection) == []


def test_a_failed_migration_leaves_nothing_and_those_before_it_stay(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "sounds.db"
    LibraryFile(path, "create").close()
    good = ("9001_good", "CREATE TABLE good (x);")
    bad = ("9002_bad", "CREATE TABLE half (x); INSERT INTO half VALUES (1); SELECT nonsense;")
    with monkeypatch.context() as patch:
        with_scripts(patch, good, bad)
        with pytest.raises(MigrationError, match="9002_bad failed"):
            LibraryFile(path)

    with_scripts(monkeypatch, good)
    assert records(path)[-1] == "9001_good"
    with LibraryFile(path) as file:
        tables = {name for (name,) in file.connection.execute("SELECT name FROM sqlite_schema")}
        assert "good" in tables
        assert "half" not in tables
        assert migrations.schema_number(file.connection) == len(REAL) + 1
