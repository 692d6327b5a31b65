"""Sounds that lie at a node are told, heard and seen by the page of the set as others are."""

from __future__ import annotations

import csv
import io
import os
import signal
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from datasette_sqlclap import spectrogram_api
from datasette_sqlclap.byte_cache import ByteCache
from datasette_sqlclap.sets import far_sounds

from sqlclap.shards import point_jobs
from sqlclap.shards.protocol import TOKEN_VARIABLE
from tests.page.sets.far import TOKEN, FarSet, far_set
from tests.page.sets.visiting import SetSite
from tests.page.test_points import unpack
from tests.page.visiting import Visitor
from tests.support.held_processes import hold


@pytest.fixture
def far(heard_set: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FarSet]:
    monkeypatch.setenv(TOKEN_VARIABLE, TOKEN)
    far_sounds.COPIES.clear()
    with far_set(heard_set, tmp_path / "far") as made:
        yield made
    far_sounds.COPIES.clear()


@pytest.fixture
def both(
    far: FarSet, set_folder: Path, open_set_site: Callable[..., SetSite]
) -> tuple[Visitor, Visitor]:
    """Visitors of the set whose shards all lie here, and of the one with a node."""
    here, there = open_set_site(set_folder / "sounds.toml"), open_set_site(far.file)
    return here.local, there.local


def ids_of(visitor: Visitor) -> list[int]:
    found = visitor.json("api/search", q="tone", n=20)["matches"]
    return sorted(one["sample_id"] for one in found)


PARTS = (
    "audio",
    "audio?format=wav",
    "audio?start=0.1&end=0.2",
    "audio?start=0.1&end=0.2&pad=0.1&own_rate=1",
    "peaks",
    "spectrogram/tile?level=0",
    "spectrogram/tile?level=2&n_fft=512",
)


def test_they_are_heard_and_seen_as_those_here(
    both: tuple[Visitor, Visitor], monkeypatch: pytest.MonkeyPatch
) -> None:
    here, there = both
    ids = ids_of(here)
    assert ids_of(there) == ids
    assert {one >> 40 for one in ids} == {1, 2, 3}
    for one in ids:
        assert there.json(f"sample/{one}") == here.json(f"sample/{one}")
        for part in PARTS:
            # Tiles are kept by what is in a sound, wherever it lies.
            monkeypatch.setattr(spectrogram_api, "_TILES", ByteCache(1 << 20))
            found = there.get(f"sample/{one}/{part}")
            monkeypatch.setattr(spectrogram_api, "_TILES", ByteCache(1 << 20))
            wanted = here.get(f"sample/{one}/{part}")
            assert (found.status_code, found.content) == (wanted.status_code, wanted.content)
            assert found.headers["content-type"] == wanted.headers["content-type"]
        told = there.json(f"sample/{one}/spectrogram")
        assert told == here.json(f"sample/{one}/spectrogram")


