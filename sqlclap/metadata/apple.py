"""Chunks of AIFF and CAF files: names and comments, Apple Loops, CAF's information entries."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator

from sqlclap.audio.chunks import MetadataChunk
from sqlclap.metadata.entries import Entry, common_name, text_of
from sqlclap.metadata.keys import note_name

_TEXTS = {
    b"NAME": "title", b"AUTH": "artist", b"(c) ": "copyright", b"ANNO": "comment",
}  # fmt: skip
_SCALES = {1: "minor", 2: "major"}
_LOOPS_UUID = bytes.fromhex("29819273b5bf4aefb78d62d1ef90bb2c")
"""Of the chunk in which Apple Loops in CAF say category, key and the like."""

_MOST_ENTRIES = 150
_MODE_NAMES = ("key_type", "key type")


def aiff_entries(chunks: Iterable[MetadataChunk]) -> Iterator[Entry]:
    """Yield what an AIFF file's chunks say."""
    chunks = list(chunks)
    duration_s = _aiff_duration(chunks)
    for chunk in chunks:
        if chunk.name in _TEXTS:
            own = chunk.name.decode("ascii")
            yield Entry("aiff", own, _TEXTS[chunk.name], text_of(chunk.body))
        elif chunk.name == b"INST" and len(chunk.body) >= 2:
            note, tune = struct.unpack_from(">Bb", chunk.body)
            if note < 128:
                yield Entry("inst", "baseNote", "root_note", note)
            if tune:
                yield Entry("inst", "detune", "fine_tune", tune)
        elif chunk.name == b"basc":
            yield from _basc(chunk.body, duration_s)


def _aiff_duration(chunks: list[MetadataChunk]) -> float:
    """Return the length (in seconds) that COMM gives; 0 if it gives none."""
    for chunk in chunks:
        if chunk.name == b"COMM" and len(chunk.body) >= 18:
            frames = struct.unpack_from(">I", chunk.body, 2)[0]
            exponent, mantissa = struct.unpack_from(">HQ", chunk.body, 8)  # 80-bit float
            if 16383 <= exponent < 16383 + 32:
                return float(frames / (mantissa / 2 ** (16383 + 63 - exponent) or 1.0))
    return 0.0


def _basc(body: bytes, duration_s: float) -> Iterator[Entry]:
    """Read an Apple Loop's chunk, as libsndfile does: beats, root, scale, meter and kind."""
    if len(body) < 18:
        return
    beats, root, scale, upper, lower, kind = struct.unpack_from(">IHHHHH", body, 4)
    yield Entry("basc", "loopType", "kind", "one-shot" if kind == 1 else "loop")
    if 0 < root < 128:
        yield Entry("basc", "rootNote", "root_note", root)
        if scale in _SCALES:
            yield Entry("basc", "scaleType", "key", f"{note_name(root)} {_SCALES[scale]}")
    if 0 < upper < 100 and 0 < lower < 100:
        yield Entry("basc", "timeSignature", "meter", f"{upper}/{lower}")
    if kind != 1 and 0 < beats < 1_000_000:
        yield Entry("basc", "numBeats", "beats", beats)
        if duration_s > 0:
            yield Entry("basc", "numBeats", "tempo", beats * 60 / duration_s)


def caf_entries(chunks: Iterable[MetadataChunk]) -> Iterator[Entry]:
    """Yield what a CAF file's information entries and Apple Loops' chunk say."""
    for chunk in chunks:
        if chunk.name == b"info":
            yield from _pairs(chunk.body)
        elif chunk.name == b"uuid" and chunk.body[:16] == _LOOPS_UUID:
            yield from _pairs(chunk.body[16:])


def _pairs(body: bytes) -> Iterator[Entry]:
    """Read a number of entries, each a key and a value that end in a NUL."""
    if len(body) < 4:
        return
    texts = body[4:].split(b"\0")
    count = min(struct.unpack_from(">I", body)[0], len(texts) // 2, _MOST_ENTRIES)
    pairs = {text_of(texts[2 * one]): text_of(texts[2 * one + 1]) for one in range(count)}
    mode = next((value for key, value in pairs.items() if key.lower() in _MODE_NAMES), "")
    for own, value in pairs.items():
        field = common_name(own)
        if field == "key" and mode.lower() in ("major", "minor") and mode.lower() not in value:
            yield Entry("caf", own, field, f"{value} {mode.lower()}")
        else:
            yield Entry("caf", own, field, value)
