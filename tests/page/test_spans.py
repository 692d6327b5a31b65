"""Spans over HTTP: as on the command line, row by row, and nobody's who names whole sounds."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import sqlclap
from tests.cli.running import rows_of
from tests.page.test_writing import rows
from tests.page.visiting import Site

LONG = "noises/long.flac"


@pytest.fixture
def long_id(library: Path) -> int:
    """The sample of two seconds."""
    return int(rows(library, f"SELECT sample_id FROM samples WHERE path = '{LONG}'")[0][0])  # noqa: S608


def body_of(sample_id: int, **more: Any) -> dict[str, Any]:
    return {"label": "hiss", "sample_ids": [sample_id], "start_s": 0.25, "end_s": 1.5} | more


def test_what_is_said_of_a_span_is_what_the_command_line_tells(
    site: Site, library: Path, long_id: int
) -> None:
    visitor = site.local
    assert visitor.post("api/anchors", body_of(long_id, create=True)).json()["changed"] == 1
    voted = visitor.post("api/votes", body_of(long_id, verdict="accept"))
    tagged = visitor.post("api/tags/by-hand", body_of(long_id))
    assert (voted.status_code, tagged.status_code) == (201, 201)
    for path, key, command in (
        ("api/anchors", "anchors", ("anchor", "list", library, "hiss")),
        ("api/votes", "votes", ("vote", library, "hiss", "list")),
        ("api/tags", "tags", ("tags", library, "hiss")),
    ):
        (told,) = visitor.json(path, label="hiss")[key]
        (own,) = rows_of(*command)
        assert (told["start_s"], told["end_s"]) == (0.25, 1.5)
        assert told == {name: value for name, value in own.items() if name != "file"}
    (anchor,) = visitor.json("api/anchors", label="hiss")["anchors"]
    assert anchor["state"] == "ok"
    sample = visitor.json(f"sample/{long_id}")
    assert sample["tags"][0]["start_s"] == sample["anchor_of"][0]["start_s"] == 0.25
    removed = visitor.post("api/anchors/remove", body_of(long_id))
    assert removed.json()["removed"] == 1


def test_matches_of_an_anchor_on_a_span_are_those_of_python(
    site: Site, library: Path, long_id: int
) -> None:
    visitor = site.local
    visitor.post("api/anchors", body_of(long_id, create=True))
    told = visitor.json("api/matches", label="hiss", n=50)["matches"]
    with sqlclap.open(library, mode="read") as opened:
        found = opened.labels.matches("hiss", 50)
        assert [one["sample_id"] for one in told] == [one.sample_id for one in found]
        assert [one["score"] for one in told] == pytest.approx(
            [one.score for one in found], abs=1e-6
        )
        like = opened.similar(f"{long_id}@0.25-1.5", 5)
    for _ in ("kept", "read"):
        answer = visitor.json("api/similar", sample=long_id, start_s=0.25, end_s=1.5, n=5)
        assert [one["path"] for one in answer["matches"]] == [one.path for one in like]
        visitor.post("api/anchors/remove", body_of(long_id))


@pytest.mark.parametrize(
    ("times", "what"),
    [
        ({"start_s": 1, "end_s": 0.5}, "got 1.0-0.5: the start comes first"),
        ({"start_s": 1, "end_s": 99}, "ends behind the sound"),
        ({"start_s": 1}, "both start_s and end_s"),
        ({"start_s": "nan", "end_s": 2}, "expected a number as start_s"),
        ({"start_s": -1, "end_s": 2}, "expected start_s in seconds"),
        ({"start_s": [], "end_s": 2}, "expected a number as start_s"),
    ],
)
def test_wrong_spans_are_refused_in_one_line(
    site: Site, library: Path, long_id: int, times: dict[str, Any], what: str
) -> None:
    visitor = site.local
    body = {"label": "hiss", "sample_ids": [long_id]} | times
    visitor.post("api/labels", {"name": "hiss"})
    for path, more in (
        ("api/anchors", {}),
        ("api/votes", {"verdict": "accept"}),
        ("api/tags/by-hand", {}),
    ):
        answer = visitor.post(path, body | more)
        assert answer.status_code == 400, answer.text
        assert what in answer.json()["error"]
        assert "\n" not in answer.json()["error"]
    counts = (
        "SELECT (SELECT count(*) FROM {}) + (SELECT count(*) FROM {}) + (SELECT count(*) FROM {})"
    )
    assert rows(library, counts.format("anchors", "votes", "tags")) == [(0,)]
    asked = {"sample": long_id} | {name: str(value) for name, value in times.items()}
    assert visitor.get("api/similar", params=asked).status_code == 400


def test_a_very_long_span_is_not_read_for_a_question(site: Site, long_id: int) -> None:
    asked = {"sample": long_id, "start_s": 0, "end_s": 10_000}
    answer = site.local.get("api/similar", params=asked)
    assert (answer.status_code, "at most 600 s" in answer.json()["error"]) == (400, True)


def test_who_may_not_write_may_not_speak_of_spans(site: Site, long_id: int) -> None:
    stranger = site.visitor(None)
    assert stranger.post("api/anchors", body_of(long_id, create=True)).status_code == 403
