"""Libraries of before there were spans: all that people said of sounds is kept, and more goes."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import Any

import apsw
import pytest

import sqlclap
from sqlclap.db.library_file import LibraryFile
from sqlclap.db.migrations import is_library
from sqlclap.db.schema import wrong_objects
from sqlclap.db.vector_extension import load_sqlite_vec
from sqlclap.errors import SchemaWarning
from tests.db.data.make_library_0_1_0 import unpack_library

SAID = {
    "anchors": "anchor_id, label_id, sample_id, polarity, weight, content_hash, created_at",
    "votes": "vote_id, label_id, sample_id, verdict, model_id, score, gap, source, created_at",
    "tags": "rowid, sample_id, label_id, run_id, score, gap, confidence, created_at",
    "tag_runs": "*",
    "reviews": "*",
    "calibrations": "*",
}
OF_A_USER = """
    ALTER TABLE anchors ADD COLUMN mood TEXT DEFAULT 'calm';
    CREATE INDEX anchors_by_mood ON anchors (mood);
    CREATE TABLE journal (what);
    CREATE TRIGGER journal_of_anchors AFTER INSERT ON anchors
    BEGIN INSERT INTO journal VALUES (NEW.anchor_id); END;
    CREATE TRIGGER journal_of_tags AFTER INSERT ON tags
    BEGIN INSERT INTO journal VALUES (NEW.sample_id); END;
    CREATE VIEW calm AS
    SELECT a.*, t.run_id FROM anchors AS a LEFT JOIN tags AS t USING (sample_id);
