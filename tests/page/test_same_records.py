"""One answer, told by the command line, over HTTP and in SQL: key by key the same."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

import sqlclap
from sqlclap.records import LOCAL, records
from tests.cli.running import rows_of
from tests.page.visiting import Site, Visitor


@pytest.fixture(scope="module")
def spoken_of(heard: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A library with labels, a negative anchor, votes, tags and calibrated settings."""
    library = tmp_path_factory.mktemp("told") / "sounds.db"
    library.write_bytes(heard.read_bytes())
    with sqlclap.open(library) as opened:
        opened.labels.add("tone", threshold=0.123456789, gap=0.0, color="#2a9d8f")
        opened.labels.add("noise", notes="hiss")
        opened.labels.add_anchors("tone", [1, 2], weight=1 / 3)
        opened.labels.add_anchors("tone", [8], "negative")
        opened.labels.add_anchors("noise", [7, 9])
        opened.labels.vote("tone", [3, 4], sqlclap.CastVote("accept"))
        opened.labels.vote("tone", [10, 11], sqlclap.CastVote("reject"))
        opened.labels.tag(sqlclap.TagRequest(labels=("tone",), confidence="low", force=True))
    return library


@pytest.fixture(scope="module")
def visitor(spoken_of: Path) -> Any:
    """The local user of a site over the library."""
    site = Site(spoken_of)
    yield site.local
    site.close()


def remote(told: Any) -> Any:
    """What of an answer readers elsewhere are told."""
    if isinstance(told, Mapping):
        return {key: remote(one) for key, one in told.items() if key not in LOCAL}
    return [remote(one) for one in told] if isinstance(told, list) else told


def of_sql(visitor: Visitor, sql: str) -> Any:
    """Return the JSON that a statement gives to readers of the page."""
    answer = visitor.get("/sounds.json", params={"sql": sql, "_shape": "arrays"})
    if answer.status_code != 200:
        answer = visitor.get("/sounds/-/query.json", params={"sql": sql, "_shape": "arrays"})
    return json.loads(answer.json()["rows"][0][0])


def of_get(path: str, key: str | None, **asked: Any) -> Callable[[Visitor], Any]:
    def answer(visitor: Visitor) -> Any:
        found = visitor.json(path, **asked)
        found.pop("ok")
        return found if key is None else found[key]

    return answer


def of_post(path: str, key: str | None, body: dict[str, Any]) -> Callable[[Visitor], Any]:
    def answer(visitor: Visitor) -> Any:
        found = visitor.post(path, body).json()
        assert found.pop("ok"), found
        return found if key is None else found[key]

    return answer


BOTH: dict[str, tuple[tuple[str, ...], str | None, Callable[[Visitor], Any]]] = {
    "match": (("search", "noise"), None, of_get("api/search", "matches", q="noise", n=10)),
    "match by sound": (("similar", "3"), None, of_get("api/similar", "matches", sample=3, n=10)),
    "label match": (
        ("matches", "tone", "-n", "50"),
        None,
        of_get("api/matches", "matches", label="tone"),
    ),
    "label event": (
        ("matches", "tone", "-n", "50", "--moments", "--confidence", "low", "--merge-gap", "1"),
        None,
        of_get(
            "api/matches", "matches", label="tone", moments=1, confidence="low", merge_gap=1
        ),
    ),
    "label overview": (("label list",), None, of_get("api/labels", "labels")),
    "anchor": (("anchor list", "tone"), None, of_get("api/anchors", "anchors", label="tone")),
    "vote": (("vote", "tone", "list"), None, of_get("api/votes", "votes", label="tone")),
    "tag": (("tags",), None, of_get("api/tags", "tags")),
    "run": (("tags", "--runs"), None, of_get("api/tags", "runs")),
    "rivals": (("label show", "tone"), "rivals", of_get("api/rivals", None, label="tone")),
    "precision": (("label show", "tone"), "precision", of_get("api/precision", None, label="tone")),
    "tag run": (
        ("tag", "tone", "--confidence", "medium", "--dry-run"),
        None,
        of_post(
            "api/tags", "runs", {"labels": ["tone"], "confidence": "medium", "dry_run": True}
        ),
    ),
}  # fmt: skip


