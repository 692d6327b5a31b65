"""What a node gives out of the files of its sounds: bytes within bounds, named by ids alone."""

from __future__ import annotations

import pytest

from sqlclap.shards.sound_files import MOST_READ, ReadSound, SoundBytes, SoundState
from sqlclap.shards.sounds import MOST_TOLD, TellSounds
from sqlclap.shards.wire import WireError, pack, unpack


@pytest.mark.parametrize(
    ("start", "length"), [(0, MOST_READ + 1), (-1, 5), (0, -1), (2**62, 1), (2**200, 1)]
)
def test_what_is_out_of_bounds_is_refused(start: int, length: int) -> None:
    with pytest.raises(ValueError, match="bytes of a file"):
        ReadSound(1, start, length)
    asked = pack(ReadSound(1, 0, 5)).replace(b"[1,0,5]", b"[1,%d,%d]" % (start, length))
    with pytest.raises(WireError):
        unpack(asked)


def test_too_many_sounds_are_refused() -> None:
    with pytest.raises(ValueError, match="at most"):
        TellSounds(tuple(range(MOST_TOLD + 1)))


def test_bytes_travel_as_they_are() -> None:
    part = SoundBytes(3, 5, b"\x00\xff~")
    assert unpack(pack(part)) == part
    state = SoundState(3, 5, None, False)
    assert unpack(pack(state)) == state
