"""Ogg: which sounds follow on one another in a file, and which streams run beside them.

Only page headers are looked at (RFC 3533). A file may be a chain of links, each of which begins
anew; and a link may hold several streams at once, of which the first sound is taken.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from sqlclap.audio.encoded import Encoded, Layout

_MARK = b"OggS"
_BEGINS, _HEADER_BYTES = 2, 27
_SOUNDS = (b"OpusHead", b"\x01vorbis", b"\x7fFLAC", b"Speex   ")
_READ_BYTES = 1 << 18


@dataclass
class _Link:
    """Streams that begin together."""

    serials: set[int] = field(default_factory=set)
    sounds: list[int] = field(default_factory=list)
    pages: dict[int, list[range]] = field(default_factory=dict)

    def add(self, serial: int, page: range) -> None:
        mine = self.pages.setdefault(serial, [])
        if mine and mine[-1].stop == page.start:
            mine[-1] = range(mine[-1].start, page.stop)
        else:
            mine.append(page)


def ogg_layout(encoded: Encoded) -> Layout | None:
    """Tell the sounds in an Ogg file apart; None when there is one and nothing beside it."""
    links, cut = _links(encoded)
    sounding = [link for link in links if link.sounds]
    if not sounding:
        return None
    beside = sum(len(link.sounds) - 1 for link in sounding)
    notes = []
    if len(sounding) > 1:
        notes.append(f"{len(sounding)} recordings one after another: all are read")
    if beside:
        notes.append("several sounds run beside each other: the first is read")
    plain = len(links) == 1 and len(links[0].serials) == 1
    parts = () if plain else tuple(tuple(link.pages[link.sounds[0]]) for link in sounding)
    return Layout(parts, tuple(notes), cut="it ends in the middle of a page" if cut else None)


def _links(encoded: Encoded) -> tuple[list[_Link], bool]:
    """All links of a file, and whether its last page is cut off."""
    links: list[_Link] = []
    at, block, base, beginning = 0, b"", 0, False
    while at + _HEADER_BYTES <= encoded.size:
        if not base <= at <= base + len(block) - _HEADER_BYTES - 255:
            base, block = at, encoded.at(at, _READ_BYTES)
        here = at - base
        if block[here : here + 4] != _MARK:
            at = _next_mark(encoded, at + 1)
            continue
        segments = block[here + 26]
        size = _HEADER_BYTES + segments + sum(block[here + 27 : here + 27 + segments])
        serial = int.from_bytes(block[here + 14 : here + 18], "little")
        if block[here + 5] & _BEGINS:
            if not beginning:
                links.append(_Link())
            links[-1].serials.add(serial)
            body = encoded.at(at + _HEADER_BYTES + segments, 8)
            if body.startswith(_SOUNDS) or body[:7] in _SOUNDS or body[:5] in _SOUNDS:
                links[-1].sounds.append(serial)
        beginning = bool(block[here + 5] & _BEGINS)
        end = min(at + size, encoded.size)
        if links and serial in links[-1].serials:
            links[-1].add(serial, range(at, end))
        if at + size > encoded.size:
            return links, True
        at += size
    return links, False


def _next_mark(encoded: Encoded, at: int) -> int:
    while at < encoded.size:
        block = encoded.at(at, _READ_BYTES)
        found = block.find(_MARK)
        if found >= 0:
            return at + found
        at += max(1, len(block) - len(_MARK) + 1)
    return at
