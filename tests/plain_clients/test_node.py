"""Node.js with better-sqlite3 and sqlite-vec's package: `make test-clients` installs both."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

import sqlclap
from sqlclap.finding.query import Query

FOLDER = os.environ.get("CLIENTS_NODE", "")
HERE = Path(__file__).with_name("node")

pytestmark = pytest.mark.skipif(not FOLDER, reason="better-sqlite3: `make test-clients`")


def ask_node(library: sqlclap.Library, *statements: str) -> list[Any]:
    """Run statements in Node.js; return what each gave."""
    script = Path(FOLDER) / "ask.mjs"  # modules are looked for beside it
    script.write_bytes((HERE / "ask.mjs").read_bytes())
    command = ["node", str(script), str(library.path), *statements]
    answer = subprocess.run(command, capture_output=True, text=True, check=True)
    answers: list[Any] = json.loads(answer.stdout)
    return answers


def test_node_searches_by_the_names_of_stored_queries(vectors: sqlclap.Library) -> None:
    query = Query().like_label("deep").unlike(5)
    vectors.stored_queries.save("kick", Query().like(17))
    vectors.stored_queries.save("mix", query)
    nearest, scored = ask_node(
        vectors,
        "SELECT * FROM clap_query_nearest WHERE name = 'kick' ORDER BY score DESC LIMIT 5",
        "SELECT * FROM clap_query_scores WHERE name = 'mix' ORDER BY score DESC LIMIT 5",
    )
    assert [row["path"] for row in nearest] == [one.path for one in vectors.similar(17, 5)]
    assert [row["path"] for row in scored] == [one.path for one in vectors.find(query, 5)]
    assert [row["score"] for row in scored] == pytest.approx(
        [one.score for one in vectors.find(query, 5)], abs=1e-5
    )


def test_node_reads_neighbours_and_label_matches(vectors: sqlclap.Library) -> None:
    vectors.stored_neighbors.store(4)
    neighbors, matches = ask_node(
        vectors,
        "SELECT * FROM sound_neighbors WHERE sample_id = 21 ORDER BY rank",
        "SELECT path FROM label_matches WHERE label = 'deep' LIMIT 5",
    )
    assert [row["neighbor_path"] for row in neighbors] == [
        one.path for one in vectors.similar(21, 4)
    ]
    assert [row["path"] for row in matches] == [
        one.path for one in vectors.labels.matches("deep", 5)
    ]


def test_what_node_deletes_leaves_no_vector_and_nothing_that_looks_fresh(
    vectors: sqlclap.Library,
) -> None:
    vectors.stored_neighbors.store(4)
    *_, stale, left = ask_node(
        vectors,
        "DELETE FROM samples WHERE sample_id = 22",
        "SELECT DISTINCT stale FROM sound_neighbors",
        "SELECT count(*) AS left FROM vec_1",
    )
    assert (stale, left) == ([{"stale": 1}], [{"left": 399}])
    vectors.stored_neighbors.store(4)
    assert ask_node(vectors, "SELECT DISTINCT stale FROM sound_neighbors") == [[{"stale": 0}]]
