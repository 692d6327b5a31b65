"""Words for measures give the same rows in Python, on the command line, in SQL and over HTTP."""

from __future__ import annotations

import json
from pathlib import Path

import sqlclap
from tests.cli.running import rows_of
from tests.page.visiting import Site

TEXT = "deep tone, not a hiss, under 1.5 s"


def test_the_same_rows_everywhere(site: Site, heard: Path) -> None:
    answer = site.anyone.json("api/search", q=TEXT, n=5, measures="true")
    found = [match["sample_id"] for match in answer["matches"]]
    assert [one["words"] for one in answer["understood"]] == ["deep", "not a hiss", "under 1.5 s"]
    options = sqlclap.SearchOptions(measures=True)
    with sqlclap.open(heard, mode="read") as library:
        matches = library.search(TEXT, 5, options)
        composed = library.find(TEXT, 5, options)
        sqlclap.register_functions(library.connection)
        asked = (TEXT, json.dumps({"measures": True}))
        call = "SELECT sample_id, score FROM clap_search(?, 5, ?)"
        rows = library.connection.execute(call, asked).fetchall()
        plain = [one.sample_id for one in library.search(TEXT, 5)]
    assert rows == [(one.sample_id, one.score) for one in matches]
    assert found == [one.sample_id for one in matches] == [one.sample_id for one in composed]
    told = rows_of("search", heard, TEXT, "-n", "5", "--measures")
    assert [row["sample_id"] for row in told] == found
    off = site.anyone.json("api/search", q=TEXT, n=5, measures="false")
    assert [match["sample_id"] for match in off["matches"]] == plain
    assert off["understood"] == []
