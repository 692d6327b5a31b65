"""The API of recordings in the order of time, and who may see it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import sqlclap
from tests.page.visiting import Site, config_of


def listed(visited: Site, **asked: Any) -> list[tuple[str, int | None]]:
    told = visited.local.json("api/recordings", **asked)
    assert told["total"] >= len(told["recordings"])
    return [(one["started_at"], one["found"]) for one in told["recordings"]]


@pytest.fixture
def long_recording(library: Path) -> Path:
    """A recording of two hours from 5:00 on, as far as the tables say, tagged at 6:30."""
    with sqlclap.open(library) as opened:
        opened.labels.add("wren")
        opened.connection.execute(
            "UPDATE recording_times SET started_at = '2024-05-01T05:00:00' WHERE sample_id = 1"
        )
        opened.connection.execute("UPDATE samples SET duration_s = 7200 WHERE sample_id = 1")
        opened.labels.tag_by_hand("wren", [1, 7])
        opened.connection.execute(
            "UPDATE tags SET start_s = 5400.0, end_s = 5401.0 WHERE sample_id = 1"
        )
    return library


def test_recordings_that_reach_into_a_time(
    long_recording: Path, open_site: Callable[..., Site]
) -> None:
    site = open_site(long_recording)
    everything = listed(site)
    assert len(everything) == 12
    assert everything == sorted(everything)
    hour = {"from": "2024-05-01T06:00", "until": "2024-05-01T07:00"}
    assert listed(site, **hour) == [("2024-05-01T05:00:00", None)]
    assert listed(site, **hour, label="wren") == [("2024-05-01T05:00:00", 1)]
    before = {"from": "2024-05-01T05:00", "until": "2024-05-01T06:00"}
    assert ("2024-05-01T05:00:00", 0) in listed(site, **before, label="wren")
    assert listed(site, **{"from": "2024-05-01T07:00", "until": "2024-05-01T07:30"}) == []
    assert len(listed(site, label="wren", only_found=1)) == 2
    assert listed(site, label="wren", only_found=1, site="noises", n=1, offset=1) == []
    assert site.local.json("api/recordings", offset=99)["total"] == 12
    assert [one for one, _ in listed(site, sample=1)] == ["2024-05-01T05:00:00"]


@pytest.mark.parametrize(
    ("asked", "status", "says"),
    [
        ("from=2024-05-02&until=2024-05-01", 400, "no recording reaches into a time"),
        ("from=noon", 400, "expected a date"),
        ("n=0", 400, "expected n from 1"),
        ("label=none", 404, "no label 'none'"),
        ("where=1", 400, "unknown argument where"),
    ],
)
def test_what_it_can_not_answer_is_told(site: Site, asked: str, status: int, says: str) -> None:
    answer = site.local.get(f"api/recordings?{asked}")
    assert (answer.status_code, says in answer.json()["error"]) == (status, True)


@pytest.mark.parametrize("table", ["recording_times", "deployments"])
def test_who_may_not_see_times_gets_neither_list_nor_link(
    library: Path, open_site: Callable[..., Site], table: str
) -> None:
    site = open_site(library, hidden_table=table)
    for path in ("api/recordings", "recordings"):
        assert site.anyone.get(path).status_code == 403
        assert site.local.get(path).status_code == 200
    told = [config_of(one.get("map").text)["recordings"] for one in (site.anyone, site.local)]
    assert told == [False, True]
