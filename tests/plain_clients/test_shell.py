"""The sqlite3 shell with sqlite-vec's extension: views answer without sqlclap."""

from __future__ import annotations

import json
import shutil
import subprocess

import pytest
import sqlite_vec

import sqlclap
from sqlclap.finding.query import Query

pytestmark = pytest.mark.skipif(shutil.which("sqlite3") is None, reason="needs SQLite's shell")


def ask_shell(library: sqlclap.Library, *statements: str) -> list[dict[str, object]]:
    """Run statements in the shell; return the last one's rows."""
    load = f".load {sqlite_vec.loadable_path()} sqlite3_vec_init"
    command = ["sqlite3", "-json", str(library.path), load, *statements]
    answer = subprocess.run(command, capture_output=True, text=True, check=True)
    rows: list[dict[str, object]] = json.loads(answer.stdout) if answer.stdout else []
    return rows


def test_the_shell_searches_by_the_names_of_stored_queries(vectors: sqlclap.Library) -> None:
    vectors.stored_queries.save("kick", Query().like(17))
    vectors.stored_queries.save("mix", Query().like_label("deep").unlike(5))
    for view, name, query in (
        ("clap_query_nearest", "kick", Query().like(17)),
        ("clap_query_scores", "kick", Query().like(17)),
        ("clap_query_scores", "mix", Query().like_label("deep").unlike(5)),
    ):
        asked = f"SELECT * FROM {view} WHERE name = '{name}' ORDER BY score DESC LIMIT 5"  # noqa: S608
        expected = vectors.find(query, 5)
        rows = ask_shell(vectors, asked)
        assert [row["path"] for row in rows] == [one.path for one in expected]
        assert [row["score"] for row in rows] == pytest.approx(
            [one.score for one in expected], abs=1e-5
        )


def test_the_shell_keeps_a_query_and_neighbours_of_its_own(vectors: sqlclap.Library) -> None:
    vectors.stored_neighbors.store(4)
    rows = ask_shell(
        vectors,
        "INSERT INTO clap_queries (name, model_id, vector) SELECT 'mine', m.model_id, v.vector "
        "FROM models AS m, vec_1 AS v JOIN embeddings AS e USING (embedding_id) "
        "WHERE m.is_default AND e.sample_id = 21",
        "SELECT path FROM clap_query_nearest WHERE name = 'mine' ORDER BY score DESC LIMIT 5",
    )
    expected = ["item 20", *(one.path for one in vectors.similar(21, 4))]
    assert [row["path"] for row in rows] == expected
    rows = ask_shell(vectors, "SELECT * FROM sound_neighbors WHERE sample_id = 21 ORDER BY rank")
    assert [row["neighbor_path"] for row in rows] == expected[1:]
    assert {row["stale"] for row in rows} == {0}
    rows = ask_shell(
        vectors,
        "DELETE FROM samples WHERE sample_id = 22",
        "SELECT DISTINCT stale FROM sound_neighbors",
    )
    assert rows == [{"stale": 1}]
    assert vectors.stored_neighbors.store(4).found_anew >= 1


def test_the_shell_reads_label_matches(vectors: sqlclap.Library) -> None:
    asked = "SELECT path, score FROM label_matches WHERE label = 'deep' LIMIT 5"
    expected = vectors.labels.matches("deep", 5)
    assert [row["path"] for row in ask_shell(vectors, asked)] == [one.path for one in expected]