"""


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """A library of 0.1.0."""
    return unpack_library(tmp_path / "old.db")


def client_of(path: Path) -> apsw.Connection:
    connection = apsw.Connection(str(path))
    load_sqlite_vec(connection)
    return connection


def said(connection: apsw.Connection) -> dict[str, list[tuple]]:
    return {
        table: connection.execute(f"SELECT {columns} FROM {table} ORDER BY 1").fetchall()  # noqa: S608
        for table, columns in SAID.items()
    }


def counters_of(connection: apsw.Connection) -> dict[str, int]:
    rows: list[Any] = connection.execute("SELECT name, seq FROM sqlite_sequence").fetchall()
    return dict(rows)


def test_all_feedback_is_kept(old: Path) -> None:
    with closing(client_of(old)) as before:
        kept = said(before)
        counters = counters_of(before)
    assert all(kept[table] for table in ("anchors", "votes", "tags", "tag_runs"))
    with LibraryFile(old) as file:
        assert said(file.connection) == kept
        assert file.restored == ["pragma journal_mode (wal)"]  # it was packed without
        assert wrong_objects(file.connection) == []
        now = counters_of(file.connection)
        assert {name: now[name] for name in counters} == counters
        query = "SELECT count(*) FROM {} WHERE start_s IS NOT NULL OR end_s IS NOT NULL"
        for table in ("anchors", "votes", "tags"):
            assert file.connection.execute(query.format(table)).get == 0
        for check in ("integrity_check", "foreign_key_check"):
            assert file.connection.execute(f"PRAGMA {check}").get in ("ok", None)


def test_ids_go_on_where_they_were(old: Path) -> None:
    with LibraryFile(old) as file:
        connection = file.connection
        highest = connection.execute("SELECT max(anchor_id) FROM anchors").get
        connection.execute("DELETE FROM anchors WHERE anchor_id = ?", (highest,))
        insert = "INSERT INTO anchors (label_id, sample_id, start_s, end_s) VALUES (1, 1, 0, 1)"
        connection.execute(insert)
        assert connection.last_insert_rowid() == highest + 1


def test_what_a_user_added_stays_and_works(old: Path) -> None:
    with closing(client_of(old)) as other:
        other.execute(OF_A_USER)
        seen = other.execute("SELECT sample_id, mood, run_id FROM calm ORDER BY 1, 3").fetchall()
    with LibraryFile(old) as file:
        connection = file.connection
        query = "SELECT sample_id, mood, run_id FROM calm ORDER BY 1, 3"
        assert connection.execute(query).fetchall() == seen
        for start_s in (1, 2):
            insert = "INSERT INTO anchors (label_id, sample_id, start_s, end_s) VALUES (1, 5, ?, 9)"
            connection.execute(insert, (start_s,))
        assert connection.execute("SELECT count(*) FROM journal").get == 2
        names = {name for (name,) in connection.execute("SELECT name FROM sqlite_schema")}
        assert {"anchors_by_mood", "journal_of_anchors", "journal_of_tags", "calm"} <= names
        assert connection.execute("PRAGMA integrity_check").get == "ok"


def test_a_sound_is_a_labels_anchor_once_and_each_span_of_it_once(old: Path) -> None:
    with LibraryFile(old) as file:
        query = "SELECT label_id, sample_id FROM anchors LIMIT 1"
        label_id, sample_id = file.connection.execute(query).get
        insert = "INSERT INTO anchors (label_id, sample_id, start_s, end_s) VALUES (?, ?, ?, ?)"
        with pytest.raises(apsw.ConstraintError, match="UNIQUE"):
            file.connection.execute(insert, (label_id, sample_id, None, None))
        file.connection.execute(insert, (label_id, sample_id, 0, 1))
        with pytest.raises(apsw.ConstraintError, match="UNIQUE"):
            file.connection.execute(insert, (label_id, sample_id, 0, 1))
        replace = insert.replace("INSERT", "INSERT OR REPLACE")
        file.connection.execute(replace, (label_id, sample_id, 0, 1))
        upsert = (
            f"{insert} ON CONFLICT (label_id, sample_id, ifnull(start_s, -1), ifnull(end_s, -1))"
            " DO UPDATE SET weight = 0.5"
        )
        file.connection.execute(upsert, (label_id, sample_id, None, None))
        query = (
            "SELECT start_s, weight FROM anchors WHERE (label_id, sample_id) = (?, ?) ORDER BY 1"
        )
        assert file.connection.execute(query, (label_id, sample_id)).fetchall() == [
            (None, 0.5),
            (0.0, 1.0),
        ]


def test_a_table_that_another_program_rewrote_is_taken_as_it_is(old: Path) -> None:
    """As `sqlite-utils transform` leaves it: without the constraint, and with rows twice."""
    with closing(client_of(old)) as other:
        other.pragma("foreign_keys", False)
        other.execute("CREATE TABLE rewritten AS SELECT * FROM anchors")
        other.execute("DROP TABLE anchors")
        other.execute(
            'CREATE TABLE "anchors" ([anchor_id] INTEGER PRIMARY KEY, [label_id] INTEGER,'
            " [sample_id] INTEGER, [polarity] TEXT DEFAULT 'positive', [weight] FLOAT DEFAULT 1,"
            " [content_hash] TEXT, [created_at] TEXT)"
        )
        other.execute("INSERT INTO anchors SELECT * FROM rewritten")
        other.execute("DROP TABLE rewritten")
        rows = other.execute("SELECT label_id, sample_id, weight FROM anchors").fetchall()
        other.execute(
            "INSERT INTO anchors (label_id, sample_id, weight) VALUES (?, ?, 0.25)", rows[0][:2]
        )
    with pytest.warns(SchemaWarning, match="anchors_by_content"):
        LibraryFile(old).close()
    with LibraryFile(old) as file:
        kept = file.connection.execute("SELECT label_id, sample_id, weight FROM anchors").fetchall()
        assert sorted(kept) == sorted([(*rows[0][:2], 0.25), *rows[1:]])
        assert file.connection.execute("PRAGMA integrity_check").get == "ok"


def test_other_connections_see_the_new_schema(old: Path) -> None:
    with closing(client_of(old)) as other:
        assert is_library(other)
        other.execute("SELECT * FROM anchors").fetchall()
        other.execute("SELECT * FROM tags").fetchall()
        LibraryFile(old).close()
        insert = "INSERT INTO anchors (label_id, sample_id, start_s, end_s) VALUES (1, 1, ?, 9)"
        for start_s in (1, 2):
            other.execute(insert, (start_s,))
        assert other.execute("PRAGMA integrity_check").get == "ok"


def test_an_old_librarys_answers_are_the_views(old: Path, fake_bundle: Path) -> None:
    with sqlclap.open(old, model=str(fake_bundle)) as library:
        before = [(one.path, one.score) for one in library.labels.matches("tone", 20)]
        assert before
        rows: list[Any] = library.connection.execute(
            "SELECT path, score FROM label_matches WHERE label = 'tone'"
        ).fetchall()
        assert dict(rows) == pytest.approx(dict(before), abs=2e-6)
