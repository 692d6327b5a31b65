"""Sounds by sample id: parts, states, types; and nothing else that lies on the disk."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from datasette.utils.sqlite import sqlite3

import sqlclap
from tests.page.visiting import Site
from tests.support.sounds import tone, write_sound


@pytest.fixture
def taken_in(tmp_path: Path) -> Callable[..., Path]:
    """Makes a library of one sound."""

    def take_in(name: str, **options: Any) -> Path:
        file = write_sound(tmp_path / "own" / name, tone(220), rate=44_100, **options)
        with sqlclap.open(tmp_path / "own.db") as library:
            library.ingest([file.parent])
        return file

    return take_in


def sample_of(library: Path, name: str) -> int:
    with sqlite3.connect(library) as connection:
        query = "SELECT sample_id FROM samples WHERE path LIKE ?"
        found = connection.execute(query, (f"%{name}",)).fetchone()
    connection.close()
    return int(found[0])


def test_a_whole_sound(site: Site, heard: Path) -> None:
    file = heard.parent / "sounds" / "tones" / "tone-0.wav"
    answer = site.anyone.get(f"sample/{sample_of(heard, 'tone-0.wav')}/audio")
    assert answer.status_code == 200
    assert answer.content == file.read_bytes()
    assert answer.headers["content-type"] == "audio/wav"
    assert answer.headers["accept-ranges"] == "bytes"
    assert answer.headers["content-length"] == str(file.stat().st_size)
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_parts_of_a_sound(site: Site, heard: Path) -> None:
    whole = (heard.parent / "sounds" / "noises" / "long.flac").read_bytes()
    path = f"sample/{sample_of(heard, 'long.flac')}/audio"
    for asked, start, end in (("0-99", 0, 99), ("100-", 100, len(whole) - 1)):
        answer = site.anyone.get(path, headers={"range": f"bytes={asked}"})
        assert answer.status_code == 206
        assert answer.content == whole[start : end + 1]
        assert answer.headers["content-range"] == f"bytes {start}-{end}/{len(whole)}"
        assert answer.headers["content-type"] == "audio/flac"
    assert site.anyone.get(path, headers={"range": "bytes=-5"}).content == whole[-5:]
    beyond = site.anyone.get(path, headers={"range": f"bytes={len(whole)}-"})
    assert beyond.status_code == 416
    assert beyond.headers["content-range"] == f"bytes */{len(whole)}"
    several = site.anyone.get(path, headers={"range": "bytes=0-1,4-5"})
    assert (several.status_code, several.content) == (200, whole)


def test_head_tells_without_sending(site: Site, heard: Path) -> None:
    path = f"sample/{sample_of(heard, 'tone-1.wav')}/audio"
    size = (heard.parent / "sounds" / "tones" / "tone-1.wav").stat().st_size
    head = site.run(site.anyone.ask("HEAD", path))
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-length"] == str(size)
    part = site.run(site.anyone.ask("HEAD", path, headers={"range": "bytes=0-9"}))
    assert (part.status_code, part.headers["content-length"]) == (206, "10")


def test_what_the_browser_has_is_not_sent_again(
    taken_in: Callable[..., Path], open_site: Callable[..., Site]
) -> None:
    file = taken_in("a.wav")
    visitor = open_site(file.parents[1] / "own.db").visitor(database="own")
    etag = visitor.get("sample/1/audio").headers["etag"]
    for known in (etag, "*"):
        assert visitor.get("sample/1/audio", headers={"if-none-match": known}).status_code == 304
    resumed = {"range": "bytes=0-9", "if-range": etag}
    assert visitor.get("sample/1/audio", headers=resumed).status_code == 206
    write_sound(file, tone(330))
    assert visitor.get("sample/1/audio", headers={"if-none-match": etag}).status_code == 200
    assert visitor.get("sample/1/audio", headers=resumed).status_code == 200


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("a.aiff", {"format": "AIFF"}),
        ("a.wav", {"subtype": "FLOAT"}),
        ("a.wav", {"subtype": "PCM_32"}),
        ("a.au", {"format": "AU"}),
    ],
)
def test_what_browsers_cannot_play_comes_as_wav(
    name: str,
    options: dict[str, str],
    taken_in: Callable[..., Path],
    open_site: Callable[..., Site],
) -> None:
    file = taken_in(name, **options)
    visitor = open_site(file.parents[1] / "own.db").visitor(database="own")
    answer = visitor.get("sample/1/audio")
    assert answer.headers["content-type"] == "audio/wav"
    sound, rate = soundfile.read(io.BytesIO(answer.content))
    assert soundfile.info(io.BytesIO(answer.content)).subtype == "PCM_16"
    assert rate == 44_100
    np.testing.assert_allclose(sound, soundfile.read(file)[0], atol=1e-4)
    part = visitor.get("sample/1/audio", headers={"range": "bytes=-10"})
    assert (part.status_code, part.content) == (206, answer.content[-10:])
    assert part.headers["etag"] == answer.headers["etag"]


def test_any_sound_comes_as_wav_when_asked_for(site: Site, heard: Path) -> None:
    path = f"sample/{sample_of(heard, 'long.flac')}/audio"
    answer = site.anyone.get(path, params={"format": "wav"})
    assert answer.headers["content-type"] == "audio/wav"
    assert soundfile.info(io.BytesIO(answer.content)).frames == 2 * 16_000


def test_no_other_format_is_given_in_place_of_the_one_asked_for(site: Site, heard: Path) -> None:
    path = f"sample/{sample_of(heard, 'long.flac')}/audio"
    for more in ({}, {"start": "0", "end": "1"}):
        answer = site.anyone.get(path, params={"format": "mp3"} | more)
        assert (answer.status_code, answer.json()["code"]) == (400, "bad_request")
        assert "expected wav as format" in answer.json()["error"]


def test_24_bit_wav_plays_as_it_is(
    taken_in: Callable[..., Path], open_site: Callable[..., Site]
) -> None:
    file = taken_in("a.wav", subtype="PCM_24")
    visitor = open_site(file.parents[1] / "own.db").visitor(database="own")
    assert visitor.get("sample/1/audio").content == file.read_bytes()


def test_a_file_that_is_gone(taken_in: Callable[..., Path], open_site: Callable[..., Site]) -> None:
    file = taken_in("a.wav")
    visitor = open_site(file.parents[1] / "own.db").visitor(database="own")
    assert visitor.json("sample/1")["playable"] is True
    file.unlink()
    for path in ("sample/1/audio", "sample/1/peaks"):
        answer = visitor.get(path)
        assert answer.status_code == 404
        assert "gone" in answer.json()["error"]
    assert visitor.json("sample/1")["playable"] is False


def test_a_file_that_is_no_sound_any_more(
    taken_in: Callable[..., Path], open_site: Callable[..., Site]
) -> None:
    file = taken_in("a.wav")
    visitor = open_site(file.parents[1] / "own.db").visitor(database="own")
    for content in (b"root:x:0:0:root:/root:/bin/sh\n", b"", b"<html>", b"SQLite format 3\0"):
        file.write_bytes(content)
        for path in ("sample/1/audio", "sample/1/audio?format=wav", "sample/1/peaks"):
            assert visitor.get(path).status_code == 415
    file.unlink()
    file.mkdir()
    assert visitor.get("sample/1/audio").status_code == 404


def test_a_library_from_elsewhere_cannot_point_out_of_its_folder(
    library: Path, open_site: Callable[..., Site], tmp_path: Path
) -> None:
    secret = write_sound(tmp_path / "secret.wav", tone(440))
    with sqlite3.connect(library) as connection:
        connection.execute("UPDATE sources SET root = ?", (str(tmp_path / "below"),))
        connection.execute("UPDATE samples SET path = '../secret.wav' WHERE sample_id = 1")
        absolute = "UPDATE samples SET path = ? WHERE sample_id = 2"
        connection.execute(absolute, (str(secret),))
    connection.close()
    visitor = open_site(library).anyone
    assert visitor.get("sample/1/audio").status_code == 404
    assert visitor.get("sample/2/audio").status_code == 404


@pytest.mark.parametrize(
    ("forged", "status"),
    [
        ("0", 400),
        ("-1", 400),
        ("1e3", 400),
        ("99999", 404),
        ("9223372036854775807", 404),
        ("9223372036854775808", 400),
        ("9" * 400, 400),
        ("%2e%2e%2f%2e%2e%2fetc%2fpasswd", 404),
        ("..%2F..%2Fetc%2Fpasswd", 404),
        ("1;DROP TABLE samples", 400),
        ("%D9%A1", 400),
    ],
)
def test_forged_ids(site: Site, forged: str, status: int) -> None:
    for end in ("/audio", "/peaks", ""):
        answer = site.anyone.get(f"sample/{forged}{end}")
        assert answer.status_code in {status, 400, 404}
        assert b"root:" not in answer.content


def test_another_librarys_samples_are_not_reached(
    library: Path, taken_in: Callable[..., Path], open_site: Callable[..., Site]
) -> None:
    file = taken_in("a.wav")
    site = open_site(library, file.parents[1] / "own.db")
    assert site.visitor(database="own").get("sample/1/audio").content == file.read_bytes()
    assert site.visitor(database="own").get("sample/2/audio").status_code == 404
    assert site.visitor(database="sounds").get("sample/2/audio").status_code == 200
    assert site.visitor(database="nowhere").get("sample/1/audio").status_code == 404
    assert site.visitor(database="_internal").get("sample/1/audio").status_code == 404


def test_outlines(site: Site, heard: Path) -> None:
    answer = site.anyone.get(f"sample/{sample_of(heard, 'tone-0.wav')}/peaks")
    outline = np.frombuffer(answer.content, dtype=np.int8).reshape(400, 2)
    assert outline.max() == 127
    assert (outline[:, 0] == -outline[:, 1]).all()
    assert outline[:40, 1].mean() > outline[-40:, 1].mean()  # the tone dies away
