"""The judge of formats: which sounds browsers play as they are; the rest becomes WAV.

It reads the first bytes of an open file, never its name, and a few more where a format keeps what
matters further back. Unknown beginnings are no verdict on the sound: a decoder may still open it.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from dataclasses import dataclass

WAV = "audio/wav"
NATIVE_RATES = range(8_000, 96_001)
"""Rates (in Hz) that all browsers play; what lies outside is resampled."""

_PCM = 1
_EXTENSIBLE = 0xFFFE
_HEAD_BYTES = 4_096
_TAIL_BYTES = 1 << 16
_MOST_CHUNKS = 256
_ID3V1_BYTES = 128


@dataclass(frozen=True)
class Format:
    """What a file holds, by its first bytes.

    Attributes
    ----------
    mime : str or None
        Such as ``audio/flac``; None for what begins like no sound.
    native : bool
        Whether the browsers of today play the whole of it as it is.
    """

    mime: str | None
    native: bool = False


def judge(descriptor: int, size: int) -> Format:
    """Return what an open regular file holds.

    Parameters
    ----------
    descriptor : int
        Of the open file; where it is read next does not change.
    size : int
        Of the file, in bytes.
    """
    start = _id3_bytes(_at(descriptor, 0, 10))
    head = _at(descriptor, start, _HEAD_BYTES)
    mime = _by_mark(head) or _by_boxes(head) or _by_frames(head)
    if mime is None:
        return Format("audio/mpeg" if start else None)
    if start and mime != "audio/mpeg":
        return Format(mime)  # an ID3 tag in front of another format: not all browsers skip it
    test = _NATIVE.get(mime)
    return Format(mime, test is not None and test(_File(descriptor, size, start, head)))


@dataclass(frozen=True)
class _File:
    descriptor: int
    size: int
    start: int
    head: bytes

    def at(self, offset: int, length: int) -> bytes:
        return _at(self.descriptor, self.start + offset, length)


def _at(descriptor: int, offset: int, length: int) -> bytes:
    return os.pread(descriptor, length, offset) if offset < 2**62 else b""


def _id3_bytes(head: bytes) -> int:
    """Return how many bytes an ID3v2 tag takes up, or 0 where there is none."""
    if len(head) < 10 or head[:3] != b"ID3":
        return 0
    size = 0
    for byte in head[6:10]:
        size = size << 7 | byte & 0x7F
    return 10 + size + (10 if head[5] & 0x10 else 0)


_MARKS = (
    (b"fLaC", "audio/flac"),
    (b"OggS", "audio/ogg"),
    (b".snd", "audio/basic"),
    (b"caff", "audio/x-caf"),
    (b"RF64", "audio/x-rf64"),
    (b"riff\x2e\x91\xcf\x11", "audio/x-w64"),
    (b"\x1aE\xdf\xa3", "audio/webm"),
    (b"wvpk", "audio/x-wavpack"),
    (b"MAC ", "audio/x-ape"),
    (b"TTA1", "audio/x-tta"),
    (b"#!AMR", "audio/amr"),
    (b"\x0bw", "audio/ac3"),
    (b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", "audio/x-ms-wma"),
)


def _by_mark(head: bytes) -> str | None:
    return next((mime for mark, mime in _MARKS if head.startswith(mark)), None)


def _by_boxes(head: bytes) -> str | None:
    if head[:4] in (b"RIFF", b"RIFX") and head[8:12] == b"WAVE":
        return WAV if head[:4] == b"RIFF" else "audio/x-rifx"
    if head[:4] == b"FORM" and head[8:12] in (b"AIFF", b"AIFC"):
        return "audio/aiff"
    return "audio/mp4" if head[4:8] == b"ftyp" else None


def _by_frames(head: bytes) -> str | None:
    """Recognise MPEG audio and ADTS by their frames' sync words."""
    if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE0 != 0xE0:
        return None
    if head[1] & 0xF6 == 0xF0:
        return "audio/aac"
    is_frame = head[1] & 0x06 and head[2] & 0xF0 != 0xF0 and head[2] & 0x0C != 0x0C
    return "audio/mpeg" if is_frame else None


