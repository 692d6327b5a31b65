"""FLAC: as long as its frames, whatever STREAMINFO claims."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sqlclap.errors import AudioDecodeError
from tests.audio.encoding import FRAMES, ID3V1, Read, burst_and_tone, encode, id3

SOUND = burst_and_tone()
WHOLE = encode(SOUND, "FLAC/PCM_16")


def claiming(frames: int, content: bytes = WHOLE) -> bytes:
    """Let STREAMINFO give so many samples; 0 means unknown."""
    packed = int.from_bytes(content[18:26], "big") >> 36 << 36 | frames
    return content[:18] + packed.to_bytes(8, "big") + content[26:]


@pytest.mark.parametrize(
    "content",
    [
        WHOLE,
        claiming(0),
        claiming(0) + ID3V1,
        claiming(0) + id3(200),
        id3(200) + WHOLE,
        id3(200) + claiming(0),
        WHOLE + ID3V1,
        WHOLE + id3(200),
    ],
)
def test_all_of_a_flac_is_read_without_a_word(content: bytes) -> None:
    read = Read(content)
    assert (read.frames, read.notes, read.truncated) == (FRAMES, [], False)
    assert np.abs(read.samples[:, 0] - SOUND).max() <= 2**-15


@given(st.integers(1, 2**36 - 1).filter(lambda count: count != FRAMES))
def test_a_wrong_count_is_not_believed_and_said(count: int) -> None:
    read = Read(claiming(count))
    assert (read.frames, read.truncated) == (FRAMES, False)
    assert read.notes == [f"its header claims {count:,} frames, {FRAMES:,} are read"]


@pytest.mark.parametrize("content", [WHOLE, claiming(0)])
def test_one_that_was_cut_off_is_noticed(content: bytes) -> None:
    read = Read(content[: len(content) * 9 // 10])
    assert read.truncated
    assert 0 < read.frames < FRAMES


def test_several_in_one_file_are_read_one_after_another() -> None:
    other = encode(SOUND[:8_000], "FLAC/PCM_16")
    read = Read(WHOLE + claiming(0, other) + id3(100) + WHOLE)
    assert read.frames == 2 * FRAMES + 8_000
    assert read.notes == ["3 recordings one after another: all are read"]
    assert np.abs(read.samples[-FRAMES:, 0] - SOUND).max() <= 2**-15


@given(st.binary(max_size=100), st.integers(42, len(WHOLE)))
def test_damage_gives_no_more_than_there_was(junk: bytes, at: int) -> None:
    try:
        read = Read(WHOLE[:at] + junk + WHOLE[at + len(junk) :])
    except AudioDecodeError:
        return
    assert read.frames <= FRAMES + 4_096
