"""When recordings began, by what recorders write."""

from __future__ import annotations

import os
import struct
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sqlclap.audio.recording_start import RecordingStart, in_zone, recording_start, start_in_name
from tests.support.sounds import tone, write_sound

CLOCK = datetime(2024, 6, 1, 5, 30)
SUMMER = timedelta(hours=2)
GUANO = b"GUANO|Version: 1.0\nTimestamp: 2024-06-01T05:30:00+02:00\nLoc Position: 52.5 13.4\n"
COMMENT = b"INFOICMT\x60\0\0\0Recorded at 05:30:00 01/06/2024 (UTC+2) by AudioMoth 24F3190361DC"
BEXT = b"\0" * 320 + b"2024-06-0105:30:00" + b"\0" * 264
IXML = b"""<?xml version="1.0"?><BWFXML><BEXT>
<BWF_ORIGINATION_DATE>2024-06-01</BWF_ORIGINATION_DATE>
<BWF_ORIGINATION_TIME>05:30:00</BWF_ORIGINATION_TIME></BEXT></BWFXML>"""


def with_chunks(path: Path, chunks: dict[bytes, bytes], behind: bool = True) -> Path:
    """Write a WAV file with chunks behind or before its samples."""
    write_sound(path, tone(440.0, 0.1))
    content = path.read_bytes()
    made = b"".join(
        name + struct.pack("<I", len(body)) + body + b"\0" * (len(body) % 2)
        for name, body in chunks.items()
    )
    content = content + made if behind else content[:12] + made + content[12:]
    path.write_bytes(content[:4] + struct.pack("<I", len(content) - 8) + content[8:])
    return path


@pytest.mark.parametrize(
    ("chunk", "body", "expected"),
    [
        (b"guan", GUANO, RecordingStart(CLOCK, SUMMER, "guano", 52.5, 13.4)),
        (b"LIST", COMMENT, RecordingStart(CLOCK, SUMMER, "comment")),
        (b"bext", BEXT, RecordingStart(CLOCK, None, "bext")),
        (b"iXML", IXML, RecordingStart(CLOCK, None, "ixml")),
    ],
)
def test_metadata_tells(
    tmp_path: Path, chunk: bytes, body: bytes, expected: RecordingStart
) -> None:
    for behind in (True, False):
        file = with_chunks(tmp_path / "20200101_000000.wav", {chunk: body}, behind)
        assert recording_start(file) == expected


def test_the_most_trustworthy_counts(tmp_path: Path) -> None:
    chunks = {b"iXML": IXML, b"bext": BEXT, b"LIST": COMMENT, b"guan": GUANO}
    sources = []
    while chunks:
        found = recording_start(with_chunks(tmp_path / "20240601_053000.wav", chunks))
        assert found is not None
        sources.append(found.source)
        chunks.popitem()
    assert sources == ["guano", "comment", "bext", "ixml"]


@pytest.mark.parametrize(
    ("name", "clock", "offset"),
    [
        ("20240601_053000.WAV", CLOCK, None),
        ("S4A01234_20240601_053000.wav", CLOCK, None),
        ("SMM0001_20240601$053000.wav", CLOCK, None),
        ("5146.240601053000.wav", CLOCK, None),
        ("240601-053000.wav", CLOCK, None),
        ("240601_053000.WAV", CLOCK, None),
        ("20240601053000.flac", CLOCK, None),
        ("2024-06-01T05:30:00.wav", CLOCK, None),
        ("pond 2024-06-01 05-30-00.mp3", CLOCK, None),
        ("2024-06-01T05.30.00Z.ogg", CLOCK, 0),
        ("2024-06-01T053000-0930.ogg", CLOCK, -9.5),
        ("2024-06-01T05:30:00.250+02:00.wav", CLOCK + timedelta(milliseconds=250), 2),
        ("pond_20240601_0530.wav", CLOCK, None),
    ],
)
def test_names_of_recorders(name: str, clock: datetime, offset: float | None) -> None:
    found = start_in_name(name)
    ahead = None if offset is None else timedelta(hours=offset)
    assert found == RecordingStart(clock, ahead, "name")


@pytest.mark.parametrize(
    "name",
    [
        "kick_01.wav", "120bpm_20240601.wav", "20241301_053000.wav", "20240601_253000.wav",
        "freesound_123456789012.wav", "loop 128 2024.wav", "", "99999999999999999999.wav",
    ],
)  # fmt: skip
def test_other_names_hold_no_time(name: str) -> None:
    assert start_in_name(name) is None


@given(st.text())
def test_any_name_can_be_asked(name: str) -> None:
    start_in_name(name)


@given(st.binary(max_size=700), st.sampled_from([b"guan", b"LIST", b"bext", b"iXML"]))
def test_any_metadata_can_be_read(
    tmp_path_factory: pytest.TempPathFactory, body: bytes, chunk: bytes
) -> None:
    file = tmp_path_factory.getbasetemp() / "any.wav"
    assert recording_start(with_chunks(file, {chunk: body})) is not None  # the file's own time


def test_entities_are_not_expanded(tmp_path: Path) -> None:
    bomb = b'<!DOCTYPE a [<!ENTITY b "2024">]><a>&b;</a>'
    found = recording_start(with_chunks(tmp_path / "x.wav", {b"iXML": bomb}))
    assert found is not None
    assert found.source == "file"


def test_clocks_that_were_never_set_say_nothing(tmp_path: Path) -> None:
    epoch = BEXT.replace(b"2024-06-01", b"1970-01-01").replace(b"05:30:00", b"00:00:10")
    found = recording_start(with_chunks(tmp_path / "20240601_053000.wav", {b"bext": epoch}))
    assert found == RecordingStart(CLOCK, None, "name")


def test_the_files_time_less_its_length(tmp_path: Path) -> None:
    file = write_sound(tmp_path / "ZOOM0001.flac", tone(440.0, 0.1))
    os.utime(file, (1_717_219_860, 1_717_219_860))  # 2024-06-01T05:31:00Z
    found = recording_start(file, duration_s=60.0)
    assert found == RecordingStart(CLOCK, timedelta(0), "file")


def test_zones() -> None:
    bare, utc = RecordingStart(CLOCK, None, "name"), RecordingStart(CLOCK, timedelta(0), "guano")
    assert in_zone(bare, None) == (CLOCK, None)
    assert in_zone(bare, "Europe/Berlin") == (CLOCK, timedelta(hours=2))
    later = CLOCK + timedelta(hours=2)
    assert in_zone(utc, "Europe/Berlin") == (later, timedelta(hours=2))
    assert in_zone(bare, "+02:00") == (CLOCK, timedelta(hours=2))
    assert in_zone(utc, "UTC-5:30") == (CLOCK - timedelta(hours=5.5), -timedelta(hours=5.5))
    winter = RecordingStart(datetime(2024, 1, 1), None, "name")
    assert in_zone(winter, "Europe/Berlin") == (datetime(2024, 1, 1), timedelta(hours=1))
