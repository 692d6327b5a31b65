"""FLAC: how many samples its frames hold, and where a concatenated file begins (RFC 9639)."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from functools import cache

import numpy as np

from sqlclap.audio.encoded import Encoded, Layout, Piece, chain_note
from sqlclap.audio.mpeg import id3_bytes

_MARK = b"fLaC"
_MARK_WORD = int.from_bytes(_MARK, "little")
_INFO_BYTES = 42  # the mark, a block header and STREAMINFO
_READ_BYTES = 1 << 20
_TAIL_BYTES = 1 << 18
_BLOCK_SIZES = {1: 192, **{n: 576 << n - 2 for n in range(2, 6)}}
_BLOCK_SIZES |= {n: 256 << n - 8 for n in range(8, 16)}


@dataclass(frozen=True)
class _Stream:
    """One FLAC file among those in a file, and how many samples it claims to hold."""

    span: range
    head: bytes
    claimed: int
    frames: int | None  # None: unknown
    is_whole: bool  # it ends where a frame ends

    @property
    def is_honest(self) -> bool:
        if self.frames is None or self.frames == self.claimed:
            return True
        # Fewer than claimed because it was cut off: that the decoder will find.
        return 0 < self.frames < self.claimed and not self.is_whole

    def pieces(self) -> tuple[Piece, ...]:
        """The stream with an honest count."""
        begin = self.span.start
        if self.is_honest or not self.frames:
            return (self.span,)
        return (_with_count(self.head, self.frames), range(begin + _INFO_BYTES, self.span.stop))


def flac_layout(encoded: Encoded) -> Layout | None:
    """Compare the samples that a FLAC file claims with those of its frames.

    Returns
    -------
    Layout or None
        None when the count is right, or the frames can't be told.
    """
    streams = _streams(encoded)
    if not streams:
        return None
    notes = chain_note(len(streams))
    first = streams[0]
    if len(streams) == 1:
        if first.span.start == 0 and first.is_honest:
            return None
        if first.claimed and first.frames and not first.is_honest:
            notes.append(f"its header claims {first.claimed:,} frames, {first.frames:,} are read")
    last = streams[-1]
    is_cut = last.claimed == 0 and not last.is_whole
    parts = tuple(stream.pieces() for stream in streams)
    return Layout(parts, tuple(notes), cut="it ends in the middle of a frame" if is_cut else None)


def _streams(encoded: Encoded) -> list[_Stream]:
    starts = _starts(encoded)
    streams = []
    for start, following in zip(starts, [*starts, encoded.size][1:], strict=True):
        head = encoded.at(start, _INFO_BYTES)
        claimed = int.from_bytes(head[21:26], "big") & (1 << 36) - 1
        span = range(start, _without_tags(encoded, start, following))
        streams.append(_Stream(span, head, claimed, *_frames(encoded, span, head)))
    return streams


def _starts(encoded: Encoded) -> list[int]:
    """Return where FLAC files begin: the marker and a plausible STREAMINFO block."""
    starts, at = [], 0
    while at < encoded.size:
        block = encoded.at(at, _READ_BYTES)
        for position in _marks(block):
            head = encoded.at(at + position, _INFO_BYTES)
            if len(head) == _INFO_BYTES and head[4] & 0x7F == 0 and head[5:8] == b"\0\0\x22":
                starts.append(at + position)
        if len(block) < _READ_BYTES:
            break
        at += len(block) - len(_MARK) + 1
    return sorted(set(starts))


def _marks(block: bytes) -> list[int]:
    """Return where the marker stands: four bytes at once, and beside other threads."""
    found: list[int] = []
    for offset in range(min(len(_MARK), max(len(block) - 3, 0))):
        words = np.frombuffer(block, "<u4", (len(block) - offset) // 4, offset)
        found += (4 * np.flatnonzero(words == _MARK_WORD) + offset).tolist()
    return sorted(found)


def _without_tags(encoded: Encoded, start: int, stop: int) -> int:
    """The end of a stream without ID3 and APE tags behind it."""
    if encoded.at(max(start, stop - 128), 3) == b"TAG":
        stop -= 128
    footer = encoded.at(max(start, stop - 32), 32)
    if footer[:8] == b"APETAGEX":
        length, _, flags = struct.unpack_from("<III", footer, 12)
        stop -= length + (32 if flags & 0x8000_0000 else 0)
    # A file that follows may have its tag in front.
    tail = encoded.at(max(start, stop - _TAIL_BYTES), min(_TAIL_BYTES, stop - start))
    at = tail.rfind(b"ID3")
    if at >= 0 and id3_bytes(tail[at : at + 10]) == len(tail) - at:
        stop -= len(tail) - at
    return max(start, stop)


def _frames(encoded: Encoded, span: range, head: bytes) -> tuple[int | None, bool]:
    """Frames per channel up to the end of the last whole FLAC frame, and whether it is the end.

    The last FLAC frame says its own number, so that only the end of the file is read.
    """
    claimed = int.from_bytes(head[21:26], "big") & (1 << 36) - 1
    fixed = int.from_bytes(head[8:10], "big")
    begin = max(span.start, span.stop - _TAIL_BYTES)
    tail = encoded.at(begin, span.stop - begin)
    end, at = len(tail), tail.rfind(b"\xff")
    while at >= 0:
        if at + 1 < len(tail) and tail[at + 1] & 0xFE == 0xF8:
            parsed = _frame_end(tail, at, fixed)
            if parsed == claimed or (parsed and _crc16(tail[at : end - 2]) == tail[end - 2 : end]):
                return parsed, end == len(tail)
            if parsed is not None:
                end = at  # a frame that was cut off: the one before it may be whole
        at = tail.rfind(b"\xff", 0, at)
    return None, False


def _frame_end(data: bytes, at: int, fixed: int) -> int | None:
    """Number of samples up to the end of the frame that begins here; None if none does."""
    header = data[at : at + 16]
    code, rate, number, used = header[2] >> 4 if len(header) > 8 else 0, 0, 0, 4
    if not code:
        return None
    rate = header[2] & 15
    first = header[4]
    more = 0 if first < 0x80 else 8 - (first ^ 0xFF).bit_length() - 1
    if more < 0 or more > 6 or (first >= 0x80 and more == 0):
        return None
    number = first if first < 0x80 else first & (0x3F >> more)
    for byte in header[5 : 5 + more]:
        if byte & 0xC0 != 0x80:
            return None
        number = number << 6 | byte & 0x3F
    used = 5 + more
    extra = {6: 1, 7: 2}.get(code, 0)
    size = _BLOCK_SIZES.get(code) or int.from_bytes(header[used : used + extra], "big") + 1
    used += extra + {12: 1, 13: 2, 14: 2}.get(rate, 0)
    if used >= len(header) or _crc8(header[:used]) != header[used]:
        return None
    return (number if header[1] & 1 else number * fixed) + size


def _with_count(head: bytes, frames: int) -> bytes:
    value = int.from_bytes(head[18:26], "big") >> 36 << 36 | frames
    return head[:18] + value.to_bytes(8, "big") + head[26:]


@cache
def _table(polynomial: int, bits: int) -> tuple[int, ...]:
    top, mask, table = 1 << bits - 1, (1 << bits) - 1, []
    for byte in range(256):
        value = byte << bits - 8
        for _ in range(8):
            value = (value << 1 ^ (polynomial if value & top else 0)) & mask
        table.append(value)
    return tuple(table)


def _crc8(data: bytes) -> int:
    crc, table = 0, _table(0x07, 8)
    for byte in data:
        crc = table[crc ^ byte]
    return crc


def _crc16(data: bytes) -> bytes:
    crc, table = 0, _table(0x8005, 16)
    for byte in data:
        crc = (crc << 8 & 0xFFFF) ^ table[crc >> 8 ^ byte]
    return crc.to_bytes(2, "big")
