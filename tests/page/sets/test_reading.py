"""A set's page answers as the page of one library of the same sounds does."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import apsw
import numpy as np
import pytest

import sqlclap
from sqlclap.labels.tagging import TagRequest
from sqlclap.labels.votes import CastVote
from sqlclap.progress import NullProgress
from sqlclap.running_work import ToldProgress
from sqlclap.shards import open_set
from sqlclap.shards.tables import SetTables
from tests.page.sets.visiting import SetSite, Twin
from tests.page.test_points import unpack
from tests.page.visiting import Site
from tests.support.sounds import tone, write_sound

HOW = ("plan", "ms", "seconds")


def alike(found: dict[str, Any], wanted: dict[str, Any]) -> None:
    """Assert that two answers are the same, but for how they were found."""
    assert found.keys() == wanted.keys()
    for name in wanted.keys() - {*HOW}:
        if name == "matches":
            assert [one["sample_id"] for one in found[name]] == [
                one["sample_id"] for one in wanted[name]
            ]
            for one, other in zip(found[name], wanted[name], strict=True):
                assert one.pop("score") == pytest.approx(other.pop("score"), abs=1e-5)
        if name == "terms":
            for one, other in zip(found[name], wanted[name], strict=True):
                assert one == pytest.approx(other, abs=1e-5)
        else:
            assert found[name] == wanted[name]


SEARCHES: list[tuple[str, dict[str, Any]]] = [
    ("api/search", {"q": "white noise", "n": 7}),
    ("api/search", {"q": "tone", "n": 5, "offset": 3, "folder": "tones"}),
    ("api/search", {"q": "tone", "moments": 1}),
    ("api/search", {"q": "tone", "measured": "rms_db:-60:0", "sort": "rms_db:desc"}),
    ("api/search", {"q": "tone", "text": "glass"}),
    ("api/similar", {"sample": 3, "n": 6}),
    ("api/similar", {"sample": 3, "start_s": 0.1, "end_s": 0.4}),
    ("api/similar", {"sample": 3, "n": 6, "transpose": "-12,12"}),
    ("api/find", {"query": '[{"words": "noise"}, {"words": "tone", "weight": -0.5}]'}),
    ("api/find", {"query": '[{"sound": "tones/tone-1.wav"}, {"words": "noise"}]'}),
    ("api/find", {"query": '[{"sound": "tones/tone-1.wav@0.1-0.3"}]'}),
    ("api/between", {"query": '[{"sound": "tones/tone-0.wav"}, {"sound": "noises/long.flac"}]'}),
    ("api/folders", {}),
    ("api/folders", {"below": "tones"}),
    ("api/facets", {"facet": "folder,format,kind,channels,sample_rate,rating"}),
    ("api/facets", {"facet": "folder,format", "folder": "noises", "n": 1}),
    ("api/labels", {}),
    ("api/favourites", {}),
    ("api/collections", {}),
    ("api/history", {}),
]


@pytest.mark.parametrize(("path", "params"), SEARCHES, ids=str)
def test_answers_are_those_of_one_library(twin: Twin, path: str, params: dict[str, Any]) -> None:
    wanted, found = twin.both(path, **params)
    alike(found, wanted)


def test_uploads_find_the_same(twin: Twin, tmp_path: Path) -> None:
    sound = write_sound(tmp_path / "other.flac", tone(150)).read_bytes()
    for path in ("api/similar-to?n=4", 'api/find?query=[{"upload":true},{"words":"noise"}]'):
        wanted = twin.as_set(twin.library.local.upload(path, sound).json())
        alike(twin.of_set.local.upload(path, sound).json(), wanted)


def test_lists_are_the_same(twin: Twin) -> None:
    ids = [5, 1, 12, 3, 3]
    lists: list[dict[str, Any]] = [
        {"sample_ids": ids},
        {"sample_ids": ids, "columns": ["rms_db", "path", "format"]},
    ]
    for body in lists:
        wanted, found = twin.posted("api/samples", body)
        assert found == wanted
    for sort in ("path", "path:desc", "rms_db", "spectral_centroid_hz:desc"):
        for body in ({"sort": sort}, {"sort": sort, "sample_ids": [3, 9, 4, 2]}):
            wanted, found = twin.posted("api/samples/order", body)
            assert found == wanted, body
    wanted, found = twin.posted("api/kept", {"sample_ids": [2, 7]})
    assert found == wanted
    unknown = twin.of_set.local.post("api/samples/order", {"sort": "no_column"})
    assert unknown.status_code == 400


def test_points_and_their_columns_are_the_same(twin: Twin) -> None:
    one, of_set = twin.library.local, twin.of_set.local
    wanted, columns = unpack(one.get("api/points").content)
    found, others = unpack(of_set.get("api/points").content)
    ids = np.array([twin.ids[number] for number in columns["id"].tolist()])
    order = np.argsort(ids)
    assert others["id"].tolist() == ids[order].tolist()
    for name in ("x", "y", "cluster"):
        assert others[name].tolist() == columns[name][order].tolist()
    assert found["bounds"] == pytest.approx(wanted["bounds"])
    assert found["clusters"] == wanted["clusters"]
    asked = (
        *("length", "tag", "rms_db", "spectral_centroid_hz", "folder", "text?text=glass"),
        *("kept?folder=tones", "kept?format=flac&min_length=1"),
    )
    for path in asked:
        head, column = unpack(one.get(f"api/points/{path}").content)
        other, same = unpack(of_set.get(f"api/points/{path}").content)
        name = path.partition("?")[0]
        np.testing.assert_array_equal(same[name], column[name][order])
        assert other["version"] == found["version"]
        assert other.get("names") == head.get("names")
    assert of_set.get("api/points/kept?folder=nowhere").status_code == 400
    assert of_set.get("api/points/nothing").status_code == 404


def test_sounds_are_told_and_heard(twin: Twin) -> None:
    for number in (1, 4, 12):
        here, there = f"sample/{number}", f"sample/{twin.ids[number]}"
        one, of_set = twin.library.local, twin.of_set.local
        assert of_set.json(there) == twin.as_set(one.json(here))
        for path in ("audio", "peaks", "audio?start=0.1&end=0.2", "spectrogram/tile?level=0"):
            assert of_set.get(f"{there}/{path}").content == one.get(f"{here}/{path}").content
        assert of_set.json(f"{there}/spectrogram") == twin.as_set(one.json(f"{here}/spectrogram"))
        events = of_set.json(f"{there}/events", q="tone")
        alike(events, twin.as_set(one.json(f"{here}/events", q="tone")))
        assert {one["sample_id"] for one in events["found"]} == {twin.ids[number]}
    ranged = of_set.get(f"{there}/audio", headers={"range": "bytes=10-19"})
    assert (ranged.status_code, len(ranged.content)) == (206, 10)
    assert of_set.get("sample/999").status_code == 404


def test_files_of_the_server_are_not_asked_for(twin: Twin, tmp_path: Path) -> None:
    secret = write_sound(tmp_path / "secret.wav", tone(150))
    for named in (str(secret), f"{secret}@0-0.2"):
        query = json.dumps([{"sound": named}])
        for path in ("api/find", "api/between"):
            terms = query if path == "api/find" else json.dumps([{"sound": named}] * 2)
            answer = twin.of_set.local.get(path, params={"query": terms})
            assert answer.status_code == 404
            assert str(tmp_path) not in answer.json()["error"].replace(named, "")


def test_what_is_missing_is_said_and_comes_back(
    set_folder: Path, open_set_site: Callable[..., SetSite]
) -> None:
    site = open_set_site(set_folder / "sounds.toml")
    whole = site.anyone.json("api/search", q="tone", n=20)
    version = unpack(site.anyone.get("api/points").content)[0]["version"]
    assert "missing" not in whole
    away = set_folder / "sounds-0002.db"
    away.rename(set_folder / "away.db")
    part = site.anyone.json("api/search", q="tone", n=20)
    assert [one["shard"] for one in part["missing"]] == [2]
    assert str(set_folder) not in part["missing"][0]["reason"]
    assert 0 < len(part["matches"]) < 12
    for path in ("api/folders", "api/facets?facet=format"):
        assert [one["shard"] for one in site.anyone.get(path).json()["missing"]] == [2]
    head, columns = unpack(site.anyone.get("api/points").content)
    assert [one["shard"] for one in head["missing"]] == [2]
    assert len(columns["id"]) == len(part["matches"])
    assert head["version"] != version
    (set_folder / "away.db").rename(away)
    assert site.anyone.json("api/search", q="tone", n=20)["matches"] == whole["matches"]
    assert unpack(site.anyone.get("api/points").content)[0]["version"] == version
    for number in (1, 2, 3):
        (set_folder / f"sounds-000{number}.db").rename(set_folder / f"away-{number}.db")
    answer = site.anyone.get("api/search", params={"q": "tone"})
    assert answer.status_code == 503
    assert str(set_folder) not in answer.text


@pytest.fixture
def lacking(set_folder: Path) -> Path:
    """The set, of which shard 2 was away while sounds were tagged."""
    with open_set(set_folder / "sounds.toml") as opened:
        ids = [one.sample_id for one in opened.search("tone", 4)]
        opened.labels.add("hum", threshold=0.0)
        opened.labels.add_anchors("hum", ids[:2])
        opened.labels.add("untagged")
        opened.labels.add_anchors("untagged", ids[2:])
        (set_folder / "sounds-0002.db").rename(set_folder / "away.db")
        request = TagRequest(labels=("hum",), confidence="low", force=True)
        assert [one.shard for one in opened.labels.tag(request).not_written] == [2]
    (set_folder / "away.db").rename(set_folder / "sounds-0002.db")
    return set_folder


def test_colours_by_label_say_which_shards_lack_tags(
    lacking: Path, open_set_site: Callable[..., SetSite]
) -> None:
    visitor = open_set_site(lacking / "sounds.toml").anyone
    for column in ("tag", "label?label=hum", "kept?label=hum&folder=tones"):
        head, _ = unpack(visitor.get(f"api/points/{column}").content)
        assert [one["shard"] for one in head["missing"]] == [2], column
        assert "it has no tags of run" in head["missing"][0]["reason"]
    for column in ("folder", "length", "kept?folder=tones", "label?label=untagged"):
        head, _ = unpack(visitor.get(f"api/points/{column}").content)
        assert "missing" not in head, column
    for path in ("api/labels", "api/tags", "api/tags?label=hum", "api/search?q=tone&label=hum"):
        assert [one["shard"] for one in visitor.get(path).json()["missing"]] == [2], path
    for path in ("api/tags?label=untagged", "api/anchors?label=hum", "api/votes?label=hum"):
        assert "missing" not in visitor.get(path).json(), path
    with open_set(lacking / "sounds.toml") as opened:
        opened.labels.resume_tags()
    assert "missing" not in visitor.json("api/labels")
    assert "missing" not in unpack(visitor.get("api/points/tag").content)[0]


def test_what_is_said_of_sounds_that_are_away_and_what_is_not_tagged_there(
    set_folder: Path, open_set_site: Callable[..., SetSite]
) -> None:
    with open_set(set_folder / "sounds.toml") as opened:
        found = opened.search("tone", 12)
        (gone,) = [one.sample_id for one in found if one.sample_id >> 40 == 2][:1]
        here = [one.sample_id for one in found if one.sample_id >> 40 != 2][:2]
        opened.labels.add("hum", threshold=0.0)
        opened.labels.add_anchors("hum", [gone, *here])
        opened.labels.vote("hum", [gone], CastVote("accept"))
    visitor = open_set_site(set_folder / "sounds.toml").local
    (set_folder / "sounds-0002.db").rename(set_folder / "away.db")
    for path in ("api/anchors?label=hum", "api/votes?label=hum"):
        assert [one["shard"] for one in visitor.get(path).json()["missing"]] == [2], path
    body = {"labels": ["hum"], "confidence": "low", "force": True}
    for more in ({"dry_run": True}, {}):
        told = visitor.post("api/tags", body | more).json()
        assert [one["shard"] for one in told["missing"]] == [2], told


STATEMENTS: list[dict[str, Any]] = [
    {"query": '[{"words": "it\'s noise"}, {"words": "tone", "weight": -0.5}]', "n": 4},
    {"query": '[{"sound": "tones/tone-1.wav"}]', "folder": "tones"},
    {"query": '[{"sound": "tones/tone-1.wav@0.1-0.3"}]', "measured": "rms_db:-60:"},
    {"query": '[{"words": "noise"}]', "label": "hum", "sort": "rms_db"},
]


def test_a_query_is_told_as_sql_over_the_set(twin: Twin, set_folder: Path) -> None:
    twin.posted("api/tags/by-hand", {"label": "hum", "sample_ids": [1, 5], "create": True})
    visitor = twin.of_set.local
    with open_set(set_folder / "sounds.toml") as opened:
        connection = apsw.Connection(":memory:")
        SetTables(opened).register(connection)
        for asked in STATEMENTS:
            found = visitor.json("api/find", **asked)["matches"]
            sql = visitor.json("api/find/sql", **asked)["sql"]
            cursor = connection.execute(sql)
            at = [one[0] for one in cursor.description].index("sample_id")
            assert [row[at] for row in cursor] == [one["sample_id"] for one in found], sql
            assert found
        connection.close()
    refused = visitor.get("api/find/sql", params={"query": '[{"words": "x"}]', "moments": 1})
    assert (refused.status_code, "no moments" in refused.text) == (400, True)
    for named in ("/etc/passwd", "/etc/passwd@0-1"):
        query = json.dumps([{"sound": named}])
        assert visitor.get("api/find/sql", params={"query": query}).status_code == 404


def test_a_sound_that_is_sent_is_found_at_other_octaves(twin: Twin, tmp_path: Path) -> None:
    sound = write_sound(tmp_path / "low.wav", tone(110), 8_000).read_bytes()
    asked = "api/similar-to?n=6&transpose=-12,12"
    found, wanted = (
        [(one["path"], one["transposed"]) for one in answer.json()["matches"]]
        for answer in (
            twin.of_set.anyone.upload(asked, sound),
            twin.library.anyone.upload(asked, sound),
        )
    )
    assert found == wanted
    assert {pitch for _, pitch in found} - {0}


def test_files_that_were_refused_are_told(
    set_folder: Path,
    open_site: Callable[..., Site],
    open_set_site: Callable[..., SetSite],
) -> None:
    insert = (
        "INSERT INTO ingest_failures (source_id, path, stage, reason, at) "
        "SELECT source_id, ?, 'decode', 'no sound in it', '2026-01-01 00:00:00' FROM sources"
    )
    for number in (1, 2, 3):
        for name in (f"sounds-000{number}.db", "sounds.db"):
            with sqlclap.open(set_folder / name) as opened:
                opened.connection.execute(insert, (f"tones/broken-{number}.wav",))
    path = set_folder / "sounds.toml"
    one, of_set = open_site(set_folder / "sounds.db"), open_set_site(path)
    found = of_set.local.json("api/failures")
    assert found == one.local.json("api/failures")
    assert len(found["failures"]) == 3
    assert of_set.anyone.get("api/failures").status_code == 403
    (set_folder / "sounds-0002.db").rename(set_folder / "away.db")
    partial = of_set.local.json("api/failures")
    assert [one["path"] for one in partial["failures"]] == [
        "tones/broken-1.wav",
        "tones/broken-3.wav",
    ]
    assert [one["shard"] for one in partial["missing"]] == [2]


def test_work_on_a_set_is_told_while_it_goes_on(twin: Twin, set_folder: Path) -> None:
    """By whoever fills the set, and by whoever works on one of its shards."""
    assert twin.of_set.anyone.json("api/work")["work"] is None
    for path in (set_folder / "sounds.toml", set_folder / "sounds-0002.db"):
        with ToldProgress(path, NullProgress()) as told:
            told.started("ingest (shard 2, 2 of 3)", 100)
            told.advanced(100)
            answer = twin.of_set.anyone.json("api/work")
            work = answer["work"]
            assert (work["state"], work["phase"], work["done"]) == ("running", "sounds", 100)
            assert answer["samples"] == 12
            told.finished()
