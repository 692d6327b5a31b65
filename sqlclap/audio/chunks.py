"""Chunked formats (WAV, RF64, W64, AIFF, CAF, AU): their true length, whatever headers claim."""

from __future__ import annotations

import re
import struct
from collections.abc import Container, Iterator
from dataclasses import dataclass, replace

from sqlclap.audio.encoded import Encoded, Layout, patched
from sqlclap.audio.mpeg import mpeg_layout

# Writers that can't seek back leave such a size in the header: it says nothing about the length.
PLACEHOLDER_BYTES = 0x7FFF_0000
_MPEG_IN_WAV = (0x50, 0x55)
# What is found behind the samples of a recording.
_TRAILING = (
    b"LIST", b"bext", b"iXML", b"axml", b"chna", b"cue ", b"smpl", b"inst", b"acid", b"fact",
    b"id3 ", b"ID3 ", b"_PMX", b"JUNK", b"junk", b"PAD ", b"PEAK", b"afsp", b"cart", b"strc",
    b"COMT", b"MARK", b"INST", b"NAME", b"AUTH", b"ANNO", b"(c) ", b"APPL", b"MIDI", b"COMM",
    b"info", b"strg", b"midi", b"uuid", b"free", b"edct", b"umid", b"ovvw", b"peak", b"mark",
)  # fmt: skip
_TAGS = (b"TAG", b"ID3", b"APETAGEX", b"LYRICSBEGIN")
CHUNK_MAGICS = (b"RIFF", b"RIFX", b"RF64", b"BW64", b"FORM", b"riff", b"caff", b".snd", b"dns.")
_TAIL_BYTES = 1 << 18
_MOST_CHUNKS = 1_000


@dataclass(frozen=True)
class _Form:
    """How a container writes its chunks."""

    first: int
    size: str
    name_bytes: int = 4
    counts_header: bool = False
    align: int = 2

    @property
    def header_bytes(self) -> int:
        return self.name_bytes + struct.calcsize(self.size)


@dataclass(frozen=True)
class _Chunk:
    name: bytes
    body: int
    size: int


@dataclass(frozen=True)
class _Samples:
    """Where the samples begin, and the field that claims how many bytes they take."""

    begin: int
    field_at: int
    field: str
    overhead: int = 0  # what the field counts besides the samples

    def claimed(self, encoded: Encoded) -> int:
        raw = encoded.at(self.field_at, struct.calcsize(self.field))
        is_there = len(raw) == struct.calcsize(self.field)
        size = int(struct.unpack(self.field, raw)[0]) if is_there else 0
        return size - self.overhead if size else 0

    @property
    def least_placeholder(self) -> int:
        return PLACEHOLDER_BYTES if struct.calcsize(self.field) == 4 else 2**60

    def claiming(self, length: int) -> dict[int, bytes]:
        max_value = 2 ** (8 * struct.calcsize(self.field) - self.field.endswith("q")) - 1
        return {self.field_at: struct.pack(self.field, min(length + self.overhead, max_value))}


_RIFF = _Form(12, "<I")
_RIFX = _Form(12, ">I")
_AIFF = _Form(12, ">I")
_CAF = _Form(8, ">q", align=1)
_W64 = _Form(40, "<q", name_bytes=16, counts_header=True, align=8)


def chunk_layout(encoded: Encoded) -> Layout | None:
    """Find where the samples of a recording end; None if its header is right or of an unknown kind.

    A truncated file gets a layout that says so, and is read as it is. A file whose header
    claims nothing, or less than is there, is read to its end, without the chunks that follow.
    """
    head = encoded.at(0, 64)
    magic = head[:4]
    if magic in (b"RIFF", b"RIFX", b"RF64", b"BW64") and head[8:12] == b"WAVE":
        return _wav_layout(encoded, _RIFX if magic == b"RIFX" else _RIFF)
    if magic == b"FORM" and head[8:12] in (b"AIFF", b"AIFC"):
        return _aiff_layout(encoded)
    if magic == b"riff" and head[24:28] == b"wave":
        return _one_field_layout(encoded, _W64, overhead=24)
    if magic == b"caff":
        return _one_field_layout(encoded, _CAF, overhead=4)
    if magic in (b".snd", b"dns.") and len(head) >= 12:
        order = ">" if magic == b".snd" else "<"
        begin = struct.unpack(f"{order}I", head[4:8])[0]
        return _settled(encoded, None, _Samples(begin, 8, f"{order}I"))
    return None


def _chunks(encoded: Encoded, form: _Form, at: int) -> Iterator[_Chunk]:
    """Walk chunks with names that can be read; their sizes are as claimed."""
    for _ in range(_MOST_CHUNKS):
        header = encoded.at(at, form.header_bytes)
        if len(header) < form.header_bytes or not all(32 <= byte < 127 for byte in header[:4]):
            return
        size = struct.unpack(form.size, header[form.name_bytes :])[0]
        size -= form.header_bytes if form.counts_header else 0
        yield _Chunk(header[:4], at + form.header_bytes, size)
        if size < 0:
            return
        at += form.header_bytes + size + -size % form.align


