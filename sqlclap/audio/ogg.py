"""Ogg: the chained links of a file, and the multiplexed streams within each.

Only page headers are looked at (RFC 3533). A file may be a chain of links, each of which begins
anew; and a link may hold several streams at once, of which the first sound is taken.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache

from sqlclap.audio.encoded import Encoded, Layout, Piece, chain_note

_MARK = b"OggS"
_BEGINS, _ENDS, _HEADER_BYTES = 2, 4, 27
_FLAC_HEAD = 42  # its mark and STREAMINFO
_FLAC = b"\x7fFLAC"
_SOUNDS = (b"OpusHead", b"\x01vorbis", _FLAC, b"Speex   ")
_READ_BYTES = 1 << 18
_NO_END = "its last page doesn't say that the sound ends there: it may have been cut off"
# More frames than a page can hold: 255 packets of at most 120 ms, at 48 kHz.
_OUT_OF_REACH = 255 * 5_760


@dataclass
class _Clock:
    """A stream's length according to its pages: each states the position (in frames) at its end."""

    highest: int = 0  # before the last page
    last: int = 0
    last_page: range = range(0)

    def add(self, position: int, page: range) -> None:
        self.highest = max(self.highest, self.last)
        self.last, self.last_page = position, page

    @property
    def is_wrong(self) -> bool:
        """Whether the last page, which gives the length, lies behind those before it."""
        return bool(self.last_page) and (self.last <= 0 or self.last < self.highest)


@dataclass
class _Link:
    """Streams that begin together."""

    serials: set[int] = field(default_factory=set)
    sounds: list[int] = field(default_factory=list)
    flacs: set[int] = field(default_factory=set)
    ended: set[int] = field(default_factory=set)
    pages: dict[int, list[range]] = field(default_factory=dict)
    clocks: dict[int, _Clock] = field(default_factory=dict)

    @property
    def clock(self) -> _Clock:
        """The clock of the first sound."""
        return self.clocks.get(self.sounds[0], _Clock())

    def begin(self, serial: int, head: bytes) -> None:
        """Take in a stream by how its first packet begins."""
        self.serials.add(serial)
        if head.startswith(_SOUNDS):
            self.sounds.append(serial)
        if head.startswith(_FLAC):
            self.flacs.add(serial)

    def add(self, serial: int, header: bytes, page: range) -> None:
        if header[5] & _ENDS:
            self.ended.add(serial)
        lacing = header[_HEADER_BYTES : _HEADER_BYTES + header[26]]
        if any(value < 255 for value in lacing):  # some packet ends on this page
            position = int.from_bytes(header[6:14], "little", signed=True)
            self.clocks.setdefault(serial, _Clock()).add(position, page)
        mine = self.pages.setdefault(serial, [])
        if mine and mine[-1].stop == page.start:
            mine[-1] = range(mine[-1].start, page.stop)
        else:
            mine.append(page)


def ogg_layout(encoded: Encoded) -> Layout | None:
    """Separate the sounds in an Ogg file; None if it holds one sound and nothing else."""
    links, cut = _links(encoded)
    sounding = [link for link in links if link.sounds]
    if not sounding:
        return None
    extra_streams = sum(len(link.sounds) - 1 for link in sounding)
    notes = chain_note(len(sounding))
    if extra_streams:
        notes.append("several sounds run beside each other: the first is read")
    plain = len(links) == 1 and len(links[0].serials) == 1
    wrong = not cut and any(link.clock.is_wrong for link in sounding)
    if wrong:
        notes.append("its last page gives a wrong length: it is read to its end")
    if not cut and sounding[-1].sounds[0] not in sounding[-1].ended:
        notes.append(_NO_END)
    is_flac = any(link.sounds[0] in link.flacs for link in sounding)
    parts = tuple(_parts(encoded, link, mend=not cut) for link in sounding)
    return Layout(
        () if plain and not wrong and not is_flac else parts,
        tuple(notes),
        is_endless=wrong,
        cut="it ends in the middle of a page" if cut else None,
    )


def _parts(encoded: Encoded, link: _Link, mend: bool) -> tuple[Piece, ...]:
    bare = _bare_flac(encoded, link) if link.sounds[0] in link.flacs else ()
    return bare or _pieces(encoded, link, mend)


