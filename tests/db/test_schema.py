"""What other programs do to a library's schema: their additions stay, what they drop comes back."""

from __future__ import annotations

import subprocess
import sys
import warnings
from pathlib import Path

import apsw
import pytest

import sqlclap
from sqlclap.db.connection import Mode
from sqlclap.db.library_file import LibraryFile
from sqlclap.db.vector_extension import load_sqlite_vec
from sqlclap.doctor import examine
from sqlclap.errors import LibraryError, SchemaWarning
from sqlclap.search.request import Request
from tests.cli.running import run, succeed
from tests.support.indexed_library import ask, make_indexed
from tests.support.sounds import tone, write_sound
from tests.support.vector_library import unit_vectors

TRANSFORM = """
import sys
import sqlite_vec
from datasette.utils.sqlite import sqlite3
from sqlite_utils import Database
connection = sqlite3.connect(sys.argv[1])
connection.enable_load_extension(True)
sqlite_vec.load(connection)
database = Database(connection)
for table in sys.argv[2:]:
    database[table].transform(drop=set())
connection.commit()
"""
ADDITIONS = """
ALTER TABLE samples ADD COLUMN stars INTEGER DEFAULT 3;
ALTER TABLE embeddings ADD COLUMN mood TEXT;
ALTER TABLE labels ADD COLUMN parent TEXT;
ALTER TABLE index_meta ADD COLUMN note TEXT;
CREATE INDEX samples_by_stars ON samples (stars);
CREATE UNIQUE INDEX embeddings_by_all ON embeddings (embedding_id, sample_id);
CREATE VIEW loved AS SELECT s.*, m.x FROM samples AS s LEFT JOIN map_points AS m USING (sample_id);
CREATE TABLE collections (collection_id INTEGER PRIMARY KEY, name TEXT);
CREATE TABLE seen (sample_id INTEGER, what TEXT);
CREATE TRIGGER seen_new AFTER INSERT ON samples BEGIN
    INSERT INTO seen VALUES (NEW.sample_id, 'new');
END;
CREATE TRIGGER seen_gone AFTER DELETE ON embeddings BEGIN
    INSERT INTO seen VALUES (OLD.sample_id, 'embedding gone');
END;
CREATE VIRTUAL TABLE words USING fts5(path, content='samples', content_rowid='sample_id');
INSERT INTO words (words) VALUES ('rebuild');
CREATE TRIGGER words_new AFTER INSERT ON samples BEGIN
    INSERT INTO words (rowid, path) VALUES (NEW.sample_id, NEW.path);
END;
CREATE TRIGGER words_gone AFTER DELETE ON samples BEGIN
    INSERT INTO words (words, rowid, path) VALUES ('delete', OLD.sample_id, OLD.path);
END;
"""


def change(path: Path, sql: str) -> None:
    """Run SQL as another program does, with sqlite-vec and without foreign keys."""
    other = apsw.Connection(str(path))
    load_sqlite_vec(other)
    other.execute(sql)
    other.close()


def transform(path: Path, *tables: str) -> None:
    """Rebuild tables as ``sqlite-utils transform`` does; in a process and a SQLite of its own."""
    subprocess.run([sys.executable, "-c", TRANSFORM, str(path), *tables], check=True)


def names(path: Path, kind: str = "trigger") -> set[str]:
    other = apsw.Connection(str(path))
    found = other.execute("SELECT name FROM sqlite_schema WHERE type = ?", (kind,)).fetchall()
    other.close()
    return {str(name) for (name,) in found}


def problems(path: Path) -> list[str]:
    with LibraryFile(path, "read") as file:
        return [found.text for found in examine(file.connection) if found.level == "problem"]


def test_what_a_user_added_is_in_nobodys_way(fake_bundle: Path, sounds: Path) -> None:
    path = sounds.parent / "library.db"
    with sqlclap.open(path, model=str(fake_bundle)) as library:
        library.ingest([sounds])
    change(path, ADDITIONS)
    change(path, "UPDATE samples SET stars = 5 WHERE sample_id = 1")
    added = names(path) | names(path, "index") | names(path, "view")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with sqlclap.open(path, model=str(fake_bundle)) as library:
            write_sound(sounds / "more.wav", tone(99))
            (sounds / "tones" / "tone-440.wav").unlink()
            report = library.ingest([sounds], sqlclap.IngestOptions(prune=True))
            assert report.new == 1
            library.index.build()
            library.labels.add("kick")
            library.labels.add_anchors("kick", [1, 2])
            assert len(library.search("kick", 20)) == 6
            assert library.labels.matches("kick")
            library.labels.tag_by_hand("kick", [1])
            library.use_model("sqlclap-mini")
            asked = library.connection.execute
            assert asked("SELECT stars FROM loved WHERE sample_id = 1").get == 5
            assert asked("SELECT rowid FROM words WHERE words MATCH 'more'").get == 7
            assert asked("SELECT what FROM seen ORDER BY rowid LIMIT 1").get == "new"
    assert added <= names(path) | names(path, "index") | names(path, "view")
    assert problems(path) == []
    assert "all tables, indexes, triggers and views are there" in run("doctor", path).output
    succeed("doctor", path, "--repair")
    assert added <= names(path) | names(path, "index") | names(path, "view")


