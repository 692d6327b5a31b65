"""MPEG audio (MP3, MP2, MP1): which frames a file holds, whatever headers and tags claim.

Only frame headers are looked at. Layouts of the headers: ISO 11172-3 section 2.4.1; Xing, LAME and
VBRI: http://gabriel.mp3-tech.org/mp3infotag.html.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from functools import lru_cache

from sqlclap.audio.encoded import Encoded, Layout, Piece, chain_note

_READ_BYTES = 1 << 20
_LONGEST_FREE_FRAME = 8_192
_HEADERS_TO_TRUST = 3
_FRAMES_TO_TRUST = 4
_LEAST_SHARE = 8
_MOST_TRIES = 200_000  # places in junk: 50 MB of it, if it is random
_CUT = "it ends in the middle of a frame"
_BITRATES = {  # kbit/s by (is MPEG 1, layer)
    (True, 1): (32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448),
    (True, 2): (32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384),
    (True, 3): (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    (False, 1): (32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256),
    (False, 2): (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
    (False, 3): (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}
_RATES = {3: (44_100, 48_000, 32_000), 2: (22_050, 24_000, 16_000), 0: (11_025, 12_000, 8_000)}


@dataclass(frozen=True)
class _Header:
    """The first four bytes of a frame, parsed; `size` is 0 for free format."""

    version: int  # 3: MPEG 1, 2: MPEG 2, 0: MPEG 2.5
    layer: int
    rate: int
    mono: bool
    size: int
    padding: int

    @property
    def kind(self) -> tuple[int, int, int, bool]:
        return self.version, self.layer, self.rate, self.mono

    @property
    def frames(self) -> int:
        """Samples per channel in a frame."""
        if self.layer == 1:
            return 384
        return 576 if self.layer == 3 and self.version != 3 else 1152

    @property
    def info_at(self) -> int:
        """Where a Xing header begins in a frame without checksum."""
        side = (17 if self.mono else 32) if self.version == 3 else (9 if self.mono else 17)
        return 4 + side


@lru_cache(maxsize=4096)
def _header(second: int, third: int, mono: bool) -> _Header | None:
    version, layer = second >> 3 & 3, 4 - (second >> 1 & 3)
    rate_index, bit_index, padding = third >> 2 & 3, third >> 4, third >> 1 & 1
    if second < 0xE0 or version == 1 or layer == 4 or rate_index == 3 or bit_index == 15:
        return None
    rate, size = _RATES[version][rate_index], 0
    if bit_index:
        bits = 1000 * _BITRATES[version == 3, layer][bit_index - 1]
        if layer == 1:
            size = 4 * (12 * bits // rate + padding)
        else:
            size = (72 if layer == 3 and version != 3 else 144) * bits // rate + padding
    return _Header(version, layer, rate, mono, size, padding)


def _header_in(data: bytes, at: int = 0) -> _Header | None:
    if len(data) < at + 4 or data[at] != 0xFF:
        return None
    return _header(data[at + 1], data[at + 2], data[at + 3] >> 6 == 3)


@dataclass
class _Recording:
    """Frames that belong together, in stretches of the file."""

    first: _Header
    info: bytes = b""  # its Xing frame, which holds no sound
    vbri: bool = False
    frames: int = 0
    stretches: list[range] = field(default_factory=list)

    def add(self, start: int, stop: int, frames: int) -> None:
        self.frames += frames
        if self.stretches and self.stretches[-1].stop == start:
            self.stretches[-1] = range(self.stretches[-1].start, stop)
        else:
            self.stretches.append(range(start, stop))

    @property
    def is_trusted(self) -> bool:
        return self.frames >= _FRAMES_TO_TRUST or (self.frames > 0 and bool(self.info))

    @property
    def size(self) -> int:
        return sum(map(len, self.stretches))

    def _at(self) -> int:
        return self.first.info_at

    def claims(self) -> tuple[int, int]:
        """Frames and bytes that its Xing header claims; 0 where it doesn't."""
        if not self.info:
            return 0, 0
        flags, one, two = struct.unpack_from(">III", self.info.ljust(64, b"\0"), self._at() + 4)
        frames = one if flags & 1 else 0
        return frames, (two if flags & 1 else one) if flags & 2 else 0

    def trimmed(self) -> int:
        """Samples of delay and padding that a LAME tag says are no sound."""
        if not self.info:
            return 0
        # Behind as many of frames, bytes, table of contents and quality as its flags say.
        flags, sizes = self.info[self._at() + 7], {1: 4, 2: 4, 4: 100, 8: 4}
        tag = self._at() + 8 + sum(size for flag, size in sizes.items() if flags & flag)
        delays = self.info[tag + 21 : tag + 24]
        if len(delays) < 3 or not self.info[tag : tag + 4].isalnum():
            return 0
        value = int.from_bytes(delays, "big")
        return (value >> 12) + (value & 0xFFF)

    def samples(self) -> int:
        return max(0, self.frames * self.first.frames - self.trimmed())

    def pieces(self) -> tuple[Piece, ...]:
        """Return a file of its frames alone, with a header that states their number."""
        if self.first.layer != 3:
            return tuple(self.stretches)
        info = self.info or self._blank_info()
        flags = struct.unpack_from(">I", info, self._at() + 4)[0]
        if flags & 1:
            counts = struct.pack(">I", self.frames)
            counts += struct.pack(">I", len(info) + self.size) if flags & 2 else b""
            at = self._at() + 8
            info = info[:at] + counts + info[at + len(counts) :]
        else:
            info = self._blank_info()
        return (info, *self.stretches)

    def _blank_info(self) -> bytes:
        """Make a Xing frame with room for its counts, at the rate of the frames."""
        head = self.first
        for bit_index in range(1, 15):
            third = bit_index << 4 | _RATES[head.version].index(head.rate) << 2
            made = _header(0xE1 | head.version << 3 | 1 << 1, third, head.mono)
            if made and made.size >= head.info_at + 16:
                break
        else:  # pragma: no cover - the highest bit rates always have the room
            return b""
        fourth = 0xC0 if head.mono else 0
        start = bytes([0xFF, 0xE1 | head.version << 3 | 1 << 1, third, fourth])
        xing = start.ljust(head.info_at, b"\0") + b"Xing" + struct.pack(">III", 3, 0, 0)
        return xing.ljust(made.size, b"\0")


