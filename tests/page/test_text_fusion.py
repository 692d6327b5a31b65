"""Words in a name or a sound's likeness, either suffices: the same rows by every way in."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import sqlclap
from sqlclap import Query, SearchOptions
from sqlclap.errors import QueryError
from sqlclap.finding.statement import as_statement
from sqlclap.search import text_fusion
from tests.cli.running import fail, rows_of, run
from tests.page.visiting import Site

WORDS = "noise OR glass"
Rows = list[tuple[int, float, str]]
QUERY = Query().more("tone").like(3, 0.5).unlike(1, 0.5)


@pytest.fixture(params=[500, 3], ids=["all", "three of each"], autouse=True)
def window(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    """Join so many of each order."""
    monkeypatch.setattr(text_fusion, "WINDOW", request.param)
    return int(request.param)


def joined(library: sqlclap.Library, by_sound: list[int], window: int) -> list[tuple[int, str]]:
    """Work out which samples are to be found, in order, and by what."""
    sql = "SELECT rowid FROM sound_words WHERE sound_words MATCH 'noise OR glass' ORDER BY rank"
    by_text = [row[0] for row in library.connection.execute(sql) if row[0] in by_sound][:window]
    near = by_sound[:window]
    worth = {
        number: sum(1 / (61 + order.index(number)) for order in (near, by_text) if number in order)
        for number in {*near, *by_text}
    }
    in_order = sorted(worth, key=lambda one: (-worth[one], by_sound.index(one)))
    told = {(True, True): "both", (True, False): "sound", (False, True): "text"}
    return [(one, told[one in near, one in by_text]) for one in in_order]


def told(rows: Any) -> Rows:
    return [(row["sample_id"], round(row["score"], 6), row["found_by"]) for row in rows]


def in_python(library: sqlclap.Library, window: int) -> dict[str, Rows]:
    """Check what Python gives, and return it as others tell it."""
    options, expected = SearchOptions(or_text=WORDS), {}
    asked = {
        "search": (library.search("tone", 50), library.search("tone", 50, options)),
        "similar": (library.similar(3, 50), library.similar(3, 50, options)),
        "find": (library.find(QUERY, 50), library.find(QUERY, 50, options)),
    }
    for name, (plain, either) in asked.items():
        scores = {one.sample_id: one.score for one in plain}
        wanted = joined(library, list(scores), window)
        assert [(one.sample_id, one.found_by) for one in either] == wanted
        assert [one.score for one in either] == [scores[number] for number, _ in wanted]
        assert [one.rank for one in either] == [*range(1, len(either) + 1)]
        assert {one.found_by for one in plain} == {None}
        assert ({by for _, by in wanted} >= {"text", "sound"}) == (window == 3)
        expected[name] = [(number, round(scores[number], 6), by) for number, by in wanted]
    return expected


def check_sql(library: sqlclap.Library, expected: dict[str, Rows]) -> None:
    sqlclap.register_functions(library.connection)
    ask, given = library.connection.execute, json.dumps({"or_text": WORDS})
    found = ask("SELECT sample_id, score, found_by FROM clap_search('tone', 50, ?)", (given,))
    names = ("sample_id", "score", "found_by")
    assert told(dict(zip(names, row, strict=True)) for row in found) == expected["search"]
    others = json.dumps({"or_text": WORDS, "without": 3})
    near = ask("SELECT clap_neighbors(clap_vector(3), 50, ?)", (others,)).get
    assert told(json.loads(near)) == expected["similar"]
    composed = ask("SELECT clap_query_json(?, 50, ?)", (QUERY.as_json(), given)).get
    assert told(json.loads(composed)) == expected["find"]
    statement = as_statement(library.session, QUERY, 50, SearchOptions(or_text=WORDS))
    assert [row[2] for row in ask(statement)] == [number for number, *_ in expected["find"]]


def test_every_way_in_gives_the_same_rows(site: Site, heard: Path, window: int) -> None:
    with sqlclap.open(heard, mode="read") as library:
        expected = in_python(library, window)
        check_sql(library, expected)
    asked = {"n": 50, "or_text": WORDS}
    http = {
        "search": site.anyone.json("api/search", q="tone", **asked),
        "similar": site.anyone.json("api/similar", sample=3, **asked),
        "find": site.anyone.json("api/find", query=QUERY.as_json(), **asked),
    }
    cli: dict[str, tuple[str | Path, ...]] = {
        "search": ("search", heard, "tone"),
        "similar": ("similar", heard, "3"),
        "find": ("find", heard, "tone", "--like", "3:0.5", "--unlike", "1:0.5"),
    }
    for name, wanted in expected.items():
        assert told(http[name]["matches"]) == wanted
        assert told(rows_of(*cli[name], "-n", "50", "--or-text", WORDS)) == wanted


def test_pages_join_up_and_what_is_cut_off_is_told(heard: Path, window: int) -> None:
    with sqlclap.open(heard, mode="read") as library:
        whole = library.search("tone", 50, SearchOptions(or_text="noise"))
        pages = [
            one
            for offset in range(0, 50, 4)
            for one in library.search("tone", 4, SearchOptions(or_text="noise", offset=offset))
        ]
        assert pages == list(whole)
        assert ("the best 3 by words" in (whole.plan.note or "")) == (window == 3)
    shown = run("search", heard, "tone", "--or-text", "noise")
    assert "found by" in shown.stdout
    assert ("sounds have the words of or_text" in shown.stderr) == (window == 3)


def test_filters_narrow_both_and_the_least_score_the_sound_alone(heard: Path, window: int) -> None:
    with sqlclap.open(heard, mode="read") as library:
        options = SearchOptions(or_text=WORDS, folder="tones")
        assert all(one.path.startswith("tones") for one in library.search("tone", 50, options))
        options = SearchOptions(or_text=WORDS, min_score=2)
        found = library.search("tone", 50, options)
        assert {one.found_by for one in found} == {"text"}
        assert len(found) == min(window, 5)
        nothing = SearchOptions(or_text="nowhere")
        assert {one.found_by for one in library.search("tone", 50, nothing)} == {"sound"}


def test_sounds_without_a_vector_are_told_of(library: Path) -> None:
    with sqlclap.open(library) as opened:
        opened.connection.execute("DELETE FROM embeddings WHERE sample_id = 3")
        found = opened.search("tone", 50, SearchOptions(or_text="noise OR tone"))
        assert "without a vector of the model: 1" in (found.plan.note or "")


def test_where_it_means_nothing_it_is_refused(heard: Path, site: Site) -> None:
    for options in (
        {"moments": True},
        {"events": True},
        {"sort": "path"},
    ):
        with (
            sqlclap.open(heard, mode="read") as library,
            pytest.raises(QueryError, match="or_text joins two orders of sounds"),
        ):
            library.search("tone", 5, SearchOptions(or_text="noise", **options))
    with sqlclap.open(heard, mode="read") as library:
        sqlclap.register_functions(library.connection)
        for call in ("clap_moments_json('tone', 5, ?)", "clap_query_moments_json('[]', 5, ?)"):
            with pytest.raises(Exception, match="or_text"):
                library.connection.execute(f"SELECT {call}", ('{"or_text": "a"}',)).fetchall()
    assert "no other order" in fail("find", heard, "--between", "1", "5", "--or-text", "noise")
    assert "what is wanted" in fail("find", heard, "--or-text", "noise")
    assert "expected words to look for" in fail("search", heard, "tone", "--or-text", '"')
    answer = site.anyone.get(
        "api/between", params={"query": '[{"sound": 1}, {"sound": 5}]', "or_text": "a"}
    )
    assert answer.status_code == 400
    assert "or_text" in answer.json()["error"]


def test_it_tells_of_metadata(heard: Path, open_site: Any) -> None:
    site = open_site(heard, hidden_table="metadata")
    assert site.anyone.get("api/search", params={"q": "tone", "or_text": "a"}).status_code == 403