def _bare_flac(encoded: Encoded, link: _Link) -> tuple[Piece, ...]:
    """Return the FLAC that a link's pages carry, for decoders that don't read FLAC in Ogg.

    The first packet is a mark, its version, and the head of a FLAC file; all that follows is that
    file's (https://xiph.org/flac/ogg_mapping.html). The pages tell how long it is. Nothing where it
    is none.
    """
    pieces: list[Piece] = []
    for span in link.pages[link.sounds[0]]:
        at = span.start
        while at + _HEADER_BYTES <= span.stop:
            header = encoded.at(at, _HEADER_BYTES + 255)
            body = at + _HEADER_BYTES + header[26]
            at = body + sum(header[_HEADER_BYTES : _HEADER_BYTES + header[26]])
            pieces.append(range(body, min(at, span.stop)))
    first = pieces[0] if pieces else range(0)
    head = encoded.at(first.start, len(first))[9:] if isinstance(first, range) else b""
    frames = max(link.clock.highest, link.clock.last)
    if not head.startswith(b"fLaC") or len(head) < _FLAC_HEAD or not 0 <= frames < 1 << 36:
        return ()
    count = (head[21] & 0xF0 | frames >> 32).to_bytes(1, "big")
    count += (frames & 0xFFFF_FFFF).to_bytes(4, "big")
    return (head[:21] + count + head[26:], *pieces[1:])


def _pieces(encoded: Encoded, link: _Link, mend: bool) -> tuple[Piece, ...]:
    """Return the pages of a link's first sound; a wrong length on the last page is replaced."""
    serial = link.sounds[0]
    pages, clock = link.pages[serial], link.clock
    if not mend or not clock.is_wrong:
        return tuple(pages)
    page = encoded.at(clock.last_page.start, len(clock.last_page))
    position = (clock.highest + _OUT_OF_REACH).to_bytes(8, "little")
    page = page[:6] + position + page[14:22] + bytes(4) + page[26:]
    page = page[:22] + _checksum(page).to_bytes(4, "little") + page[26:]
    before = range(pages[-1].start, clock.last_page.start)
    return (*pages[:-1], before, page)


def _links(encoded: Encoded) -> tuple[list[_Link], bool]:
    """All links of a file, and whether its last page is cut off."""
    links: list[_Link] = []
    at, block, base, beginning = 0, b"", 0, False
    while at + _HEADER_BYTES <= encoded.size:
        if not base <= at <= base + len(block) - _HEADER_BYTES - 255:
            base, block = at, encoded.at(at, _READ_BYTES)
        offset = at - base
        if block[offset : offset + 4] != _MARK:
            at = _next_mark(encoded, at + 1)
            continue
        segments = block[offset + 26]
        size = _HEADER_BYTES + segments + sum(block[offset + 27 : offset + 27 + segments])
        serial = int.from_bytes(block[offset + 14 : offset + 18], "little")
        if block[offset + 5] & _BEGINS:
            if not beginning:
                links.append(_Link())
            links[-1].begin(serial, encoded.at(at + _HEADER_BYTES + segments, 8))
        beginning = bool(block[offset + 5] & _BEGINS)
        end = min(at + size, encoded.size)
        if links and serial in links[-1].serials:
            links[-1].add(serial, block[offset : offset + _HEADER_BYTES + segments], range(at, end))
        if at + size > encoded.size:
            return links, True
        at += size
    return links, False


def _next_mark(encoded: Encoded, at: int) -> int:
    while at < encoded.size:
        block = encoded.at(at, _READ_BYTES)
        position = block.find(_MARK)
        if position >= 0:
            return at + position
        at += max(1, len(block) - len(_MARK) + 1)
    return at


@cache
def _table() -> tuple[int, ...]:
    table = []
    for byte in range(256):
        value = byte << 24
        for _ in range(8):
            value = (value << 1 ^ (0x04C1_1DB7 if value >> 31 else 0)) & 0xFFFF_FFFF
        table.append(value)
    return tuple(table)


def _checksum(page: bytes) -> int:
    crc, table = 0, _table()
    for byte in page:
        crc = (crc << 8 & 0xFFFF_FFFF) ^ table[crc >> 24 ^ byte]
    return crc