def looks_like_mpeg(head: bytes) -> bool:
    """Whether a file begins as MPEG audio does: with a frame, or a tag in front of one."""
    return head[:3] == b"ID3" or _header_in(head) is not None


def id3_bytes(head: bytes) -> int:
    """Length of the ID3v2 tag that begins here, 0 if none does."""
    if head[:3] != b"ID3" or len(head) < 10 or max(head[6:10]) > 127:
        return 0
    size = sum(byte << shift for byte, shift in zip(head[6:10], (21, 14, 7, 0), strict=True))
    return 10 + size + (10 if head[5] & 0x10 else 0)


def mpeg_layout(encoded: Encoded, span: range | None = None) -> Layout | None:
    """Count the frames of a file, and separate the recordings in it.

    Parameters
    ----------
    encoded : Encoded
    span : range, optional
        Where to look (in bytes), for frames inside another container.

    Returns
    -------
    Layout or None
        None when there are no frames. The parts of a file that holds one recording are only
        needed if a decoder finds another number of frames than `Layout.frames`.
    """
    scan = _Scan(encoded, span or range(encoded.size))
    recordings = scan.run()
    if not recordings:
        return None
    notes = chain_note(len(recordings))
    if scan.junk:
        notes.append(f"{scan.junk:,} bytes between its frames are no sound")
    last = recordings[-1]
    frames_claimed, bytes_claimed = last.claims()
    total_bytes = last.size + len(last.info) + scan.junk
    is_short = frames_claimed > last.frames and bytes_claimed > total_bytes
    parts = tuple(recording.pieces() for recording in recordings)
    if is_short and len(recordings) == 1 and not scan.junk:
        # As the header has it, with a length that the decoder will not reach.
        return Layout(notes=tuple(notes), cut=_CUT)
    cut = _CUT if is_short or (scan.cut and not frames_claimed) else None
    return Layout(
        parts=parts,
        notes=tuple(notes),
        # Decoders stop at the first bytes that are no frame, instead of searching on.
        frames=recordings[0].samples() if len(recordings) == 1 and not scan.junk else None,
        slack=recordings[0].first.frames,
        cut=cut,
    )