def on_the_command_line(library: Path, words: tuple[str, ...], key: str | None) -> Any:
    command, *rest = words
    told = rows_of(*command.split(), library, *rest)
    return told if key is None else told[key]


@pytest.mark.parametrize("kind", BOTH)
def test_the_command_line_and_http_tell_the_same(
    kind: str, spoken_of: Path, visitor: Visitor
) -> None:
    words, key, ask = BOTH[kind]
    told = on_the_command_line(spoken_of, words, key)
    assert told
    assert ask(visitor) == remote(told)


SQL = {
    "label match": "SELECT clap_matches('tone', 50)",
    "label event": """SELECT clap_matches(
        'tone', 50, json_object('moments', 1, 'confidence', 'low', 'merge_gap', 1)
    )""",
    "rivals": "SELECT clap_rivals('tone')",
    "precision": "SELECT clap_precision('tone')",
}


@pytest.mark.parametrize("kind", SQL)
def test_sql_tells_the_same(kind: str, visitor: Visitor) -> None:
    assert of_sql(visitor, SQL[kind]) == BOTH[kind][2](visitor)


def test_the_table_of_matches_tells_the_same_with_all_digits(spoken_of: Path) -> None:
    (said, *_) = rows_of("query", spoken_of, "SELECT * FROM clap_search('noise', 5)")
    with sqlclap.open(spoken_of) as library:
        found = library.search("noise", 5)
    match = records(found, remote=True)[0]
    assert {*said} == {*match, "doubt"}
    for name, value in match.items():
        assert said[name] == (pytest.approx(value, abs=1e-6) if type(value) is float else value)
    assert said["score"] == found[0].score


def test_moments_are_told_in_python_as_on_the_command_line(spoken_of: Path) -> None:
    with sqlclap.open(spoken_of) as library:
        found = library.search("noise", 3, sqlclap.SearchOptions(moments=True))
    told = rows_of("search", spoken_of, "noise", "-n", "3", "--moments")
    assert told == records(found)
    assert {"start_s", "end_s"} <= {*told[0]}


def test_a_review_is_told_the_same(library: Path, open_site: Callable[..., Site]) -> None:
    with sqlclap.open(library) as opened:
        opened.labels.ensure("tone", [1, 2])
    told = rows_of("review", library, "tone", "-n", "5", "--seed", "3")
    visitor = open_site(library).local
    asked = of_post("api/review", None, {"label": "tone", "n": 5, "seed": 3})(visitor)
    assert (asked.pop("review_id"), told.pop("review_id")) == (2, 1)
    assert asked == remote(told)


def test_a_calibration_is_told_the_same(library: Path, open_site: Callable[..., Site]) -> None:
    with sqlclap.open(library) as opened:
        opened.labels.ensure("tone", [1])
        opened.labels.vote("tone", [2, 3, 4, 5, 6], sqlclap.CastVote("accept"))
        opened.labels.vote("tone", [7, 8, 9, 10, 11], sqlclap.CastVote("reject"))
    told = rows_of("calibrate", library, "tone", "--target", "0.5")
    visitor = open_site(library).local
    assert of_post("api/calibrate", None, {"label": "tone", "target": 0.5})(visitor) == told
    assert {"point", "top_k", "problem", "votes_used", "calibration_id"} <= {*told}
    assert told["point"] == told["chosen"]


def test_a_sample_is_told_as_python_knows_it(spoken_of: Path, visitor: Visitor) -> None:
    from sqlclap.db.samples import sample_by_id

    with sqlclap.open(spoken_of) as library:
        (known,) = records([sample_by_id(library.connection, 1)], remote=True)
    told = visitor.json("sample/1")
    assert {name: told[name] for name in known} == known
    (row,) = visitor.post("api/samples", {"sample_ids": [1]}).json()["samples"]
    assert row == {name: known[name] for name in row}


def test_former_names_of_an_answer_stay(visitor: Visitor) -> None:
    answer = visitor.json("api/search", q="xyzzy qwfp", n=2)
    assert answer["plan"]["ms"] == pytest.approx(1000 * answer["plan"]["seconds"], abs=0.01)
    assert {(one["serious"], one["is_serious"]) for one in answer["doubts"]} == {(True, True)}