def wav_chunks(encoded: Encoded, names: Container[bytes], most: int) -> dict[bytes, bytes]:
    """Return the chunks of a WAV file (RIFF, RIFX, RF64, BW64) that have one of some names.

    Parameters
    ----------
    encoded : Encoded
    names : container of bytes
        Four characters each.
    most : int
        Longer chunks are cut to so many bytes; of those of one name, the first counts.

    Returns
    -------
    dict of bytes to bytes
        Nothing for another container.
    """
    head = encoded.at(0, 12)
    if head[:4] not in (b"RIFF", b"RIFX", b"RF64", b"BW64") or head[8:12] != b"WAVE":
        return {}
    form = _RIFX if head[:4] == b"RIFX" else _RIFF
    found: dict[bytes, bytes] = {}
    for chunk in _wav_chunks(encoded, form):
        if chunk.name in names:
            found.setdefault(chunk.name, encoded.at(chunk.body, min(chunk.size, most)))
    return found


def _wav_chunks(encoded: Encoded, form: _Form) -> Iterator[_Chunk]:
    """Walk a WAV file's chunks, also those behind samples whose size stands in ``ds64``."""
    long_size = 0
    for chunk in _chunks(encoded, form, form.first):
        yield chunk
        if chunk.name == b"ds64":
            long_size = struct.unpack("<Q", encoded.at(chunk.body + 8, 8).ljust(8, b"\0"))[0]
        elif chunk.name == b"data" and chunk.size >= PLACEHOLDER_BYTES:
            yield from _chunks(encoded, form, chunk.body + long_size + long_size % 2)
            return


def _wav_layout(encoded: Encoded, form: _Form) -> Layout | None:
    # libsndfile knows BW64 by its older name.
    patches = {0: b"RF64"} if encoded.at(0, 4) == b"BW64" else {}
    long_sizes, coding = None, 0
    for chunk in _chunks(encoded, form, form.first):
        if chunk.name == b"ds64":
            long_sizes = chunk.body
        elif chunk.name == b"fmt ":
            coding = struct.unpack(f"{form.size[0]}H", encoded.at(chunk.body, 2).ljust(2, b"\0"))[0]
        elif chunk.name == b"data":
            samples = _Samples(chunk.body, chunk.body - 4, form.size)
            if long_sizes is not None and chunk.size >= PLACEHOLDER_BYTES:
                samples = _Samples(chunk.body, long_sizes + 8, "<Q")
            if coding in _MPEG_IN_WAV:
                return mpeg_layout(encoded, range(chunk.body, encoded.size))
            if encoded.at(chunk.body, 4) == b"OggS":  # Vorbis in a WAV
                stop = chunk.body + min(chunk.size, encoded.size - chunk.body)
                return Layout(parts=((range(chunk.body, stop),),))
            return _settled(encoded, form, samples, patches)
    return None


