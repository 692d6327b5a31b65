"""Each search field narrows alike in Python, on the command line, in SQL and over HTTP."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import sqlclap
from sqlclap.search.fields import FIELDS, fields_of
from tests.cli.running import rows_of
from tests.page.visiting import Site

ELSEWHERE = {"label", "measures", "sort"}  # test_searching.py (it takes writing), test_measures.py
CASES: dict[str, Any] = {
    "folder": "noises",
    "min_length": 1,
    "max_length": 1.5,
    "min_pitch": 150,
    "max_pitch": 330.5,
    "format": "flac",
    "recorded_after": "2024-05-02",
    "recorded_before": "2024-05-01T12:30",
    "hours": "20-6",
    "site": "noises",
    "deployment": "Tones",
    "offset": 3,
    "min_score": 0.5,
}


def test_every_field_has_a_case() -> None:
    assert {one.name for one in fields_of("http")} == set(CASES) | ELSEWHERE


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


@pytest.mark.parametrize("name", [one.name for one in FIELDS if "http" in one.not_on])
def test_http_refuses_what_it_does_not_take(name: str, site: Site) -> None:
    answer = site.anyone.get(f"api/search?q=tone&{name}=1")
    assert answer.status_code == 400
    assert f"unknown argument {name}: this takes q, n, " in answer.json()["error"]