def test_a_table_of_a_users_in_a_views_place_stays(tmp_path: Path) -> None:
    path = tmp_path / "library.db"
    make_indexed(path, 20)
    change(path, "DROP VIEW map_points; CREATE TABLE map_points (mine)")
    with LibraryFile(path) as file:
        assert file.connection.execute("SELECT count(*) FROM map_points").get == 0


@pytest.mark.parametrize("tables", [("samples",), ("embeddings",), ("samples", "labels", "votes")])
def test_triggers_that_a_rebuilt_table_lost_come_back(
    tmp_path: Path, tables: tuple[str, ...]
) -> None:
    path = tmp_path / "library.db"
    vectors = make_indexed(path)
    before = names(path)
    transform(path, *tables)
    lost = before - names(path)
    assert lost >= {"samples": {"samples_removed"}, "embeddings": {"embeddings_added"}}[tables[0]]
    # Who may not write says it; the doctor names each.
    assert {text.split()[1] for text in problems(path) if text.startswith("trigger")} == lost
    with pytest.warns(SchemaWarning) as told:
        file = LibraryFile(path)
    with file:
        assert {f"trigger {name}" for name in lost} <= {*file.restored}
        assert ask(file, vectors[0]).nearest[0].sample_id == 1
    assert len(told) == 1
    assert all(name in str(told[0].message) for name in lost)
    assert names(path) == before
    assert problems(path) == []


def test_the_command_line_says_what_came_back(tmp_path: Path) -> None:
    path = tmp_path / "library.db"
    make_indexed(path)
    drop = "DROP TRIGGER samples_removed; DROP INDEX samples_by_content; DROP VIEW map_points"
    change(path, drop)
    assert "trigger samples_removed is missing" in run("doctor", path).output
    assert "view map_points is missing" in run("doctor", path).output
    repaired = run("doctor", path, "--repair")
    assert "repaired: made anew: trigger samples_removed" in repaired.stdout
    assert "Warning: " in repaired.stderr
    assert "samples_by_content" in repaired.stderr
    assert run("doctor", path).exit_code == 0


LABELLED = """
INSERT INTO labels (name) VALUES ('kick');
INSERT INTO anchors (label_id, sample_id) VALUES (1, 7);
INSERT INTO tag_runs (label_id, model_id, params, tagged) VALUES (1, 1, '{}', 0);
INSERT INTO layouts (model_id, params, seed, quality, seconds)
VALUES (1, '{"neighbors": 15}', 0, '{}', 1);
"""
CHANGES: dict[str, tuple[str, str, str]] = {
    "samples deleted": (
        "samples_removed",
        "DELETE FROM samples WHERE sample_id <= 5",
        "SELECT (SELECT count(*) FROM embeddings WHERE sample_id <= 5) "
        "+ (SELECT count(*) FROM vec_1 WHERE embedding_id <= 5)",
    ),
    "vectors left": (
        "embeddings_removed_vec_1",
        "DELETE FROM embeddings WHERE sample_id <= 5",
        "SELECT count(*) FROM vec_1 WHERE embedding_id <= 5",
    ),
    "tags left": (
        "samples_removed_tags",
        "INSERT INTO tags (sample_id, label_id, run_id, confidence) VALUES (3, 1, 1, 'hand');"
        "DELETE FROM samples WHERE sample_id <= 5",
        "SELECT count(*) FROM tags",
    ),
    "places left": (
        "samples_removed_layouts",
        "INSERT INTO layout_umap (layout_id, sample_id, x, y) VALUES (1, 4, 0, 0);"
        "DELETE FROM samples WHERE sample_id <= 5",
        "SELECT count(*) FROM layout_umap",
    ),
    "a label's rest": (
        "labels_removed",
        "DELETE FROM labels",
        "SELECT (SELECT count(*) FROM anchors) + (SELECT count(*) FROM votes) "
        "+ (SELECT count(*) FROM tag_runs)",
    ),
    "anchors without a hash": (
        "anchors_added",
        "INSERT INTO anchors (label_id, sample_id) VALUES (1, 9)",
        "SELECT count(*) FROM anchors WHERE content_hash IS NULL",
    ),
    "a sound that came back": (
        "samples_added_feedback",
        "UPDATE samples SET content_hash = 'abc' WHERE sample_id = 8;"
        "INSERT INTO votes (label_id, sample_id, verdict, content_hash) "
        "VALUES (1, 999, 'reject', 'abc')",
        "SELECT count(*) FROM votes WHERE sample_id = 999",
    ),
}


