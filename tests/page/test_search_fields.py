"""Each search field narrows alike in Python, on the command line, in SQL and over HTTP."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest

import sqlclap
from sqlclap.records import records
from sqlclap.search.fields import FIELDS, fields_of
from tests.cli.running import rows_of
from tests.page.visiting import Site

# They take writing (test_searching.py, tests/curation), files that say something (tests/metadata),
# or words (test_measure_words.py), are of order (tests/search/test_sorting.py), of one sound
# (tests/finding/test_aspects.py, test_transposed.py), or find more instead of less
# (test_text_fusion.py).
ELSEWHERE = {
    "label", "measures", "favourite", "collection", "min_rating",
    "category", "min_tempo", "max_tempo", "key", "sort", "aspect", "or_text", "transpose",
}  # fmt: skip
MOMENTS: dict[str, dict[str, Any]] = {
    "moments": {"moments": True},
    "events": {"events": True, "min_score": 0.3},
    "merge_gap": {"events": True, "min_score": 0.3, "merge_gap": 0.5},
    "min_event": {"events": True, "min_score": 0.3, "min_event": 0.6},
}
PLACE = ("sample_id", "start_s", "end_s", "score")
CASES: dict[str, Any] = {
    "folder": "noises",
    "min_length": 1,
    "max_length": 1.5,
    "min_pitch": 150,
    "max_pitch": 330.5,
    "format": "flac",
    "text": "noise",
    "recorded_after": "2024-05-02",
    "recorded_before": "2024-05-01T12:30",
    "hours": "20-6",
    "site": "noises",
    "deployment": "Tones",
    "offset": 3,
    "min_score": 0.5,
}


def test_every_field_has_a_case() -> None:
    assert {one.name for one in fields_of("http")} == {*CASES, *MOMENTS} | ELSEWHERE


@pytest.mark.parametrize("name", CASES)
def test_a_field_narrows_alike_everywhere(name: str, site: Site, heard: Path) -> None:
    value = CASES[name]
    answer = site.anyone.json("api/similar", sample=3, n=50, **{name: value})
    found = [match["sample_id"] for match in answer["matches"]]
    with sqlclap.open(heard, mode="read") as library:
        everything = [match.sample_id for match in library.similar(3, 50)]
        options = sqlclap.SearchOptions(**{name: value})
        by_python = [match.sample_id for match in library.similar(3, 50, options)]
        sqlclap.register_functions(library.connection)
        call = "SELECT clap_neighbors(clap_vector(3), 50, ?)"
        narrowed = json.dumps({name: value, "without": 3})
        told = library.connection.execute(call, (narrowed,)).get
    assert 0 < len(found) < len(everything)
    assert found == by_python
    assert found == [row["sample_id"] for row in json.loads(told)]
    flag = f"--{name.replace('_', '-')}"
    rows = rows_of("similar", heard, "3", "-n", "50", flag, str(value))
    assert found == [row["sample_id"] for row in rows]


def places(rows: Iterable[Mapping[str, Any]]) -> list[tuple[float, ...]]:
    return [tuple(round(float(row[name]), 6) for name in PLACE) for row in rows]


@pytest.mark.parametrize("name", MOMENTS)
def test_moments_and_events_are_the_same_rows_everywhere(
    name: str, site: Site, heard: Path
) -> None:
    given = MOMENTS[name]
    query = sqlclap.Query().like(3).more("noise", 0.1)
    sent = {key: str(value).lower() for key, value in given.items()} | {"n": 40}
    asked: dict[str, dict[str, Any]] = {
        "similar": {"sample": 3}, "search": {"q": "noise"}, "find": {"query": query.as_json()},
    }  # fmt: skip
    answers = {way: site.anyone.json(f"api/{way}", **sent, **what) for way, what in asked.items()}
    over_http = {way: places(answer["matches"]) for way, answer in answers.items()}
    options = sqlclap.SearchOptions(**given)
    with sqlclap.open(heard, mode="read") as library:
        found = {
            "similar": library.similar(3, 40, options),
            "search": library.search("noise", 40, options),
            "find": library.find(query, 40, options),
        }
        assert over_http == {way: places(records(matches)) for way, matches in found.items()}
        sqlclap.register_functions(library.connection)
        call = "SELECT sample_id, start_s, end_s, score FROM clap_moments(?, 40, ?)"
        bare = {key: value for key, value in given.items() if key != "moments"}
        for way, vector, more in (
            ("similar", library.connection.execute("SELECT clap_vector(3)").get, {"without": 3}),
            ("search", "noise", {}),
        ):
            rows = library.connection.execute(call, (vector, json.dumps(bare | more))).fetchall()
            assert over_http[way] == places(dict(zip(PLACE, row, strict=True)) for row in rows)
    flags = [
        part
        for key, value in given.items()
        for part in (f"--{key.replace('_', '-')}", *([] if value is True else [str(value)]))
    ]
    assert over_http["similar"] == places(rows_of("similar", heard, "3", "-n", "40", *flags))
    assert over_http["search"] == places(rows_of("search", heard, "noise", "-n", "40", *flags))
    assert all(over_http.values())


def test_what_is_of_events_is_refused_without_them(site: Site) -> None:
    answer = site.anyone.get("api/search?q=tone&merge_gap=1")
    assert (answer.status_code, "ask for events" in answer.json()["error"]) == (400, True)
    answer = site.anyone.get("api/search?q=tone&moments=maybe")
    assert (answer.status_code, "true or false" in answer.json()["error"]) == (400, True)


@pytest.mark.parametrize("name", [one.name for one in FIELDS if "http" in one.not_on])
def test_http_refuses_what_it_does_not_take(name: str, site: Site) -> None:
    answer = site.anyone.get(f"api/search?q=tone&{name}=1")
    assert answer.status_code == 400
    assert f"unknown argument {name}: this takes q, n, " in answer.json()["error"]
