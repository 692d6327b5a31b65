"""Chunks of WAV files: LIST/INFO, Broadcast Wave's bext, iXML, ACID, smpl and inst."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable, Iterator
from xml.etree import ElementTree

from sqlclap.audio.chunks import MetadataChunk
from sqlclap.metadata.entries import Entry, common_name, text_of

_INFO = {
    "INAM": "title", "IART": "artist", "IPRD": "album", "ICMT": "comment", "IGNR": "genre",
    "IKEY": "keywords", "ISBJ": "description", "ICRD": "created", "ISFT": "software",
    "ICOP": "copyright", "IENG": "engineer", "ISRC": "source", "ITRK": "track", "IPRT": "track",
}  # fmt: skip
_BEXT = (
    ("Description", 0, 256, "description"),
    ("Originator", 256, 288, "originator"),
    ("OriginatorReference", 288, 320, "originator_reference"),
    ("CodingHistory", 602, None, "coding_history"),
)
_ONE_SHOT, _ROOT_SET = 1, 2
_MOST_ELEMENTS = 150


def wav_entries(order: str, chunks: Iterable[MetadataChunk]) -> Iterator[Entry]:
    """Yield what a WAV file's chunks say.

    Parameters
    ----------
    order : str
        "<" or ">": of the bytes of its numbers.
    chunks : iterable of MetadataChunk
    """
    chunks = list(chunks)
    rate = 0
    for chunk in chunks:
        if chunk.name == b"fmt " and len(chunk.body) >= 8:
            rate = struct.unpack_from(f"{order}I", chunk.body, 4)[0]
    readers: dict[bytes, Callable[[bytes], Iterator[Entry]]] = {
        b"LIST": lambda body: _info(order, body),
        b"bext": _bext,
        b"iXML": _ixml,
        b"acid": lambda body: _acid(order, body),
        b"smpl": lambda body: _smpl(order, body, rate),
        b"inst": _inst,
    }
    for chunk in chunks:
        if chunk.name in readers:
            yield from readers[chunk.name](chunk.body)


def _info(order: str, body: bytes) -> Iterator[Entry]:
    if body[:4] != b"INFO":
        return
    at = 4
    while at + 8 <= len(body):
        name, size = body[at : at + 4], struct.unpack_from(f"{order}I", body, at + 4)[0]
        if not all(32 < byte < 127 for byte in name):
            return
        own = name.decode("ascii")
        value = text_of(body[at + 8 : at + 8 + size])
        yield Entry("info", own, _INFO.get(own, own.lower()), value)
        at += 8 + size + size % 2


def _bext(body: bytes) -> Iterator[Entry]:
    """Read a Broadcast Wave's description (EBU Tech 3285, section 2.3)."""
    for own, begin, end, field in _BEXT:
        yield Entry("bext", own, field, text_of(body[begin:end]))
    date, time = text_of(body[320:330]), text_of(body[330:338])
    if date.strip():
        yield Entry("bext", "OriginationDate", "created", f"{date} {time.replace('-', ':')}")
    if len(body) >= 414 and struct.unpack_from("<H", body, 346)[0] >= 2:
        loudness = struct.unpack_from("<h", body, 412)[0]
        if loudness not in (0, 0x7FFF):
            yield Entry("bext", "LoudnessValue", "loudness_lufs", loudness / 100)


def _ixml(body: bytes) -> Iterator[Entry]:
    """Read the texts of iXML, and of what Steinberg, Soundminer and ASWG write within."""
    text = body.rstrip(b"\0 \r\n")
    if b"<!DOCTYPE" in text or b"<!ENTITY" in text:  # entities could grow without bound
        return
    try:
        root = ElementTree.fromstring(text)  # noqa: S314 - see above
    except (ElementTree.ParseError, ValueError, LookupError, RecursionError):
        return
    count = 0
    for part in root.iter():
        inner = part.text or "" if len(part) == 0 else ""
        if inner.strip() and not part.tag.startswith("BWF_"):
            yield Entry("ixml", part.tag, common_name(part.tag), inner)
            count += 1
        if count == _MOST_ELEMENTS:
            return


def _acid(order: str, body: bytes) -> Iterator[Entry]:
    """Read ACID's chunk: flags, root note, beats, meter and tempo, as libsndfile does."""
    if len(body) < 24:
        return
    flags, root = struct.unpack_from(f"{order}IH", body)
    beats, lower, upper, tempo = struct.unpack_from(f"{order}IHHf", body, 12)
    one_shot = bool(flags & _ONE_SHOT)
    yield Entry("acid", "flags", "kind", "one-shot" if one_shot else "loop")
    if flags & _ROOT_SET and root < 128:
        yield Entry("acid", "root_note", "root_note", root)
    if one_shot:  # its tempo is what the program had at hand
        return
    if 0 < beats < 1_000_000:
        yield Entry("acid", "beats", "beats", beats)
    if 0 < upper < 100 and 0 < lower < 100:
        yield Entry("acid", "meter", "meter", f"{upper}/{lower}")
    if tempo > 0:
        yield Entry("acid", "tempo", "tempo", tempo)


def _smpl(order: str, body: bytes, rate: int) -> Iterator[Entry]:
    if len(body) < 36:
        return
    note, fraction = struct.unpack_from(f"{order}II", body, 12)
    if note < 128:
        yield Entry("smpl", "dwMIDIUnityNote", "root_note", note)
    if fraction:
        yield Entry("smpl", "dwMIDIPitchFraction", "fine_tune", round(fraction / 2**32 * 100, 2))
    if len(body) >= 60 and struct.unpack_from(f"{order}I", body, 28)[0] and rate > 0:
        begin, end = struct.unpack_from(f"{order}II", body, 44)
        if begin <= end:  # the last frame is of the loop
            yield Entry("smpl", "dwStart", "loop_start_s", round(begin / rate, 6))
            yield Entry("smpl", "dwEnd", "loop_end_s", round((end + 1) / rate, 6))


def _inst(body: bytes) -> Iterator[Entry]:
    if len(body) < 7:
        return
    note, tune = struct.unpack_from("Bb", body)
    if note < 128:
        yield Entry("inst", "bUnshiftedNote", "root_note", note)
    if tune:
        yield Entry("inst", "chFineTune", "fine_tune", tune)
