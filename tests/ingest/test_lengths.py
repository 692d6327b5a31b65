"""A library holds all of every sound, and a note where a header claims otherwise."""

from __future__ import annotations

import struct
import sys
from pathlib import Path

import pytest

import sqlclap
from tests.audio.encoding import (
    SECONDS,
    burst_and_tone,
    encode,
    id3,
    mp3,
    with_xing_count,
    without_xing,
)

WAV = encode(burst_and_tone(), "WAV/PCM_16")
DATA = WAV.index(b"data") + 4
UNFINISHED = WAV[:DATA] + bytes(4) + WAV[DATA + 4 :]
FLAC = encode(burst_and_tone(), "FLAC/PCM_16")
FROM_A_PIPE = FLAC[:21] + bytes([FLAC[21] & 0xF0]) + bytes(4) + FLAC[26:]
OGG = encode(burst_and_tone(), "OGG/VORBIS")
WHOLE = {
    "vbr_without_xing.mp3": without_xing(mp3()),
    "xing_says_0_frames.mp3": with_xing_count(mp3(), 0),
    "cbr_with_picture.mp3": id3(30_000) + without_xing(mp3(mode="CONSTANT")),
    "piped.flac": FROM_A_PIPE,
    "piped.wav": WAV[:DATA] + struct.pack("<I", 0xFFFFFFFF) + WAV[DATA + 4 :],
    "plain.wav": WAV,
}
NOTED = {
    "unfinished.wav": (UNFINISHED, SECONDS, "never finished"),
    "chained.ogg": (OGG * 3, 3 * SECONDS, "3 recordings"),
    "cut.wav": (WAV[: len(WAV) // 2], SECONDS / 2, "truncated"),
    "too-small.wav": (WAV[:DATA] + b"\x10\0\0\0" + WAV[DATA + 4 :], SECONDS, "claims 16 bytes"),
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "claims"
    folder.mkdir()
    for name, content in WHOLE.items():
        (folder / name).write_bytes(content)
    for name, (content, _, _) in NOTED.items():
        (folder / name).write_bytes(content)
    return folder


@pytest.mark.parametrize("extra", [True, False])
def test_lengths_and_notes(
    library: sqlclap.Library, folder: Path, extra: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not extra:
        monkeypatch.setitem(sys.modules, "av", None)
    report = library.ingest([folder])
    assert (report.new, report.failed, report.noted) == (10, [], 4)
    rows = library.connection.execute("SELECT path, duration_s, note FROM samples")
    found = {path: (duration, note) for path, duration, note in rows}
    for name in WHOLE:
        assert found[name] == (pytest.approx(SECONDS, abs=0.15), None)
    for name, (_, seconds, words) in NOTED.items():
        assert found[name][0] == pytest.approx(seconds, abs=0.02)
        assert words in found[name][1]


def test_ordinary_files_never_see_a_second_decoder(
    library: sqlclap.Library, sounds: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from sqlclap.audio import decoders as av_decode

    def refuse(*_: object) -> None:
        raise AssertionError

    (sounds / "whole.mp3").write_bytes(mp3())
    (sounds / "whole.ogg").write_bytes(OGG)
    (sounds / "vbr.mp3").write_bytes(without_xing(mp3()))
    monkeypatch.setattr(av_decode, "AvReader", refuse)
    assert (library.ingest([sounds]).new, library.ingest([sounds]).failed) == (9, [])
