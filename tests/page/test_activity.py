"""The activity API and its page."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import sqlclap
from sqlclap.labels.activity import ActivityRequest
from sqlclap.recordings.activity import ActivityRow
from sqlclap.records import field_names, records
from tests.page.visiting import Site


@pytest.fixture
def tagged(library: Path) -> Path:
    with sqlclap.open(library) as opened:
        opened.labels.add("tone")
        opened.labels.tag_by_hand("tone", [1, 2, 7])
        opened.labels.add_anchors("tone", [1])
    return library


ASKED: list[dict[str, Any]] = [
    {},
    {"by": "hour"},
    {"by": "month", "label": "tone"},
    {"by": "date", "label": "tone", "confidence": "low"},
    {"label": "tone", "site": "noises", "recorded_after": "2024-05-01T08:00"},
]


@pytest.mark.parametrize("asked", ASKED)
def test_it_answers_as_python_does(
    tagged: Path, open_site: Callable[..., Site], asked: dict[str, Any]
) -> None:
    told = open_site(tagged).local.json("api/activity", **asked)
    own = {name: asked[name] for name in ("label", "by", "confidence") if name in asked}
    only = {name: value for name, value in asked.items() if name not in own}
    with sqlclap.open(tagged, mode="read") as opened:
        request = ActivityRequest(**own, only=sqlclap.Filter(**only))
        expected = records(opened.activity(request))
    assert expected
    assert told["columns"] == [*field_names(ActivityRow)]
    assert told["rows"] == [[*row.values()] for row in expected]
    assert told["sites"] == ["noises", "tones"]
    assert told["timeless"] == 0


@pytest.mark.parametrize(
    ("asked", "status", "says"),
    [
        ("by=week", 400, "expected a period of date and hour, hour, date, month"),
        ("hours=dawn", 400, "expected hours of the day"),
        ("recorded_after=then", 400, "expected a date"),
        ("site=x", 400, "there are noises, tones"),
        ("label=none", 404, "no label 'none'"),
        ("label=tone&confidence=sure", 400, "expected a confidence"),
        ("where=1", 400, "unknown argument where"),
    ],
)
def test_what_it_can_not_answer_is_told(
    tagged: Path, open_site: Callable[..., Site], asked: str, status: int, says: str
) -> None:
    answer = open_site(tagged).local.get(f"api/activity?{asked}")
    assert (answer.status_code, answer.json()["ok"]) == (status, False)
    assert says in answer.json()["error"]


@pytest.mark.parametrize(
    ("table", "asked"),
    [
        ("recording_times", "api/activity"),
        ("deployments", "api/activity"),
        ("deployments", "activity"),
        ("recording_times", "api/search?q=x&hours=5"),
        ("deployments", "api/similar?sample=1&site=tones"),
        ("tags", "api/activity?label=tone"),
        ("votes", "api/activity?label=tone&confidence=high"),
    ],
)
def test_who_may_not_see_a_table_does_not_learn_of_it(
    tagged: Path, open_site: Callable[..., Site], table: str, asked: str
) -> None:
    site = open_site(tagged, hidden_table=table)
    assert site.anyone.get(asked).status_code == 403
    assert site.local.get(asked).status_code == 200


def test_what_needs_no_hidden_table_is_shown(tagged: Path, open_site: Callable[..., Site]) -> None:
    site = open_site(tagged, hidden_table="votes")
    assert site.anyone.get("api/activity?label=tone").status_code == 200
    assert site.anyone.get("activity").status_code == 200
    page = site.anyone.get("/sounds").text
    assert "/-/sqlclap/sounds/activity" in page
