"""Queries kept as vectors give clients with sqlite-vec alone what `find` gives."""

from __future__ import annotations

from pathlib import Path

import pytest

import sqlclap
from sqlclap.errors import QueryError, UnknownQueryError
from sqlclap.finding.query import Query
from tests.cli.running import fail, rows_of, succeed
from tests.plain_clients.conftest import SOUNDS, take_in

NEAREST = (
    "SELECT sample_id, score FROM clap_query_nearest WHERE name = ? ORDER BY score DESC LIMIT ?"
)
SCORES = "SELECT sample_id, score FROM clap_query_scores WHERE name = ? ORDER BY score DESC LIMIT ?"
QUERIES = {
    "a sound": Query().like(17),
    "a span of text": Query().toward([1.0] * 16),
    "two sounds": Query().like(17).like(23, 0.5),
    "a label": Query().like_label("deep"),
    "without": Query().like(17).unlike(42, 0.5),
    "label without two": Query().like_label("deep").unlike(5).unlike_label("deep", 0.3),
}


@pytest.mark.parametrize("name", QUERIES)
def test_views_rank_as_find_does(vectors: sqlclap.Library, name: str) -> None:
    query = QUERIES[name]
    vectors.stored_queries.save(name, query)
    expected = [(one.sample_id, one.score) for one in vectors.find(query, 10)]
    scored = vectors.connection.execute(SCORES, (name, 10)).fetchall()
    assert [row[0] for row in scored] == [row[0] for row in expected]
    assert [row[1] for row in scored] == pytest.approx([row[1] for row in expected], abs=1e-5)
    nearest = vectors.connection.execute(NEAREST, (name, 10)).fetchall()
    if any(not term.is_positive for term in query.terms):
        assert nearest == []
    else:
        assert [row[0] for row in nearest] == [row[0] for row in expected]


def test_names_are_of_one_model_and_case_makes_no_difference(
    vectors: sqlclap.Library, tmp_path: Path
) -> None:
    vectors.stored_queries.save("Kick", Query().like(3))
    vectors.stored_queries.save("kick", Query().like(4))
    (kept,) = vectors.stored_queries.list()
    assert (kept.name, kept.model, kept.terms) == ("kick", "mine", '[{"sound": 4}]')
    assert vectors.connection.execute(NEAREST, ("KICK", 1)).fetchall()
    count = "SELECT count(*) FROM clap_query_scores"
    assert vectors.connection.execute(count).get == SOUNDS - 1
    vectors.stored_queries.remove("KICK")
    assert vectors.connection.execute("SELECT count(*) FROM clap_query_against").get == 0
    with pytest.raises(UnknownQueryError, match="there is none yet"):
        vectors.stored_queries.remove("kick")


@pytest.mark.parametrize("name", ["", "  ", "a\nb", "x" * 201])
def test_names_are_checked(vectors: sqlclap.Library, name: str) -> None:
    with pytest.raises(QueryError, match="expected a name"):
        vectors.stored_queries.save(name, Query().like(3))


def test_a_label_that_changes_is_seen_after_a_refresh(vectors: sqlclap.Library) -> None:
    vectors.stored_queries.save("deep", Query().like_label("deep"))
    before = vectors.connection.execute(SCORES, ("deep", 5)).fetchall()
    vectors.labels.add_anchors("deep", [77, 78])
    assert vectors.connection.execute(SCORES, ("deep", 5)).fetchall() == before
    assert [one.name for one in vectors.stored_queries.refresh()] == ["deep"]
    after = vectors.connection.execute(SCORES, ("deep", 5)).fetchall()
    expected = [one.sample_id for one in vectors.find(Query().like_label("deep"), 5)]
    assert [row[0] for row in after] == expected


def test_sounds_that_come_later_are_found(vectors: sqlclap.Library, tmp_path: Path) -> None:
    vectors.stored_queries.save("three", Query().like(3))
    take_in(vectors, tmp_path / "more.npy", SOUNDS, 200, seed=4)
    expected = [one.sample_id for one in vectors.similar(3, 10)]
    found = vectors.connection.execute(NEAREST, ("three", 10)).fetchall()
    assert [row[0] for row in found] == expected


def test_the_command_keeps_lists_and_removes(vectors: sqlclap.Library) -> None:
    library = vectors.path
    told = succeed("query-vector", library, "--like", "17", "--unlike", "42:0.5", "--save", "mix")
    assert "clap_query_scores" in told
    succeed("query-vector", library, "--like", "item 3", "--save", "three")
    rows = rows_of("query-vector", library, "--list")
    assert [(row["name"], row["against"]) for row in rows] == [("mix", 1), ("three", 0)]
    shown = rows_of("query-vector", library, "--like", "17")
    assert len(shown["vector"]) == 16
    assert shown["left_out"] == [17]
    assert len(bytes.fromhex(succeed("query-vector", library, "--like", "17"))) == 64
    assert "made anew: mix, three" in succeed("query-vector", library, "--refresh")
    assert rows_of("query-vector", library, "--refresh") == {"made_anew": ["mix", "three"]}
    assert rows_of("query-vector", library, "--remove", "mix") == {"removed": "mix"}
    assert [row["name"] for row in rows_of("query-vector", library, "--list")] == ["three"]
    assert "declared without a model for words" in fail("query-vector", library, "deep kick")
    assert "expected terms, alone" in fail("query-vector", library, "a", "--list")
    assert "at least one term" in fail("query-vector", library, "--save", "x")


def test_words_are_kept_as_the_model_embeds_them(filled: sqlclap.Library) -> None:
    filled.stored_queries.save("kick", "deep kick")
    found = filled.connection.execute(NEAREST, ("kick", 5)).fetchall()
    expected = [(one.sample_id, one.score) for one in filled.search("deep kick", 5)]
    assert [row[0] for row in found] == [row[0] for row in expected]
    assert [row[1] for row in found] == pytest.approx([row[1] for row in expected], abs=1e-5)
