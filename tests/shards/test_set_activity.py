"""When a set's recordings were made is what one library of the same recordings tells."""

from __future__ import annotations

from pathlib import Path

import pytest

import sqlclap
from sqlclap.errors import PartialAnswerError
from sqlclap.labels.activity import ActivityRequest
from sqlclap.search.request import Filter
from sqlclap.shards import SetOptions, open_set
from tests.cli.running import fail, rows_of, run
from tests.support.heard_twins import HeardTwins

ASKED: tuple[tuple[str, ...], ...] = (
    (),
    ("--by", "hour"),
    ("hum",),
    ("hum", "--by", "date", "--csv"),
    ("hum", "--matches", "low", "--by", "month", "--nl"),
    ("hiss", "--matches", "high", "--by", "hour"),
    ("hum", "--site", "site1", "--by", "date"),
    ("--recorded-after", "2024-05-02", "--json"),
    ("--folder", "site2", "--by", "month", "--json"),
)


@pytest.mark.parametrize("asked", ASKED, ids=" ".join)
def test_the_same_is_printed(heard_twins: HeardTwins, asked: tuple[str, ...]) -> None:
    told = [run("activity", library, *asked) for library in (heard_twins.one, heard_twins.set)]
    assert [one.exit_code for one in told] == [0, 0], told[1].output
    assert told[1].stdout == told[0].stdout
    assert told[1].stderr == told[0].stderr
    assert told[1].stdout.strip()


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        (("none",), "no label 'none'"),
        (("--site", "nowhere"), "no site 'nowhere'"),
        (("--folder", "nowhere"), "nowhere"),
    ],
)
def test_what_can_not_be_counted_is_told(
    heard_twins: HeardTwins, asked: tuple[str, ...], says: str
) -> None:
    told = [fail("activity", library, *asked) for library in (heard_twins.one, heard_twins.set)]
    assert all(says in one for one in told)


def test_python_has_the_same_rows(heard_twins: HeardTwins) -> None:
    request = ActivityRequest("hum", by="hour", only=Filter(folder="site1"))
    with sqlclap.open(heard_twins.one) as one, sqlclap.open(heard_twins.set) as of_set:
        for asked in (request, None):
            wanted, found = one.activity(asked), of_set.activity(asked)
            assert [*found] == [*wanted]
            assert found.timeless == wanted.timeless


def test_a_missing_shard_is_named(heard_twins: HeardTwins, tmp_path: Path) -> None:
    counted = sum(row["recordings"] for row in rows_of("activity", heard_twins.set))
    with open_set(heard_twins.set) as opened:
        opened.shards[1].path.rename(tmp_path / "away")
    result = run("activity", heard_twins.set)
    assert result.exit_code == 0
    assert "2 of 3 shards answered" in result.stderr
    assert sum(row["recordings"] for row in rows_of("activity", heard_twins.set)) < counted
    assert "shard 2" in fail("activity", heard_twins.set, "--require-all")
    with (
        open_set(heard_twins.set, SetOptions(require_all=True)) as opened,
        pytest.raises(PartialAnswerError, match="shard 2"),
    ):
        opened.activity()