@pytest.mark.parametrize(("trigger", "sql", "left"), CHANGES.values(), ids=CHANGES.keys())
def test_what_happened_meanwhile_is_put_right(
    tmp_path: Path, trigger: str, sql: str, left: str
) -> None:
    path = tmp_path / "library.db"
    vectors = make_indexed(path)
    change(path, LABELLED)
    change(path, f"DROP TRIGGER {trigger}; {sql}")
    with pytest.warns(SchemaWarning, match=trigger):
        file = LibraryFile(path)
    with file:
        assert file.connection.execute(left).get == 0
        by_index = ask(file, vectors[2]).nearest
        assert by_index == ask(file, vectors[2], Request(exact=True)).nearest
    assert problems(path) == []


UNSEEN = {
    "embeddings_added": """
        DELETE FROM embeddings WHERE embedding_id = 300;
        INSERT INTO embeddings (embedding_id, sample_id, model_id, start_s, end_s)
        VALUES (301, 300, 1, 0, 1);
        INSERT INTO vec_1 (embedding_id, is_window, vector)
        SELECT 301, 0, vector FROM vec_1 WHERE embedding_id = 7;
    """,
    "embeddings_removed": "DELETE FROM embeddings WHERE embedding_id = 300;",
    "embeddings_keep_owner": """
        DELETE FROM embeddings WHERE embedding_id = 9;
        UPDATE embeddings SET sample_id = 9 WHERE embedding_id = 300;
    """,
}


@pytest.mark.parametrize(("trigger", "sql"), UNSEEN.items())
def test_an_index_that_may_have_missed_changes_is_let_go(
    tmp_path: Path, trigger: str, sql: str
) -> None:
    path = tmp_path / "library.db"
    vectors = make_indexed(path)
    change(path, f"DROP TRIGGER {trigger}; {sql}")
    with pytest.warns(SchemaWarning, match="index build"):
        file = LibraryFile(path)
    with file:
        assert ask(file, vectors[299]).plan.path == "exact"
        first = ask(file, vectors[6]).nearest[:2]
    twins = [7, 300] if trigger == "embeddings_added" else [7]
    assert [one.sample_id for one in first][: len(twins)] == twins
    assert [text for text in problems(path) if "wait" not in text] == []


def test_opening_a_whole_library_takes_no_lock(tmp_path: Path) -> None:
    path = tmp_path / "library.db"
    make_indexed(path, 20)
    other = apsw.Connection(str(path))
    other.execute("BEGIN IMMEDIATE")
    with LibraryFile(path) as file:
        assert file.restored == []
        assert ask(file, unit_vectors(20, 16)[0]).nearest
    other.execute("ROLLBACK")
    other.close()


OPTIONAL = [
    "ids_gone", "index_meta", "query_background", "votes", "anchors", "tags", "tag_runs", "reviews",
    "calibrations", "labels", "layouts", "layout_umap", "clusterings", "clusters", "cluster_names",
    "embedding_changes", "ingest_failures",
]  # fmt: skip


@pytest.mark.parametrize("table", OPTIONAL)
def test_a_table_that_is_gone_comes_back_empty_and_is_said(tmp_path: Path, table: str) -> None:
    path = tmp_path / "library.db"
    vectors = make_indexed(path)
    change(path, "DROP VIEW label_matches; DROP VIEW label_scores; DROP VIEW label_settings")
    change(path, f"DROP TABLE {table}")
    said = run("doctor", path)
    assert (said.exit_code, said.stdout) == (1, "")
    assert f"lacks its table {table}, " in said.stderr
    with pytest.warns(SchemaWarning, match=f"table {table}"):
        file = LibraryFile(path)
    with file, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        answer = ask(file, vectors[0])
        assert answer.nearest[0].sample_id == 1
        # What came or went since the index was built stood in the one, which is the other's.
        lost = table in ("embedding_changes", "index_meta")
        assert (answer.plan.path == "exact") == lost
    assert [text for text in problems(path) if "index" not in text] == []


@pytest.mark.parametrize("table", ["models", "sources", "samples", "embeddings"])
@pytest.mark.parametrize("mode", ["read", "write"])
def test_without_its_core_a_library_is_refused(tmp_path: Path, table: str, mode: Mode) -> None:
    path = tmp_path / "library.db"
    make_indexed(path, 20)
    other = apsw.Connection(str(path))
    other.execute("PRAGMA legacy_alter_table = 1").fetchall()
    other.execute(f"ALTER TABLE {table} RENAME TO elsewhere")
    other.close()
    with pytest.raises(LibraryError, match=rf"lacks its table {table}.*backup"):
        LibraryFile(path, mode)
