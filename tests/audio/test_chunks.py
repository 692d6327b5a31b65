"""Recordings in chunks: all of the sound is read, whatever their headers claim."""

from __future__ import annotations

import struct
from contextlib import suppress

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sqlclap.audio.decode import open_audio
from sqlclap.errors import AudioDecodeError
from tests.audio.encoding import FRAMES, ID3V1, RATE, Read, burst_and_tone, encode

SOUND = burst_and_tone()
UNFINISHED = "the recording was never finished: its header gives no length"
LIST = b"LIST" + struct.pack("<I", 20) + b"INFOISFT" + struct.pack("<I", 8) + b"abcdefg\0"
WAV = encode(SOUND, "WAV/PCM_16")
DATA = WAV.index(b"data") + 4


def put(content: bytes, at: int, value: bytes) -> bytes:
    return content[:at] + value + content[at + len(value) :]


def wav(size: int, riff: int | None = None, behind: bytes = b"") -> bytes:
    content = put(WAV, DATA, struct.pack("<I", size)) + behind
    return put(content, 4, struct.pack("<I", len(content) - 8 if riff is None else riff))


def rf64(size: int, magic: bytes = b"RF64") -> bytes:
    content = encode(SOUND, "RF64/PCM_16")
    return put(put(content, 0, magic), content.index(b"ds64") + 16, struct.pack("<Q", size))


def w64(size: int) -> bytes:
    content = encode(SOUND, "W64/PCM_16")
    return put(content, content.index(b"data") + 16, struct.pack("<Q", size))


def caf(size: int) -> bytes:
    content = encode(SOUND, "CAF/PCM_16")
    return put(content, content.index(b"data") + 4, struct.pack(">q", size))


def au(size: int) -> bytes:
    return put(encode(SOUND, "AU/PCM_16"), 8, struct.pack(">I", size))


def aiff(size: int, frames: int = 0) -> bytes:
    content = encode(SOUND, "AIFF/PCM_16")
    content = put(content, content.index(b"COMM") + 10, struct.pack(">I", frames))
    return put(content, content.index(b"SSND") + 4, struct.pack(">I", size))


@pytest.mark.parametrize(
    "content",
    [
        wav(0, 0),
        wav(0, 36),
        wav(0),
        wav(0, 0, LIST),
        wav(0, 0xFFFFFFFF),
        rf64(0),
        rf64(0, b"BW64"),
        w64(0),
        w64(24),
        caf(0),
        au(0),
        aiff(0),
        aiff(8),
    ],
)
def test_a_recording_that_was_never_finished_is_read_to_its_end(content: bytes) -> None:
    read = Read(content)
    assert read.frames == FRAMES
    assert np.abs(read.samples[:, 0] - SOUND).max() <= 2**-15
    assert read.notes == [UNFINISHED]
    assert not read.truncated


@pytest.mark.parametrize(
    "content",
    [
        wav(0xFFFFFFFF, 0xFFFFFFFF),
        wav(0x7FFFFFFF, 0),
        wav(0xFFFFFFFF, 0xFFFFFFFF, LIST),
        rf64(2**64 - 1),
        rf64(2 * FRAMES, b"BW64"),
        w64(2**63 - 1),
        caf(-1),
        au(0xFFFFFFFF),
        aiff(0xFFFFFFFF),
    ],
)
def test_a_size_that_says_unknown_needs_no_note(content: bytes) -> None:
    read = Read(content)
    assert (read.frames, read.notes, read.truncated) == (FRAMES, [], False)


@pytest.mark.parametrize(
    "content",
    [wav(10_000), wav(1), rf64(10_000), w64(10_024), caf(10_004), au(10_000), aiff(9_008)],
)
def test_a_size_that_is_too_small_is_not_believed(content: bytes) -> None:
    read = Read(content)
    assert (read.frames, read.truncated) == (FRAMES, False)
    assert "its header claims" in read.notes[0]


def test_a_size_that_is_too_large_is_no_loss_when_the_file_is_as_long_as_it_should_be() -> None:
    read = Read(wav(10 * FRAMES))
    assert (read.frames, read.truncated) == (FRAMES, False)
    assert "its header claims" in read.notes[0]


@pytest.mark.parametrize("kind", ["WAV", "RF64", "W64", "CAF", "AU", "AIFF"])
def test_a_recording_that_was_cut_off_is_noticed(kind: str) -> None:
    whole = encode(SOUND, f"{kind}/PCM_16")
    read = Read(whole[: len(whole) // 2])
    assert read.truncated
    assert 0.3 * FRAMES < read.frames < 0.6 * FRAMES
    assert np.abs(read.samples[:, 0] - SOUND[: read.frames]).max() <= 2**-15


@pytest.mark.parametrize("behind", [LIST, ID3V1, b"\0", bytes(5_000), LIST + LIST])
def test_what_follows_the_samples_is_no_sound(behind: bytes) -> None:
    read = Read(wav(2 * FRAMES, behind=behind))
    assert (read.frames, read.notes, read.truncated) == (FRAMES, [], False)


def test_a_recording_without_samples_is_refused_though_chunks_follow() -> None:
    content = WAV[:DATA] + bytes(4) + LIST
    with pytest.raises(AudioDecodeError, match="it holds no samples"):
        open_audio(content)


def test_samples_of_other_codings_are_read_too() -> None:
    for coding in ("MS_ADPCM", "PCM_24", "FLOAT", "ULAW"):
        whole = encode(SOUND, f"WAV/{coding}")
        at = whole.index(b"data") + 4
        expected = Read(whole)
        read = Read(put(whole, at, bytes(4)))
        assert read.frames == expected.frames
        assert np.array_equal(read.samples, expected.samples)


@given(st.integers(0, 2**32 - 1), st.sampled_from([None, 0, 36, 0xFFFFFFFF]))
def test_whatever_a_wav_claims_all_of_it_is_read(size: int, riff: int | None) -> None:
    read = Read(wav(size, riff))
    # An odd size may end within a sample.
    assert abs(read.frames - FRAMES) <= 1
    assert read.rate == RATE


def test_sizes_beyond_all_bounds_are_survived() -> None:
    content = encode(SOUND, "W64/PCM_16")
    for size in (2**63 - 1, 2**62, -1, -(2**63)):
        with suppress(AudioDecodeError):
            Read(put(content, 40 + 16, struct.pack("<q", size)))


@given(st.binary(max_size=300), st.integers(0, 200))
def test_damaged_chunks_give_an_answer_or_a_refusal(junk: bytes, at: int) -> None:
    try:
        Read(put(aiff(0), at, junk))
    except AudioDecodeError:
        return
