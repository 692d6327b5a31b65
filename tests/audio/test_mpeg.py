"""MP3: as long as its frames, whatever headers and tags claim."""

from __future__ import annotations

import io
import struct
import sys

import av
import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st

from sqlclap.audio.decode import open_audio
from sqlclap.errors import AudioDecodeError
from tests.audio.encoding import (
    FRAMES,
    ID3V1,
    MP3_FRAME,
    RATE,
    SECONDS,
    Read,
    burst_and_tone,
    encode,
    id3,
    mp3,
    with_xing_count,
    without_xing,
)

WHOLE = mp3()
APE = b"APETAGEX" + struct.pack("<IIII", 2000, 232, 1, 0x8000_0000) + bytes(8)
APE = APE[:20] + struct.pack("<I", 0xA000_0000) + bytes(8) + b"x" * 200 + APE


@pytest.fixture(params=["with FFmpeg", "without FFmpeg"], autouse=True)
def decoders(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Lengths don't depend on the extra."""
    if request.param == "without FFmpeg":
        monkeypatch.setitem(sys.modules, "av", None)


def about(frames: int) -> object:
    # An encoder's delay and padding are counted where nothing says that they are no sound.
    return pytest.approx(frames, abs=2 * MP3_FRAME)


@pytest.mark.parametrize(
    "content",
    [
        WHOLE,
        without_xing(WHOLE),
        without_xing(WHOLE) + ID3V1,
        without_xing(WHOLE) + APE + ID3V1,
        id3(30_000) + without_xing(WHOLE),
        id3(30_000) + without_xing(mp3(mode="CONSTANT")),
        id3(100) + WHOLE + ID3V1,
        bytes(3_000) + WHOLE,
        with_xing_count(WHOLE, 0),
        with_xing_count(WHOLE, 3),
        with_xing_count(WHOLE, 1_000_000),
        with_xing_count(mp3(mode="CONSTANT"), 1),
    ],
)
def test_all_of_an_mp3_is_read_without_a_word(content: bytes) -> None:
    read = Read(content)
    assert read.frames == about(FRAMES)
    assert (read.notes, read.truncated) == ([], False)
    assert read.samples[-RATE // 2 : -RATE // 4].std() == pytest.approx(0.07, abs=0.02)


@pytest.mark.parametrize("rate", [8_000, 11_025, 16_000, 24_000, 44_100, 48_000])
@pytest.mark.parametrize("channels", [1, 2])
def test_all_versions_of_mpeg_are_read(rate: int, channels: int) -> None:
    sound = np.column_stack([burst_and_tone(rate)] * channels)
    whole = encode(sound, "MP3/MPEG_LAYER_III", rate, "VARIABLE")
    for content in (whole, without_xing(whole), with_xing_count(whole, 0)):
        read = Read(content)
        assert (read.rate, read.channels) == (rate, channels)
        assert read.frames == about(len(sound))
        assert not read.truncated


def with_vbri(frames: int) -> bytes:
    """The other header that tells a length, of an encoder by Fraunhofer."""
    bare = without_xing(WHOLE)
    start = bare[:2] + bytes([bare[2] & 0x0F | 0x80]) + bare[3:4]
    vbri = b"VBRI" + struct.pack(">HHHIIHHHH", 1, 0, 75, len(bare), frames, 0, 1, 2, 100)
    size = 72 * 64_000 // RATE + (bare[2] >> 1 & 1)
    return (start + bytes(32) + vbri).ljust(size, b"\0") + bare


def free_format() -> bytes:
    """Frames that don't tell their bit rate; they are as long as to the next one."""
    sound = burst_and_tone(48_000)
    bare = bytearray(without_xing(encode(sound, "MP3/MPEG_LAYER_III", 48_000, "CONSTANT")))
    size = bare.index(bare[:2], 4)
    for at in range(0, len(bare), size):
        bare[at + 2] &= 0x0F
    return bytes(bare)


@pytest.mark.parametrize(
    ("content", "rate"),
    [
        (with_vbri(0), RATE),
        (with_vbri(37), RATE),
        (with_vbri(1_000_000), RATE),
        (np.random.default_rng(1).bytes(3_000) + without_xing(WHOLE), RATE),
        (free_format(), 48_000),
    ],
)
def test_rarer_kinds_are_read_whole(content: bytes, rate: int) -> None:
    read = Read(content)
    assert read.frames == pytest.approx(SECONDS * rate, abs=2 * MP3_FRAME)
    assert not read.truncated


def test_a_header_that_is_right_changes_nothing() -> None:
    # Bit for bit what libsndfile gives: stored vectors hold.
    for content in (WHOLE, mp3(mode="CONSTANT"), id3(50) + WHOLE):
        with soundfile.SoundFile(io.BytesIO(content)) as file:
            alone = file.read(65_536, dtype="float32", always_2d=True)
        assert np.array_equal(Read(content).samples, alone)


@given(st.integers(0, 2**32 - 1))
def test_whatever_the_xing_header_claims_all_is_read(count: int) -> None:
    assert Read(with_xing_count(WHOLE, count)).frames == about(FRAMES)


def test_several_in_one_file_are_read_one_after_another() -> None:
    for content in (WHOLE * 3, (WHOLE + ID3V1) * 3, (id3(50) + without_xing(WHOLE)) * 3):
        read = Read(content)
        assert read.frames == pytest.approx(3 * FRAMES, abs=6 * MP3_FRAME)
        assert read.notes == ["3 recordings one after another: all are read"]


def test_another_rate_and_other_channels_are_brought_to_those_of_the_first() -> None:
    wide = encode(np.column_stack([burst_and_tone(24_000)] * 2), "MP3/MPEG_LAYER_III", 24_000)
    read = Read(WHOLE + wide)
    assert (read.rate, read.channels) == (RATE, 1)
    assert read.frames == pytest.approx(2 * FRAMES, abs=4 * MP3_FRAME)
    assert "24,000 Hz and 2 channels: brought to 16,000 Hz and 1" in read.notes[1]


def test_junk_between_frames_is_passed_over_and_said() -> None:
    bare = without_xing(mp3(mode="CONSTANT"))
    junk = b"\x12junk" * 800
    read = Read(bare[: len(bare) // 2] + junk + bare[len(bare) // 2 :])
    assert read.frames == about(FRAMES)
    assert "bytes between its frames are no sound" in read.notes[0]
    assert not read.truncated


@pytest.mark.parametrize("content", [WHOLE, without_xing(mp3(mode="CONSTANT"))])
def test_one_that_was_cut_off_is_noticed(content: bytes) -> None:
    read = Read(content[: len(content) // 2])
    assert read.truncated
    assert read.frames < 0.9 * FRAMES


def test_mp3_in_a_wav_is_read() -> None:
    bare = without_xing(mp3(mode="CONSTANT"))
    layout = struct.pack("<HHIIHHHHIHHH", 0x55, 1, RATE, 4_000, 1, 0, 12, 1, 2, 144, 1, 1393)
    chunks = b"fmt " + struct.pack("<I", len(layout)) + layout
    chunks += b"data" + struct.pack("<I", len(bare)) + bare
    content = b"RIFF" + struct.pack("<I", 4 + len(chunks)) + b"WAVE" + chunks
    assert Read(content).frames == about(FRAMES)


@given(st.binary(min_size=1, max_size=2_000))
def test_junk_gives_an_answer_or_a_refusal(junk: bytes) -> None:
    for content in (junk, b"\xff\xfb\x90\x00" + junk, WHOLE[:500] + junk, b"ID3" + junk):
        try:
            with open_audio(content) as stream:
                list(stream.blocks())
        except AudioDecodeError:
            continue


def test_layer_ii_that_libsndfile_reads_in_part_says_what_is_missing() -> None:
    read = Read(b"".join(layer_ii(rate) for rate in (192_000, 64_000)))
    (note,) = read.notes
    if sys.modules.get("av") is not None:
        assert read.frames == pytest.approx(20 * 44_100, abs=3_000)
        assert note.endswith("FFmpeg read on")
    else:
        assert read.truncated
        assert note.endswith(" s of 20.01 s; to read on takes FFmpeg: pip install 'sqlclap[av]'")


def layer_ii(bit_rate: int) -> bytes:
    """Encode ten seconds as MPEG layer II."""
    sound = np.stack([burst_and_tone(44_100, 10.0)] * 2)
    with io.BytesIO() as file:
        with av.open(file, "w", format="mp2") as made:
            stream = made.add_stream("mp2", rate=44_100, layout="stereo", bit_rate=bit_rate)
            for at in range(0, sound.shape[1], 1_152):
                block = (sound[:, at : at + 1_152].T.reshape(1, -1) * 32_767).astype(np.int16)
                frame = av.AudioFrame.from_ndarray(block, format="s16", layout="stereo")
                frame.sample_rate = 44_100
                made.mux(stream.encode(frame))
            made.mux(stream.encode(None))
        return file.getvalue()
