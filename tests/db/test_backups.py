"""Copies made by way of SQL: the tables are there, the marks in the file's header are not."""

from __future__ import annotations

import asyncio
import json
import sqlite3
import warnings
from contextlib import closing
from pathlib import Path

import pytest

from sqlclap.db.library_file import LibraryFile
from sqlclap.db.migrations import APPLICATION_ID
from sqlclap.db.sources import source_for
from sqlclap.db.statements import migration_scripts, write_transaction
from sqlclap.errors import LibraryTooNewError, NotALibraryError, SchemaWarning
from tests.cli.running import run
from tests.db.test_schema import change
from tests.support.indexed_library import make_indexed, the_model
from tests.support.vector_library import add_model, add_samples, one_window, unit_vectors


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


NAMES = [name for name, _ in migration_scripts()]
LAST, MIDDLE = NAMES[-1], NAMES[4]
FORGET = "DELETE FROM sqlclap_migrations WHERE name = '{}'"
RECORDS_LOST = {
    "the last": FORGET.format(LAST),
    "one in the middle": FORGET.format(MIDDLE),
    "the last, after a reload": FORGET.format(LAST)
    + "; PRAGMA application_id = 0; PRAGMA user_version = 0",
    "all": "DELETE FROM sqlclap_migrations",
    "the table": "DROP TABLE sqlclap_migrations",
    "the number edited": "PRAGMA user_version = 3",
}


@pytest.mark.parametrize("lost", RECORDS_LOST.values(), ids=RECORDS_LOST.keys())
def test_records_are_written_again_where_the_tables_prove_them(tmp_path: Path, lost: str) -> None:
    path = tmp_path / "library.db"
    make_indexed(path, 20)
    change(path, lost)
    LibraryFile(path, "read").close()
    with pytest.warns(SchemaWarning, match=r"record 00|pragma user_version"):
        file = LibraryFile(path)
    with file:
        rows = file.connection.execute("SELECT name FROM sqlclap_migrations ORDER BY name")
        assert [name for (name,) in rows] == NAMES
    assert marks(path) == (APPLICATION_ID, len(NAMES))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        LibraryFile(path).close()


@pytest.mark.parametrize("number", [1, 5, len(NAMES) - 1])
def test_an_older_library_without_its_last_record_is_brought_up_to_date(
    tmp_path: Path, number: int
) -> None:
    path, scripts = tmp_path / "library.db", migration_scripts()
    with closing(sqlite3.connect(path)) as plain:
        for _, script in scripts[:number]:
            plain.executescript(script)
        plain.execute("CREATE TABLE sqlclap_migrations (name TEXT PRIMARY KEY, applied_at TEXT)")
        rows = [(name, "") for name, _ in scripts[: number - 1]]
        plain.executemany("INSERT INTO sqlclap_migrations VALUES (?, ?)", rows)
        plain.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        plain.execute(f"PRAGMA user_version = {number - 1}")
        plain.commit()
    with pytest.warns(SchemaWarning, match=f"record {scripts[number - 1][0]}"):
        file = LibraryFile(path)
    with file:
        assert file.connection.execute("SELECT count(*) FROM sqlclap_migrations").get == len(NAMES)


@pytest.mark.parametrize(
    "more",
    ["DROP TABLE ids_gone", "ALTER TABLE samples RENAME heard_share TO heard", "DROP TABLE votes"],
)
def test_records_that_nothing_proves_are_an_error_with_a_next_step(
    tmp_path: Path, more: str
) -> None:
    path = tmp_path / "library.db"
    make_indexed(path, 20)
    lose = FORGET.format(MIDDLE)
    change(path, f"{lose}; DROP VIEW label_matches; DROP VIEW label_scores; {more}")
    before = path.read_bytes()
    for mode in ("read", "write"):
        with pytest.raises(NotALibraryError, match=r"restore it from a backup, or .*ingest"):
            LibraryFile(path, mode)
    assert path.read_bytes() == before


def test_a_number_that_another_program_set_is_named(tmp_path: Path) -> None:
    path = tmp_path / "library.db"
    make_indexed(path, 20)
    change(path, "PRAGMA application_id = 1196444487")
    for mode in ("read", "write"):
        match = rf"application_id 1196444487: .*PRAGMA application_id = {APPLICATION_ID}`"
        with pytest.raises(NotALibraryError, match=match):
            LibraryFile(path, mode)
    change(path, f"PRAGMA application_id = {APPLICATION_ID}")
    LibraryFile(path).close()
    change(path, "PRAGMA user_version = 900")
    with pytest.raises(LibraryTooNewError, match=rf"PRAGMA user_version = {len(NAMES)}` sets"):
        LibraryFile(path)