def _native_wav(file: _File) -> bool:
    """Tell whether a WAV holds PCM of 8, 16 or 24 bits, and all that its header says."""
    at, plain = 12, False
    for _ in range(_MOST_CHUNKS):
        chunk = file.at(at, 48)
        if len(chunk) < 8:
            return False
        name, size = chunk[:4], struct.unpack_from("<I", chunk, 4)[0]
        if name == b"fmt ":
            plain = _plain_pcm(chunk[8 : 8 + size])
        if name == b"data":
            return plain and 0 < size <= file.size - at - 8
        at += 8 + size + size % 2
    return False


def _plain_pcm(fmt: bytes) -> bool:
    if len(fmt) < 16:
        return False
    coding, channels, rate = struct.unpack_from("<HHI", fmt)
    bits = struct.unpack_from("<H", fmt, 14)[0]
    if coding == _EXTENSIBLE and len(fmt) >= 26:
        coding = struct.unpack_from("<H", fmt, 24)[0]
    return coding == _PCM and channels in (1, 2) and bits in (8, 16, 24) and rate in NATIVE_RATES


def _native_flac(file: _File) -> bool:
    """Tell whether a FLAC says how long it is; piped ones don't, and then none can be seeked in."""
    if len(file.head) < 26:
        return False
    packed = int.from_bytes(file.head[18:26], "big")
    rate, channels, frames = packed >> 44, (packed >> 41 & 7) + 1, packed & ((1 << 36) - 1)
    return rate in NATIVE_RATES and channels <= 2 and frames > 0


def _native_ogg(file: _File) -> bool:
    """Tell whether an Ogg is one stream of Vorbis or Opus; of chained ones browsers play a part."""
    page = file.head[27 + file.head[26] :] if len(file.head) > 27 else b""
    vorbis = page.startswith(b"\x01vorbis") and len(page) >= 16
    if vorbis and struct.unpack_from("<I", page, 12)[0] not in NATIVE_RATES:
        return False
    if not vorbis and not page.startswith(b"OpusHead"):
        return False
    tail = file.at(max(0, file.size - _TAIL_BYTES), _TAIL_BYTES)
    last = tail.rfind(b"OggS")
    return last >= 0 and tail[last + 14 : last + 18] == file.head[14:18]


def _native_mp3(file: _File) -> bool:
    """Tell whether MPEG audio is of layer III, and its header's length is that of all of it."""
    head = file.head
    if head[1] & 0x06 != 0x02:
        return False
    xing = max(head.find(b"Xing", 0, 200), head.find(b"Info", 0, 200))
    if xing < 0 or len(head) < xing + 16 or not head[xing + 7] & 1:
        return True
    frames, size = struct.unpack_from(">II", head, xing + 8)
    all_of_it = not head[xing + 7] & 2 or size >= 0.9 * (file.size - file.start - _ID3V1_BYTES)
    return frames > 0 and all_of_it


def _native_mp4(file: _File) -> bool:
    """Tell whether the first sound of an MP4 is AAC; ALAC is played by Safari alone."""
    path = (b"moov", b"trak", b"mdia", b"minf", b"stbl", b"stsd")
    codings = [file.at(at + 12, 4) for at, _ in _boxes(file, path, 0, file.size)]
    return b"mp4a" in codings and not {b"alac", b"fLaC", b"ac-3", b"ec-3"} & {*codings}


def _boxes(file: _File, path: tuple[bytes, ...], start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield start and end of what the boxes of a path hold."""
    at = start
    for _ in range(_MOST_CHUNKS):
        head = file.at(at, 16)
        if at + 8 > end or len(head) < 8:
            return
        size, name, inner = struct.unpack_from(">I", head)[0], head[4:8], at + 8
        if size == 1 and len(head) == 16:
            size, inner = struct.unpack_from(">Q", head, 8)[0], at + 16
        after = end if size == 0 else at + size
        if after <= at or after > end:
            return
        if name == path[0] and len(path) == 1:
            yield inner, after
        elif name == path[0]:
            yield from _boxes(file, path[1:], inner, after)
        at = after


def _native_webm(file: _File) -> bool:
    """Tell whether a WebM says how long it is; what browsers record doesn't."""
    return b"webm" in file.head[:64] and b"\x44\x89" in file.head


_NATIVE = {
    WAV: _native_wav,
    "audio/flac": _native_flac,
    "audio/ogg": _native_ogg,
    "audio/mpeg": _native_mp3,
    "audio/mp4": _native_mp4,
    "audio/webm": _native_webm,
}