def _aiff_layout(encoded: Encoded) -> Layout | None:
    common, common_at = b"", 0
    for chunk in _chunks(encoded, _AIFF, _AIFF.first):
        if chunk.name == b"COMM":
            common_at, common = chunk.body, encoded.at(chunk.body, 8)
        elif chunk.name == b"SSND":
            samples = _Samples(chunk.body + 8, chunk.body - 4, ">I", overhead=8)
            layout = _settled(encoded, _AIFF, samples)
            if layout is None or not layout.parts or len(common) < 8:
                return layout
            channels, _, bits = struct.unpack(">hIh", common)
            length = sum(map(len, layout.parts[0])) - samples.begin
            frame = max(1, channels) * max(1, (bits + 7) // 8)
            counts = {common_at + 2: struct.pack(">I", length // frame)} | samples.claiming(length)
            return replace(layout, parts=(patched(samples.begin + length, counts),))
    return None


def _one_field_layout(encoded: Encoded, form: _Form, overhead: int) -> Layout | None:
    for chunk in _chunks(encoded, form, form.first):
        if chunk.name == b"data":
            at = chunk.body - struct.calcsize(form.size)
            # CAF counts its edits in front of the samples, W64 the chunk's own header.
            begin = chunk.body + (0 if form.counts_header else overhead)
            return _settled(encoded, form, _Samples(begin, at, form.size, overhead))
    return None


def _settled(
    encoded: Encoded,
    form: _Form | None,
    samples: _Samples,
    patches: dict[int, bytes] | None = None,
) -> Layout | None:
    """Compare the claimed length with what is there; `form` is None where no chunks follow."""
    claimed, left = samples.claimed(encoded), encoded.size - samples.begin
    length, note = _honest_length(encoded, form, samples)
    patches = patches or {}
    if left < claimed < samples.least_placeholder:
        if form in (_RIFF, _RIFX, _AIFF) and _is_whole(encoded, form):
            note = f"its header claims {claimed:,} bytes of sound, {left:,} are read"
            return Layout((patched(encoded.size, (patches | samples.claiming(left))),), (note,))
        # libsndfile shortens the others by itself.
        patches = patches | (samples.claiming(left) if form is _CAF else {})
        parts = (patched(encoded.size, patches),) if patches else ()
        return Layout(parts, claimed_share=claimed / left) if left > 0 else None
    if length == 0:
        return Layout(flaw="it holds no samples")
    if length == claimed and not patches:
        return None
    patches = patches | samples.claiming(length)
    return Layout((patched(samples.begin + length, patches),), (note,) if note else ())


def _is_whole(encoded: Encoded, form: _Form) -> bool:
    """Whether the size of the whole container, which is written last, is that of the file."""
    size = struct.unpack(form.size, encoded.at(4, 4))[0] + 8
    return bool(0 <= encoded.size - size <= 1)


def _honest_length(
    encoded: Encoded, form: _Form | None, samples: _Samples
) -> tuple[int, str | None]:
    """Bytes of samples that are there, and a note where the header claims otherwise."""
    claimed, left = samples.claimed(encoded), encoded.size - samples.begin
    if left <= 0:
        return claimed, None
    if claimed < 0 or claimed >= max(samples.least_placeholder, left + 1):
        # Written to a pipe, whose writer said that it did not know.
        return _without_chunks(encoded, form, samples.begin), None
    if claimed >= left or _is_followed_well(encoded, form, samples.begin + claimed):
        return claimed, None
    length = _without_chunks(encoded, form, samples.begin)
    if claimed == 0:
        return length, "the recording was never finished: its header gives no length"
    return length, f"its header claims {claimed:,} bytes of sound, {length:,} are read"


def _is_followed_well(encoded: Encoded, form: _Form | None, at: int) -> bool:
    """Whether only chunks, tags or padding follow the samples."""
    rest = encoded.at(at, _TAIL_BYTES)
    sounding = rest.strip(b"\0")
    if sounding.startswith(_TAGS) or (not sounding and at + len(rest) == encoded.size):
        return True
    if form is None:
        return False
    ends = {at, at + -at % form.align}
    return any(_reaches_the_end(encoded, form, start) for start in ends)


def _reaches_the_end(encoded: Encoded, form: _Form, at: int) -> bool:
    """Whether the rest of the file consists of consecutive chunks."""
    known = False
    for chunk in _chunks(encoded, form, at):
        known |= chunk.name in _TRAILING
        at = chunk.body + chunk.size
        if chunk.size < 0 or at > encoded.size:
            return known  # the last of them was cut off
        at += -chunk.size % form.align
    return at >= encoded.size or (known and encoded.size - at < form.header_bytes)


def _without_chunks(encoded: Encoded, form: _Form | None, begin: int) -> int:
    """Bytes from `begin` to the chunks that end the file, or to its end."""
    whole = encoded.size - begin
    if form is None:
        return whole
    start = encoded.size - min(whole, _TAIL_BYTES)
    tail = encoded.at(start, encoded.size - start)
    chunks_found = sorted(
        match.start() for match in re.finditer(b"|".join(map(re.escape, _TRAILING)), tail)
    )
    for at in chunks_found[-_MOST_CHUNKS // 4 :]:
        chunk = next(_chunks(encoded, form, start + at), None)
        fits = chunk is not None and chunk.body + chunk.size <= encoded.size
        if fits and _reaches_the_end(encoded, form, start + at):
            return start + at - begin
    return whole


@dataclass(frozen=True)
class MetadataChunk:
    """A chunk that isn't the samples: its name, and the start of what it holds."""

    name: bytes
    body: bytes


def metadata_chunks(encoded: Encoded, most: int) -> tuple[str, list[MetadataChunk]]:
    """Return the chunks of a WAV, AIFF or CAF file, without its samples.

    Parameters
    ----------
    encoded : Encoded
    most : int
        Longer chunks are cut to so many bytes.

    Returns
    -------
    form : str
        "<" or ">" for a WAV by the order of its bytes, "aiff", "caf", or "" for others.
    chunks : list of MetadataChunk
    """
    head = encoded.at(0, 12)
    if head[:4] in (b"RIFF", b"RIFX", b"RF64", b"BW64") and head[8:12] == b"WAVE":
        form = _RIFX if head[:4] == b"RIFX" else _RIFF
        kind, found = form.size[0], _wav_chunks(encoded, form)
    elif head[:4] == b"FORM" and head[8:12] in (b"AIFF", b"AIFC"):
        kind, found = "aiff", _chunks(encoded, _AIFF, _AIFF.first)
    elif head[:4] == b"caff":
        kind, found = "caf", _chunks(encoded, _CAF, _CAF.first)
    else:
        return "", []
    samples = (b"data", b"SSND", b"JUNK", b"junk", b"PAD ", b"free", b"FLLR", b"peak")
    return kind, [
        MetadataChunk(one.name, encoded.at(one.body, min(one.size, most)))
        for one in found
        if one.name not in samples and one.size > 0
    ]
