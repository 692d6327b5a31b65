"""What a set's page gives out is what the page of one library of the same sounds does."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.page.sets.visiting import SetSite, Twin

IDS = [5, 1, 12, 3]


def exported(twin: Twin, body: dict[str, Any]) -> tuple[bytes, bytes]:
    """Return what both give out; the library's bytes, then the set's."""
    mapped = dict(body)
    if "sample_ids" in body:
        mapped["sample_ids"] = [twin.ids[one] for one in body["sample_ids"]]
    if "spans" in body:
        mapped["spans"] = [one | {"sample_id": twin.ids[one["sample_id"]]} for one in body["spans"]]
    found = twin.library.local.post("api/export", body)
    other = twin.of_set.local.post("api/export", mapped)
    assert (found.status_code, other.status_code) == (200, 200), other.text
    for name in ("content-type", "content-disposition"):
        assert other.headers[name] == found.headers[name]
    return found.content, other.content


def rows_of(text: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text.decode())))


@pytest.mark.parametrize("chosen", ["paths", "m3u8"])
def test_lists_of_sounds_are_the_same(twin: Twin, chosen: str) -> None:
    wanted, found = exported(twin, {"format": chosen, "sample_ids": IDS})
    assert found == wanted
    assert b"sounds-" in found


def test_tables_are_the_same_with_the_sets_ids(twin: Twin) -> None:
    wanted, found = exported(twin, {"format": "csv", "sample_ids": IDS})
    told = rows_of(wanted)
    for row in told:
        row["sample_id"] = str(twin.ids[int(row["sample_id"])])
    assert rows_of(found) == told
    assert len(told) == len(IDS)


def test_others_are_not_told_where_files_lie(twin: Twin) -> None:
    ids = ",".join(str(twin.ids[one]) for one in IDS)
    get = twin.of_set.anyone.get
    assert "file" not in rows_of(get(f"api/export?format=csv&sample_ids={ids}").content)[0]
    assert get(f"api/export?format=paths&sample_ids={ids}").status_code == 403
    assert f"/sample/{twin.ids[5]}/audio" in get(f"api/export?format=m3u8&sample_ids={ids}").text
    assert get("api/export?format=csv&sample_ids=7").status_code == 404


def test_archives_hold_the_same_files(twin: Twin) -> None:
    wanted, found = exported(twin, {"format": "zip", "sample_ids": IDS})
    archives = [zipfile.ZipFile(io.BytesIO(one)) for one in (wanted, found)]
    told = [{one: archive.read(one) for one in archive.namelist()} for archive in archives]
    assert told[0] == told[1]
    assert len(told[0]) == len(IDS)


SPANS = [
    {"sample_id": 5, "start_s": 0.1, "end_s": 0.3, "score": 0.5},
    {"sample_id": 2, "start_s": 0.0, "end_s": 0.2, "score": 0.25},
]


@pytest.mark.parametrize("chosen", ["m3u8", "csv", "raven", "kaleidoscope", "birdnet"])
def test_spans_are_the_same(twin: Twin, chosen: str) -> None:
    wanted, found = exported(twin, {"format": chosen, "spans": SPANS, "label": "hum"})
    assert found == wanted


def test_clips_are_the_same(twin: Twin) -> None:
    wanted, found = exported(twin, {"format": "clips", "spans": SPANS, "label": "hum"})
    archives = [zipfile.ZipFile(io.BytesIO(one)) for one in (wanted, found)]
    tables = [rows_of(one.read("clips.csv")) for one in archives]
    for row in tables[0]:
        number = int(row["sample_id"])
        row["clip"] = row["clip"].replace(f"_{number}_", f"_{twin.ids[number]}_")
        row["sample_id"] = str(twin.ids[number])
    assert len(tables[1]) == len(SPANS)
    assert [one["recording"] for one in tables[1]] == [one["recording"] for one in tables[0]]
    for one, other in zip(tables[0], tables[1], strict=True):
        assert other["sample_id"] == one["sample_id"]
        assert archives[1].read(other["clip"])[:4] == b"RIFF"


ASKED: tuple[dict[str, Any], ...] = (
    {},
    {"format": "raven"},
    {"format": "birdnet", "all_verdicts": "true"},
    {"label": "hiss", "all_verdicts": "true"},
    {"from": "anchors", "all_verdicts": "true"},
    {"from": "tags"},
    {"sample": 3},
    {"sample": 5},
    {"format": "audacity", "sample": 4},
)


def test_annotations_are_the_same(twin: Twin) -> None:
    said: tuple[tuple[str, dict[str, Any]], ...] = (
        ("api/anchors", {"label": "hum", "sample_ids": [3, 4], "create": True}),
        ("api/anchors", {"label": "hiss", "sample_ids": [7], "create": True}),
        ("api/votes", {"label": "hum", "sample_ids": [9], "verdict": "accept"}),
        ("api/votes", {"label": "hiss", "sample_ids": [2], "verdict": "reject"}),
        (
            "api/votes",
            {"label": "hum", "sample_ids": [4], "verdict": "accept", "start_s": 0.1, "end_s": 0.3},
        ),
        ("api/tags/by-hand", {"label": "hum", "sample_ids": [1]}),
    )
    for path, body in said:
        twin.posted(path, body)
    for asked in ASKED:
        one = twin.library.local.get("api/annotations", params=asked)
        mapped = asked | (
            {"sample": twin.ids[int(str(asked["sample"]))]} if "sample" in asked else {}
        )
        of_set = twin.of_set.local.get("api/annotations", params=mapped)
        assert (of_set.status_code, of_set.text) == (one.status_code, one.text), asked
    assert twin.of_set.local.get("api/annotations?sample=7").status_code == 404


def test_a_missing_shard_is_said(set_folder: Path, open_set_site: Callable[..., SetSite]) -> None:
    site = open_set_site(set_folder / "sounds.toml")
    ids = [one["sample_id"] for one in site.anyone.json("api/search", q="tone", n=20)["matches"]]
    (set_folder / "sounds-0002.db").rename(set_folder / "away.db")
    answer = site.anyone.post("api/export", {"format": "csv", "sample_ids": ids})
    assert answer.status_code == 503
    assert "shard 2" in answer.json()["error"]
    assert str(set_folder) not in answer.text
