"""Whoever is refused by `find` is given no SQL statement either, and the same reason."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from sqlclap import Query, SearchOptions
from sqlclap.errors import SqlclapError
from sqlclap.finding.plain_statement import plain_statement
from sqlclap.finding.statement import as_statement
from sqlclap.shards.statement import set_statement
from tests.cli.running import fail, rows_of, succeed
from tests.support.twin_libraries import Twins

REFUSED: dict[str, tuple[str, ...]] = {
    "a label that isn't there": ("noise", "--like-label", "none"),
    "a label without examples": ("noise", "--unlike-label", "empty"),
    "a sound that isn't there": ("noise", "--like", "none.wav"),
    "an id that isn't there": ("noise", "--like", "999999"),
    "words without letters": ("...",),
    "nothing wanted": ("--less", "noise"),
    "a folder that holds nothing": ("noise", "--folder", "nowhere"),
    "lengths that exclude each other": ("noise", "--min-length", "3", "--max-length", "1"),
    "a filter's label": ("noise", "--label", "none"),
    "a filter's collection": ("noise", "--collection", "none"),
    "a column that isn't there": ("noise", "--sort", "nothing"),
    "a condition that is no SQL": ("noise", "--where", "nothing > ("),
    "hours": ("noise", "--hours", "25-26"),
    "an aspect": ("noise", "--aspect", "nothing"),
    "an aspect without a sound": ("noise", "--aspect", "pitch"),
    "a number of results": ("noise", "-n", "0"),
    "a model of which there are no vectors": ("noise", "--model", "none"),
}
PATHS: dict[str, tuple[str, ...]] = {
    "to itself": ("--between", "site-1/00001.wav", "site-1/00001.wav"),
    "to nothing": ("--between", "site-1/00001.wav", "none.wav"),
    "too many steps": ("--between", "site-1/00001.wav", "site-2/00002.wav", "-n", "101"),
    "of moments": ("--between", "site-1/00001.wav", "site-2/00002.wav", "--moments"),
    "below nothing": ("--between", "site-1/00001.wav", "site-2/00002.wav", "--folder", "nowhere"),
}


@pytest.fixture(scope="module")
def twins(tmp_path_factory: pytest.TempPathFactory, fake_bundle: Path) -> Iterator[Twins]:
    """A library and a set of the same sounds, with a label that has no examples."""
    made = Twins(tmp_path_factory.mktemp("refused"), fake_bundle)
    made.add(12)
    for side in (made.library, made.set):
        side.labels.add("empty")
    yield made
    made.close()


@pytest.mark.parametrize("what", REFUSED)
@pytest.mark.parametrize("flag", ["--sql", "--plain-sql"])
def test_a_query(what: str, flag: str, twins: Twins) -> None:
    asked = ("find", twins.folder / "one.db", *REFUSED[what])
    assert fail(*asked, flag) == fail(*asked)


@pytest.mark.parametrize("what", PATHS)
def test_a_path(what: str, twins: Twins) -> None:
    asked = ("find", twins.folder / "one.db", *PATHS[what])
    assert fail(*asked, "--sql") == fail(*asked)


def test_a_set_is_asked_by_its_own_sql(twins: Twins) -> None:
    """By `sqlclap query`, which gives the rows of `find`; it has no other kinds of SQL."""
    path, bundle = twins.folder / "set.toml", str(twins.bundle)
    for asked in (("rain", "--less", "wind", "-n", "4"), ("--like", "site-1/00001.wav", "-n", "3")):
        found = rows_of("find", path, *asked, "--model", bundle)
        sql = succeed("find", path, *asked, "--sql", "--model", bundle)
        rows = rows_of("query", path, sql.strip(), "--model", bundle)
        assert [row["sample_id"] for row in rows] == [one["sample_id"] for one in found]
        assert rows
    for wrong in (("noise", "--like-label", "none"), ("noise", "--folder", "nowhere")):
        refused = ("find", path, *wrong, "--model", bundle)
        assert fail(*refused, "--sql") == fail(*refused)
    between = ("--between", "site-1/00001.wav", "site-2/00002.wav", "--sql")
    for kind in (("rain", "--plain-sql"), between):
        assert "is a set, whose SQL is that of `sqlclap query`" in fail("find", path, *kind)


WRONG: dict[str, tuple[Query, SearchOptions]] = {
    "a label": (Query().more("noise").like_label("none"), SearchOptions()),
    "no examples": (Query().more("noise").like_label("empty"), SearchOptions()),
    "a folder": (Query().more("noise"), SearchOptions(folder="nowhere")),
    "a column": (Query().more("noise"), SearchOptions(sort="nothing")),
    "lengths": (Query().more("noise"), SearchOptions(min_length=3, max_length=1)),
    "a filter's label": (Query().more("noise"), SearchOptions(label="none")),
}


@pytest.mark.parametrize("what", WRONG)
def test_from_python_of_a_library_and_of_a_set(what: str, twins: Twins) -> None:
    query, options = WRONG[what]
    for side, ways in (
        (twins.library, (as_statement, plain_statement)),
        (twins.set, (set_statement,)),
    ):
        with pytest.raises(SqlclapError) as asked:
            side.find(query, 5, options)
        for way in ways:
            with pytest.raises(type(asked.value)) as told:
                way(side.session, query, 5, options)  # type: ignore[arg-type]
            assert str(told.value) == str(asked.value)