GONE = """
INSERT INTO labels (name) VALUES ('kick'), ('snare');
INSERT INTO votes (label_id, sample_id, verdict) VALUES (1, 20, 'reject');
DELETE FROM labels WHERE label_id = 2;
"""
LOSE_SEQUENCES = "DELETE FROM sqlite_sequence;"
PLAIN_KEYS = """
PRAGMA writable_schema = 1;
UPDATE sqlite_schema SET sql = replace(sql, 'AUTOINCREMENT', '') WHERE name IN
    ('samples', 'embeddings', 'labels', 'votes', 'embedding_changes');
"""


def with_rows_gone(path: Path, votes: bool) -> None:
    """Make a library whose last sample and label are gone, with or without a trace in votes."""
    make_indexed(path, 20)
    change(path, GONE)
    if not votes:
        change(path, "DELETE FROM votes")
    change(path, "DELETE FROM samples WHERE sample_id >= 19")


@pytest.mark.parametrize("lose", [LOSE_SEQUENCES, LOSE_SEQUENCES + PLAIN_KEYS, PLAIN_KEYS])
@pytest.mark.parametrize("votes", [True, False], ids=["a vote is left", "no vote is left"])
def test_ids_are_never_given_twice(tmp_path: Path, lose: str, votes: bool) -> None:
    path = tmp_path / "library.db"
    with_rows_gone(path, votes)
    change(path, lose)
    found = [line for line in run("doctor", path).stdout.splitlines() if "PROBLEM file" in line]
    wanted = "samples lost AUTOINCREMENT" if lose == PLAIN_KEYS else "sequence of samples is behind"
    assert any(wanted in line for line in found)
    with pytest.warns(SchemaWarning, match=r"sequence samples \(at 20\)|AUTOINCREMENT of samples"):
        file = LibraryFile(path)
    with file:
        vector = one_window(unit_vectors(1, 16, seed=9)[0])
        assert add_samples(file, the_model(file), [vector]) == [21]
        asked = file.connection.execute
        assert asked("SELECT max(embedding_id) FROM embeddings").get == 21
        assert asked("SELECT max(seq) FROM embedding_changes").get == 23
        assert asked("INSERT INTO labels (name) VALUES ('hat') RETURNING label_id").get == 3
        asked("DELETE FROM samples WHERE sample_id = 21")
        assert add_samples(file, the_model(file), [vector]) == [22]
        assert asked("PRAGMA integrity_check").get == "ok"
    assert "PROBLEM file" not in run("doctor", path).stdout


def test_ids_of_models_and_sources_are_never_given_twice(tmp_path: Path) -> None:
    path = tmp_path / "library.db"
    make_indexed(path, 20)
    with LibraryFile(path) as file:
        assert add_model(file, 16, "1" * 16).model_id == 2
        with write_transaction(file.connection) as connection:
            assert source_for(connection, Path("/other")).source_id == 2
    # Without foreign keys, as in most tools: the rows of the first source and model stay.
    change(path, "DELETE FROM models; DELETE FROM sources")
    with LibraryFile(path) as file:
        assert add_model(file, 16, "2" * 16).model_id == 3
        with write_transaction(file.connection) as connection:
            assert source_for(connection, Path("/more")).source_id == 3


def test_the_doctor_names_what_a_copy_lost_and_repairs_it(tmp_path: Path) -> None:
    path = tmp_path / "library.db"
    with_rows_gone(path, votes=True)
    change(
        path,
        LOSE_SEQUENCES
        + "DROP TRIGGER samples_removed; PRAGMA application_id = 0; PRAGMA user_version = 0;"
        "PRAGMA journal_mode = delete",
    )
    said = run("doctor", path, "--json")
    texts = [one["text"] for one in json.loads(said.stdout)["findings"] if one["level"] != "fine"]
    for lost in (
        "application_id",
        "user_version",
        "journal mode",
        "samples_removed",
        "sequence of",
    ):
        assert any(lost in text for text in texts), (lost, texts)
    repaired = json.loads(run("doctor", path, "--repair", "--json").stdout)["repaired"]
    for lost in (
        "pragma application_id",
        "pragma user_version",
        "pragma journal_mode (wal)",
        "trigger samples_removed",
        "sequence samples (at 20)",
        "sequence labels (at 2)",
    ):
        assert f"made anew: {lost}" in repaired
    after = json.loads(run("doctor", path, "--json").stdout)
    assert [one for one in after["findings"] if one["what"] in ("file", "schema")] == [
        {"what": "file", "level": "fine", "text": "the file's pages are in order"},
        {
            "what": "schema",
            "level": "fine",
            "text": "all tables, indexes, triggers and views are there",
        },
    ]