@pytest.mark.parametrize("copied_at_once", [far_sounds.COPIED_AT_ONCE, 0])
def test_ranges_are_those_of_the_file(
    both: tuple[Visitor, Visitor], copied_at_once: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(far_sounds, "COPIED_AT_ONCE", copied_at_once)
    monkeypatch.setattr(far_sounds, "MOST_READ", 1000)
    here, there = both
    one = ids_of(here)[0]
    for asked in ("bytes=0-1", "bytes=10-19", "bytes=500-70000", "bytes=-7", "bytes=99999999-"):
        wanted = here.get(f"sample/{one}/audio", headers={"range": asked})
        found = there.get(f"sample/{one}/audio", headers={"range": asked})
        assert (found.status_code, found.content) == (wanted.status_code, wanted.content), asked
        assert found.headers.get("content-range") == wanted.headers.get("content-range")
    whole = there.get(f"sample/{one}/audio")
    assert whole.content == here.get(f"sample/{one}/audio").content
    again = there.get(f"sample/{one}/audio", headers={"if-none-match": whole.headers["etag"]})
    assert again.status_code == 304
    assert whole.headers["content-length"] == str(len(whole.content))


def test_what_is_said_of_them_is_told_and_given_out(both: tuple[Visitor, Visitor]) -> None:
    ids = ids_of(both[0])
    for visitor in both:
        body = {"label": "hum", "sample_ids": ids[:3], "create": True}
        assert visitor.post("api/anchors", body).status_code == 200
    here, there = both
    for one in ids:
        assert there.json(f"sample/{one}/events", label="hum", q="tone") == here.json(
            f"sample/{one}/events", label="hum", q="tone"
        )
        assert there.json(f"sample/{one}")["anchor_of"] == here.json(f"sample/{one}")["anchor_of"]
    tables = [
        list(
            csv.DictReader(
                io.StringIO(visitor.post("api/export", {"format": "csv", "sample_ids": ids}).text)
            )
        )
        for visitor in both
    ]
    places = {"file", "root"}
    for row, other in zip(*tables, strict=True):
        assert {name: row[name] for name in row.keys() - places} == {
            name: other[name] for name in other.keys() - places
        }
    archives = [
        zipfile.ZipFile(
            io.BytesIO(visitor.post("api/export", {"format": "zip", "sample_ids": ids}).content)
        )
        for visitor in both
    ]
    told = [{one: archive.read(one) for one in archive.namelist()} for archive in archives]
    assert told[0] == told[1]
    for path in ("api/recordings", "api/activity"):
        assert there.json(path) == here.json(path)
    spans = [{"sample_id": ids[0], "start_s": 0.1, "end_s": 0.2}]
    clips = there.post("api/export", {"format": "clips", "spans": spans})
    assert len(zipfile.ZipFile(io.BytesIO(clips.content)).namelist()) == 2
    lists = there.post("api/export", {"format": "m3u8", "sample_ids": ids}).text
    assert f"/sample/{ids[0]}/audio" in lists
    paths = there.post("api/export", {"format": "paths", "sample_ids": ids})
    assert (paths.status_code, "lies at a node" in paths.text) == (409, True)


def test_neither_address_nor_token_nor_folder_is_told(
    both: tuple[Visitor, Visitor], far: FarSet
) -> None:
    there = both[1]
    one = ids_of(there)[0]
    answers = [
        there.get(path)
        for path in (
            *(f"sample/{one}", f"sample/{one}/events?q=tone", "api/points", "api/folders"),
            *("api/search?q=tone", f"sample/{one}/audio", "api/recordings", "map"),
        )
    ]
    far.process.terminate()
    far.process.wait(30)
    answers += [
        there.get(path)
        for path in ("api/search?q=tone", "api/points", f"sample/{one}", "api/recordings", "map")
    ]
    port = far.url.rpartition(":")[2]
    for answer in answers:
        told = answer.content + repr(answer.headers).encode()
        for secret in (TOKEN, far.url, f"127.0.0.1:{port}", str(far.node)):
            assert secret.encode() not in told, answer.url


def test_a_node_that_does_not_answer_is_named(both: tuple[Visitor, Visitor], far: FarSet) -> None:
    there = both[1]
    one, here = ids_of(there)[0], ids_of(there)[-1]
    assert there.get(f"sample/{one}/audio").status_code == 200
    far.process.terminate()
    far.process.wait(30)
    answer = there.get(f"sample/{one}/audio")
    assert answer.status_code == 503
    assert "node 'left'" in answer.json()["error"]
    assert there.get(f"sample/{here}/audio").status_code == 200


def test_a_file_that_is_gone_or_led_away_is_refused(
    both: tuple[Visitor, Visitor], heard_set: Path, tmp_path: Path
) -> None:
    """The node's library names files of the session's folder: a copy of one is led elsewhere."""
    there = both[1]
    one = ids_of(there)[0]
    row = there.json(f"sample/{one}")
    (file,) = heard_set.glob(f"sounds-*/{row['path']}")
    kept = file.rename(tmp_path / "kept.wav")
    try:
        answer = there.get(f"sample/{one}/audio")
        assert (answer.status_code, answer.json()["error"].count("gone")) == (404, 1)
        assert str(heard_set) not in answer.text
        assert there.json(f"sample/{one}")["playable"] is False
        file.symlink_to(kept)
        answer = there.get(f"sample/{one}/audio")
        assert (answer.status_code, "leads out of its folder" in answer.text) == (404, True)
        file.unlink()
        os.mkfifo(file)
        assert there.get(f"sample/{one}/audio").status_code == 404
    finally:
        file.unlink(missing_ok=True)
        kept.rename(file)
    assert there.get(f"sample/{one}/audio").status_code == 200


def test_a_node_that_hangs_is_waited_for_no_longer_than_its_deadline(
    far: FarSet, open_set_site: Callable[..., SetSite]
) -> None:
    site = open_set_site(far.file, deadline_s=1.0)
    one = ids_of(site.local)[0]
    hold(far.process)
    try:
        answer = site.local.get(f"sample/{one}/audio")
        assert answer.status_code == 503
        assert "node 'left'" in answer.json()["error"]
    finally:
        os.kill(far.process.pid, signal.SIGCONT)


COLUMNS = (
    *("length", "tag", "rms_db", "folder", "text?text=glass", "label?label=hum"),
    *("kept?folder=tones", "kept?format=flac&min_length=1", "kept?site=noises"),
)


@pytest.mark.parametrize("page", [point_jobs.PAGE, 2])
def test_their_points_are_on_the_map(
    both: tuple[Visitor, Visitor], page: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sqlclap.shards.page_points.PAGE", page)
    here, there = both
    ids = ids_of(here)
    for visitor in both:
        body = {"label": "hum", "sample_ids": ids[:5:2], "create": True}
        assert visitor.post("api/tags/by-hand", body).status_code in (200, 201)
    wanted, columns = unpack(here.get("api/points").content)
    found, others = unpack(there.get("api/points").content)
    assert others["id"].tolist() == ids
    assert "missing" not in found
    for name in ("id", "x", "y", "cluster"):
        assert others[name].tolist() == columns[name].tolist()
    assert (found["bounds"], found["clusters"]) == (wanted["bounds"], wanted["clusters"])
    for path in COLUMNS:
        head, column = unpack(here.get(f"api/points/{path}").content)
        other, same = unpack(there.get(f"api/points/{path}").content)
        name = path.partition("?")[0]
        np.testing.assert_array_equal(same[name], column[name])
        assert other.get("names") == head.get("names")
    assert there.get("api/points/kept?folder=nowhere").status_code == 400


def test_they_are_listed_counted_and_ordered(both: tuple[Visitor, Visitor]) -> None:
    here, there = both
    ids = ids_of(here)
    paths = (
        *("api/folders", "api/folders?below=tones", "api/work"),
        *("api/facets?facet=folder,format,rating", "api/facets?facet=format&folder=noises"),
    )
    for path in paths:
        wanted, found = here.get(path).json(), there.get(path).json()
        for one in (wanted, found):
            one.pop("layout", None)
        assert found == wanted, path
    posts: tuple[tuple[str, dict[str, Any]], ...] = (
        ("api/samples", {"sample_ids": ids[::-1], "columns": ["rms_db", "path", "sample_id"]}),
        ("api/samples/order", {"sort": "rms_db:desc"}),
        ("api/samples/order", {"sort": "path", "sample_ids": ids[3:8]}),
        ("api/kept", {"sample_ids": ids}),
    )
    for path, body in posts:
        assert there.post(path, body).json() == here.post(path, body).json(), path