class _Scan:
    """One walk over the frames of a file."""

    def __init__(self, encoded: Encoded, span: range) -> None:
        self._encoded = encoded
        self._end = span.stop
        self._at = span.start
        self._free_size = 0
        self._found: list[_Recording] = []
        self._is_new = True
        self._pending_junk = 0
        self._skipped = 0
        self._tries = _MOST_TRIES
        self.junk = 0
        self.cut = False

    def run(self) -> list[_Recording]:
        while self._at < self._end and not self.cut:
            if not (self._skip_tag() or self._take_frames() or self._find_frames()):
                break
        trusted = [recording for recording in self._found if recording.is_trusted]
        # In other formats, a few bytes can look like frames by chance.
        trusted_bytes = sum(recording.size for recording in trusted)
        return trusted if trusted_bytes * _LEAST_SHARE > self._skipped else []

    def _read(self, at: int, count: int) -> bytes:
        return self._encoded.at(at, max(0, min(count, self._end - at)))

    def _skip_tag(self) -> bool:
        head = self._read(self._at, 32)
        size = 0
        if tag := id3_bytes(head):
            size = tag
            self._is_new = True
        elif head[:8] == b"APETAGEX" and len(head) >= 32:
            length, _, flags = struct.unpack_from("<III", head, 12)
            size = 32 + (length if flags & 0x2000_0000 else 0)
        elif head[:3] == b"TAG" and self._end - self._at >= 128:
            size = 128
            self._is_new = True
        self._at = min(self._at + size, self._end)
        return size > 0

    def _take_frames(self) -> bool:
        """Take consecutive frames; return False where none begins here."""
        head = _header_in(self._read(self._at, 4))
        if head is None or not self._is_trusted(head):
            return False
        recording = self._recording(head)
        start = self._at
        while self._at < self._end:
            block = self._read(self._at, _READ_BYTES)
            used, count = self._count(block, recording)
            if count:
                recording.add(self._at, self._at + used, count)
                self._at += used
            if not count or self._is_new:
                break
        return self._at > start or self.cut

    def _is_trusted(self, head: _Header) -> bool:
        """Whether frames of the same kind follow: four bytes alone can be chance."""
        if self._found and not self._is_new and head.kind == self._found[-1].first.kind:
            return True
        at, count = self._at, 0
        while count < _HEADERS_TO_TRUST:
            header = _header_in(self._read(at, 4))
            if header is None or header.kind != head.kind:
                break
            count, size = count + 1, self._size(header, at)
            at += size
            if not size or at >= self._end:
                return size > 0 and (count > 1 or at == self._end)
        is_tagged = self._read(at, 8).startswith((b"TAG", b"ID3", b"APETAGEX"))
        return count == _HEADERS_TO_TRUST or (count > 0 and is_tagged)

    def _size(self, head: _Header, at: int) -> int:
        if head.size:
            return head.size
        if not self._free_size:
            # Free format: as long as it is to the next such header, and so for all frames.
            data = self._read(at, _LONGEST_FREE_FRAME)
            position = data.find(data[:2], 24)
            while 0 <= position < len(data) - 2 and (data[position + 2] ^ data[2]) & ~2:
                position = data.find(data[:2], position + 1)
            if 0 <= position < len(data) - 2:
                self._free_size = position - head.padding
        return self._free_size + head.padding if self._free_size else 0

    def _recording(self, head: _Header) -> _Recording:
        """The recording that goes on here, or a new one with its first frame looked at."""
        if self._found and not self._is_new and self._found[-1].first.kind == head.kind:
            self.junk += self._pending_junk
        else:
            self._found.append(_Recording(head))
        self._pending_junk, self._is_new = 0, False
        recording = self._found[-1]
        if recording.frames == 0 and head.layer == 3:
            self._take_info(head, recording)
        return recording

    def _take_info(self, head: _Header, recording: _Recording) -> None:
        frame = self._read(self._at, head.size)
        if len(frame) < head.size or not head.size:
            return
        if _is_info(frame, 0, head.info_at):
            recording.info = frame
        elif frame[36:40] != b"VBRI":
            return
        self._at += head.size

    def _count(self, block: bytes, recording: _Recording) -> tuple[int, int]:
        """Bytes and number of the whole frames that a block begins with."""
        kind, at, count = recording.first.kind, 0, 0
        last, info_at = len(block) - 4, recording.first.info_at
        is_last = self._at + len(block) >= self._end
        while at <= last:
            head = _header_in(block, at)
            if head is None or head.kind != kind:
                break
            size = head.size or self._size(head, self._at + at)
            if at + size > len(block) or not size:
                self.cut = is_last
                break
            if count and kind[1] == 3 and _is_info(block, at, info_at):
                self._is_new = True  # another file begins
                break
            at, count = at + size, count + 1
        return at, count

    def _find_frames(self) -> bool:
        """Go on to the next place where frames follow on one another."""
        start = self._at
        while self._at < self._end:
            block = self._read(self._at, _READ_BYTES)
            near = block.find(b"\xff", 1)
            while 0 < near < len(block) - 4:
                self._tries -= 1
                if self._tries < 0:
                    return False
                head = _header_in(block, near)
                offset, self._at = self._at, self._at + near
                if block[near : near + 1] == b"\xff" and head and self._is_trusted_anew(head):
                    self._pending_junk += self._at - start
                    self._skipped += self._at - start
                    return True
                self._at = offset
                near = block.find(b"\xff", near + 1)
            self._at += max(1, len(block) - 4)
        return False

    def _is_trusted_anew(self, head: _Header) -> bool:
        was_new, self._is_new = self._is_new, True
        trusted = self._is_trusted(head)
        self._is_new = was_new
        return trusted


def _is_info(data: bytes, at: int, info_at: int) -> bool:
    mark = data[at + info_at : at + info_at + 4]
    return mark in (b"Xing", b"Info") and not data[at + 4 : at + info_at].strip(b"\0")
