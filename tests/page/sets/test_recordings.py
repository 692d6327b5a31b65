"""A set's recordings and activity are those of one library of the same sounds."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import sqlclap
from sqlclap.shards import recordings
from tests.page.sets.visiting import SetSite, Twin

ACTIVITY: list[dict[str, Any]] = [
    {},
    {"by": "hour"},
    {"by": "month", "label": "hum"},
    {"by": "date", "label": "hum"},
    {"label": "hum", "confidence": "low"},
    {"by": "hour", "label": "hum", "confidence": "high"},
    {"label": "hum", "site": "noises", "recorded_after": "2024-05-01T08:00"},
    {"folder": "tones", "by": "date"},
]

LISTS: list[dict[str, Any]] = [
    {},
    {"n": 5},
    {"n": 3, "offset": 4},
    {"n": 5, "offset": 99},
    {"from": "2024-05-01T06:00", "until": "2024-05-02T07:00"},
    {"label": "hum", "only_found": 1},
    {"label": "hum", "confidence": "low"},
    {"label": "hum", "confidence": "high", "only_found": 1, "n": 2, "offset": 1},
    {"site": "tones"},
    {"sample": 3},
    {"sample": 7, "label": "hum"},
    {"sample": 7, "site": "tones"},
]


@pytest.fixture
def labelled(twin: Twin) -> Twin:
    twin.posted("api/anchors", {"label": "hum", "sample_ids": [7, 8], "create": True})
    twin.posted("api/anchors", {"label": "hiss", "sample_ids": [1], "create": True})
    twin.posted("api/votes", {"label": "hum", "sample_ids": [9], "verdict": "reject"})
    twin.posted("api/tags/by-hand", {"label": "hum", "sample_ids": [2, 9, 12]})
    return twin


def test_activity_is_the_same(labelled: Twin) -> None:
    for asked in ACTIVITY:
        wanted, found = labelled.both("api/activity", **asked)
        assert found["columns"] == wanted["columns"]
        assert len(found["rows"]) == len(wanted["rows"]), asked
        for one, other in zip(found["rows"], wanted["rows"], strict=True):
            assert one == pytest.approx(other), asked
        for name in ("label", "by", "timeless", "sites"):
            assert found[name] == wanted[name]
    assert wanted["rows"]
    assert wanted["sites"] == ["noises", "tones"]


@pytest.mark.parametrize("at_once", [recordings.MOST_AT_ONCE, 2])
def test_recordings_are_the_same(
    labelled: Twin, at_once: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recordings, "MOST_AT_ONCE", at_once)
    for asked in LISTS:
        wanted, found = labelled.both("api/recordings", **asked)
        assert found == wanted, asked


@pytest.mark.parametrize(
    ("asked", "status", "says"),
    [
        ("api/activity?by=week", 400, "expected a period"),
        ("api/activity?site=x", 400, "no site 'x': there are"),
        ("api/activity?label=none", 404, "no label 'none'"),
        ("api/recordings?folder=nowhere", 400, "nowhere"),
        ("api/recordings?from=2024-05-02&until=2024-05-01", 400, "no recording reaches"),
    ],
)
def test_what_can_not_be_answered_is_told(
    labelled: Twin, asked: str, status: int, says: str
) -> None:
    answer = labelled.of_set.local.get(asked)
    assert (answer.status_code, answer.json()["ok"]) == (status, False)
    assert says in answer.json()["error"]


def test_a_site_of_some_shards_alone_is_found(
    set_folder: Path, open_set_site: Callable[..., SetSite]
) -> None:
    files = sorted(set_folder.glob("sounds-000?.db"))
    sites: dict[str, list[Path]] = {}
    for file in files:
        with sqlclap.open(file) as library:
            for one in library.deployments.list():
                sites.setdefault(one.name, []).append(file)
    site, held = next((site, held) for site, held in sites.items() if len(held) > 1)
    with sqlclap.open(held[0]) as library:
        library.deployments.remove(site)
    visitor = open_set_site(set_folder / "sounds.toml").anyone
    told = visitor.json("api/recordings", site=site)
    assert 0 < told["total"] < 12
    found = visitor.json("api/search", q="tone", site=site, n=12)["matches"]
    assert {one["sample_id"] for one in found} == {one["sample_id"] for one in told["recordings"]}


def test_a_missing_shard_is_named(set_folder: Path, open_set_site: Callable[..., SetSite]) -> None:
    site = open_set_site(set_folder / "sounds.toml")
    (set_folder / "sounds-0002.db").rename(set_folder / "away.db")
    for path in ("api/activity", "api/recordings"):
        told = site.anyone.json(path)
        assert [one["shard"] for one in told["missing"]] == [2]
    assert 0 < told["total"] < 12
    for number in (1, 3):
        (set_folder / f"sounds-000{number}.db").rename(set_folder / f"away-{number}.db")
    assert site.anyone.get("api/recordings").status_code == 503
