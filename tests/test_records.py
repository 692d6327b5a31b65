"""The serializer: what a result is to programs, whoever asks."""

from __future__ import annotations

import json
import math
import os
import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar

import pytest

from sqlclap.db.samples import Sample
from sqlclap.labels.store import Label, LabelOverview
from sqlclap.labels.tag_conflicts import Conflict
from sqlclap.labels.tagging import TagRun
from sqlclap.records import LOCAL, Row, columns, field_names, record
from sqlclap.search.moments import Moment
from sqlclap.search.results import Match

REPOSITORY = Path(__file__).parents[1]
MATCH = Match(
    rank=1,
    score=0.123456789,
    weak=False,
    sample_id=7,
    path="a.wav",
    file=Path("/sounds/a.wav"),
    duration_s=1 / 3,
    status="ok",
    heard_share=0.25,
    format="WAV/PCM_16",
)


def test_a_match_is_told_by_its_fields_names_with_six_decimals() -> None:
    assert record(MATCH) == {
        "rank": 1,
        "score": 0.123457,
        "weak": False,
        "sample_id": 7,
        "path": "a.wav",
        "file": "/sounds/a.wav",
        "duration_s": 0.333333,
        "status": "ok",
        "heard_share": 0.25,
        "format": "WAV/PCM_16",
        "found_by": None,
        "transposed": None,
        "row_key": None,
        "more_rows": 0,
        "hardly_heard": True,
    }


def test_readers_elsewhere_are_not_told_where_files_lie() -> None:
    told = record(MATCH, remote=True)
    assert told == {name: value for name, value in record(MATCH).items() if name != "file"}
    assert not LOCAL & {*field_names(Sample, remote=True)}
    assert {"file", "root"} <= {*field_names(Sample)}


def test_what_is_within_a_result_is_told_alike() -> None:
    @dataclass(frozen=True)
    class Answer:
        matches: list[Match]
        about: dict[str, object]

    told = record(Answer([MATCH], {"file": Path("/x"), "share": 1 / 3}), remote=True)
    assert told == {"matches": [record(MATCH, remote=True)], "about": {"share": 1 / 3}}


def test_what_is_no_number_is_null_in_json() -> None:
    told = record(replace(MATCH, score=math.nan, heard_share=math.inf))
    assert (told["score"], told["heard_share"]) == (None, None)
    json.dumps(told, allow_nan=False)


def test_names_that_are_no_utf8_are_told_as_escapes() -> None:
    file = Path(os.fsdecode(b"/sounds/\xff.wav"))
    assert record(replace(MATCH, file=file))["file"] == "/sounds/\\xff.wav"


def test_settings_come_back_as_they_were_set() -> None:
    threshold = 0.12345678901234
    label = Label(1, "kick", "mean", None, threshold, 1e-9, None, None)
    told = record(label)
    assert (told["threshold"], told["gap"]) == (threshold, 1e-9)


def test_properties_are_told_behind_the_fields() -> None:
    run = TagRun(1, "kick", 2, [Conflict(3, "a.wav", "kick", "snare")])
    assert [*record(run)][-1] == "conflict_count"
    assert record(run)["conflict_count"] == 1
    assert field_names(Moment)[-3:] == ("start_s", "end_s", "hardly_heard")


def test_rows_are_dicts_whose_keys_are_annotated() -> None:
    class Counted(Row):
        FIRST: ClassVar[tuple[str, ...]] = ("count",)
        name: str
        count: int

    row = Counted(name="kick", count=3)
    assert row == {"name": "kick", "count": 3}
    assert (row.name, row.count) == ("kick", 3)
    assert [*record(row).items()] == [("count", 3), ("name", "kick")]
    assert Counted.of((3, "kick")) == row
    with pytest.raises(AttributeError, match="Counted has no 'nothing'"):
        _ = row.nothing


def test_an_overview_has_a_value_for_each_of_its_columns() -> None:
    assert LabelOverview.of(range(19))["calibration_id"] == 18
    with pytest.raises(ValueError, match="shorter"):
        LabelOverview.of(range(18))


def test_new_columns_of_a_table_go_to_its_end() -> None:
    assert columns(Match, ("score", "doubt"))[:3] == ("score", "doubt", "rank")
    assert "file" not in columns(Match, ("score",))


SURFACES = ("sqlclap/cli", "datasette_plugins/datasette_sqlclap", "sqlclap/sqlfunctions")


@pytest.mark.parametrize("room", SURFACES)
def test_no_surface_turns_results_into_rows_by_itself(room: str) -> None:
    own = re.compile(r"\basdict\(|\bvars\(|__dict__|\bfields\(")
    found: list[Any] = [
        (path.name, line.strip())
        for path in (REPOSITORY / room).glob("*.py")
        for line in path.read_text(encoding="utf-8").splitlines()
        if own.search(line)
    ]
    assert found == []
