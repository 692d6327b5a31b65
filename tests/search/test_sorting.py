"""Answers in the order of a column: stable, and joined pages are the one long list."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path

import pytest

import sqlclap
from sqlclap import Query, SearchOptions
from sqlclap.errors import QueryError
from tests.cli.running import fail, rows_of, run, succeed
from tests.support.sounds import tone, write_sound

SORTS = ("duration_s", "duration_s:desc", "pitch_hz", "path:desc", "format", "score", "score:asc",
         "sample_id:desc", "note")  # fmt: skip


@pytest.fixture
def library(filled: sqlclap.Library, sounds: Path) -> sqlclap.Library:
    """A library of sixteen sounds, some of the same length and some without a pitch."""
    for number in range(10):
        write_sound(sounds / "more" / f"tone-{number}.wav", tone(90 + 41 * number, 1 + number % 3))
    filled.ingest([sounds])
    return filled


@pytest.mark.parametrize("sort", SORTS)
def test_pages_join_up_in_every_order(library: sqlclap.Library, sort: str) -> None:
    column, _, end = sort.partition(":")
    falls = end == "desc" or sort == "score"
    rows = library.connection.execute("SELECT * FROM samples").fetchall()
    names = [one[0] for one in library.connection.execute("SELECT * FROM samples").description]
    table = {row[names.index("sample_id")]: dict(zip(names, row, strict=True)) for row in rows}
    for ask in (
        library.search,
        lambda text, n, how: library.find(Query().more(text).less("a"), n, how),
    ):
        whole = ask("kick", 100, SearchOptions(sort=sort))
        pages = [
            one
            for offset in range(0, 16, 3)
            for one in ask("kick", 3, SearchOptions(sort=sort, offset=offset))
        ]
        assert [one.sample_id for one in pages] == [one.sample_id for one in whole]
        assert [one.rank for one in pages] == list(range(1, 17))
        values = [one.score if column == "score" else table[one.sample_id][column] for one in whole]
        known = [value for value in values if value is not None]
        assert values == known + [None] * (len(values) - len(known))
        assert known == sorted(known, reverse=falls)
        placed = list(zip(values, (one.sample_id for one in whole), strict=True))
        assert all(a[1] < b[1] for a, b in pairwise(placed) if a[0] == b[0])


def test_the_least_score_and_filters_hold(library: sqlclap.Library) -> None:
    best = library.search("kick", 5)
    options = SearchOptions(sort="path", min_score=best[4].score - 1e-9)
    found = library.search("kick", 100, options)
    assert [one.path for one in found] == sorted(one.path for one in best)
    near = library.similar(3, 100, SearchOptions(sort="path", folder="more"))
    assert [one.path for one in near] == sorted(one.path for one in near)
    assert len(near) == 10


def test_the_same_rows_on_the_command_line_and_in_sql(library: sqlclap.Library) -> None:
    options = SearchOptions(sort="duration_s:desc", offset=2)
    found = [one.sample_id for one in library.search("kick", 5, options)]
    model = str(library.encoder.bundle.folder)
    flags = ("--sort", "duration_s:desc", "--offset", "2", "-n", "5", "--model", model)
    assert [row["sample_id"] for row in rows_of("search", library.path, "kick", *flags)] == found
    sqlclap.register_functions(library.connection, model=model)
    asked = json.dumps({"sort": "duration_s:desc", "offset": 2})
    for call in (
        "SELECT sample_id FROM clap_search('kick', 5, ?)",
        "SELECT value ->> 'sample_id' FROM json_each(clap_neighbors(clap_text('kick'), 5, ?))",
    ):
        assert [row[0] for row in library.connection.execute(call, (asked,))] == found


def test_what_can_not_be_sorted_is_refused(library: sqlclap.Library) -> None:
    for sort in ("no_such", "path; DROP TABLE samples", "path:up", "", "Path"):
        with pytest.raises(QueryError, match="sort"):
            library.search("kick", 5, SearchOptions(sort=sort))
    with pytest.raises(QueryError, match="moments and events come best first"):
        library.search("kick", 5, SearchOptions(sort="path", moments=True))


def test_fields_are_chosen(library: sqlclap.Library) -> None:
    model = str(library.encoder.bundle.folder)
    asked = ("search", library.path, "kick", "-n", "2", "--model", model)
    rows = json.loads(run(*asked, "--json", "--fields", "path,rank").stdout)
    assert [list(row) for row in rows] == [["path", "rank"]] * 2
    csv = succeed(*asked, "--csv", "--fields", "rank, path").splitlines()
    assert csv == ["rank,path", *(f"{row['rank']},{row['path']}" for row in rows)]
    table = succeed(*asked, "--fields", "path")
    assert table.splitlines()[0].strip() == "path"
    assert "expected some of rank, score, " in fail(*asked, "--fields", "path,nonsense")
    sources = json.loads(run("sources", "list", library.path, "--json", "--fields", "root").stdout)
    assert [list(row) for row in sources] == [["root"]]
