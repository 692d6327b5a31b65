"""Descriptors on the page: what the server says of them, columns of the map, ranges of a search."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from datasette.utils.sqlite import sqlite3

import sqlclap
from sqlclap.db.measured_columns import add_columns
from sqlclap.db.statements import write_transaction
from sqlclap.descriptor_columns import COLUMNS, NAMES, DescriptorColumn
from sqlclap.search.request import SearchOptions
from tests.page.test_points import unpack
from tests.page.visiting import Site, found_in

LOUD = DescriptorColumn(
    name="ebu__lufs", label="Loudness", unit="LUFS", about="By EBU R 128.", origin="ebu"
)


def add_foreign(library: Path) -> None:
    """Let a library have been measured by another package."""
    with sqlclap.open(library) as opened:
        with write_transaction(opened.connection):
            add_columns(opened.connection, [LOUD])
        opened.connection.execute("UPDATE samples SET ebu__lufs = -sample_id WHERE sample_id > 2")


def test_the_page_is_told_of_every_descriptor(site: Site, library: Path) -> None:
    add_foreign(library)
    page = site.anyone.get("map").text
    config = json.loads(found_in(r'id="config">(.*?)</script>', page))
    numbers = [column.name for column in COLUMNS if not column.choices]
    assert [one["name"] for one in config["measured"]] == [*numbers, "ebu__lufs"]
    assert config["measured"][0] == COLUMNS[0].shown()
    assert config["measured"][-1] == LOUD.shown()


def test_a_sample_has_all_that_was_measured(site: Site, library: Path) -> None:
    add_foreign(library)
    sample = site.anyone.json("sample/3")
    with sqlite3.connect(library) as connection:
        query = f"SELECT {', '.join(NAMES)} FROM samples WHERE sample_id = 3"  # noqa: S608
        stored = connection.execute(query).fetchone()
    connection.close()
    assert [sample[name] for name in NAMES] == pytest.approx(list(stored), abs=1e-6)
    assert sample["ebu__lufs"] == -3
    assert site.anyone.json("sample/1")["ebu__lufs"] is None


@pytest.mark.parametrize("name", ["rms_db", "pitch_hz", "ebu__lufs"])
def test_a_descriptor_is_a_column_of_the_map(site: Site, library: Path, name: str) -> None:
    add_foreign(library)
    header, columns = unpack(site.anyone.get(f"api/points/{name}").content)
    _, base = unpack(site.anyone.get("api/points").content)
    with sqlite3.connect(library) as connection:
        stored = dict(connection.execute(f"SELECT sample_id, {name} FROM samples"))  # noqa: S608
    connection.close()
    expected = [np.nan if stored[key] is None else stored[key] for key in base["id"].tolist()]
    np.testing.assert_allclose(columns[name], expected, rtol=1e-6)
    assert header["columns"][0]["type"] == "f4"


def test_other_columns_are_no_columns_of_the_map(site: Site) -> None:
    for name in ("content_hash", "bytes", "nothing", "rms_db)--"):
        refused = site.anyone.get(f"api/points/{name}")
        assert refused.status_code == 404
        assert "folder, length, tag, label, text, duration_s" in refused.text


def test_ranges_narrow_a_search(site: Site, library: Path) -> None:
    add_foreign(library)

    def found(**asked: object) -> set[str]:
        answer = site.anyone.json("api/search", q="tone", n=50, **asked)
        return {match["path"] for match in answer["matches"]}

    flat, everything = found(measured="flatness:0.1:"), found()
    assert {path.rpartition("-")[0] for path in flat} > {"noises/noise"}
    assert everything - flat == found(measured="flatness::0.1") != set()
    assert found(measured="rms_db:-120:,flatness:0.1:", folder="noises") == {
        path for path in flat if path.startswith("noises/")
    }
    ranges = "ebu__lufs::-5,rms_db:-120:0"
    foreign = site.anyone.json("api/similar", sample=1, n=50, measured=ranges)["matches"]
    options = SearchOptions(where="ebu__lufs <= -5 AND rms_db BETWEEN -120 AND 0")
    with sqlclap.open(library, mode="read") as opened:
        expected = [match.sample_id for match in opened.similar(1, 50, options)]
    assert [match["sample_id"] for match in foreign] == expected != []


@pytest.mark.parametrize(
    ("measured", "reason"),
    [
        ("key:1:2", "nothing measured is called 'key'"),
        ("bytes:1:2", "nothing measured is called 'bytes'"),
        ("rms_db) OR (1:1:2", "nothing measured is called 'rms_db) OR (1'"),
        ("rms_db", "expected ?measured=NAME:LEAST:MOST"),
        ("rms_db::", "expected ?measured=NAME:LEAST:MOST"),
        ("rms_db:1:2:3", "expected ?measured=NAME:LEAST:MOST"),
        ("rms_db:loud:", "expected a number as the least rms_db"),
        ("rms_db:nan:", "expected a number as the least rms_db"),
        ("rms_db:2:1", "no sound has rms_db from 2 to 1"),
        ("rms_db:1:,rms_db::2", "each descriptor once"),
        (",".join(["rms_db:1:"] * 21), "at most 20 ranges, got 21"),
    ],
)
def test_ranges_that_are_none_are_refused(site: Site, measured: str, reason: str) -> None:
    for path, asked in (("api/search", {"q": "tone"}), ("api/similar", {"sample": 1})):
        refused = site.anyone.get(path, params=asked | {"measured": measured})
        assert refused.status_code == 400
        assert reason in refused.json()["error"]
