"""Which sounds browsers play as they are, told by their first bytes; the rest becomes WAV."""

from __future__ import annotations

import struct
from pathlib import Path

# Sounds of these start with marks that are theirs alone; other files are never handed out.
_PCM = 1
_EXTENSIBLE = 0xFFFE
_HEAD_BYTES = 4096


def sniff(file: Path) -> str | None:
    """Return a sound's MIME type, or None for what is no sound.

    Parameters
    ----------
    file : Path

    Returns
    -------
    str or None
        ``audio/wav``, ``audio/flac``, ``audio/ogg``, ``audio/mpeg``, ``audio/mp4``,
        ``audio/aiff`` or ``audio/basic`` (and so on for what has to be converted).
    """
    with file.open("rb") as opened:
        head = opened.read(_HEAD_BYTES)
    for test in (_by_mark, _by_boxes, _by_frames):
        if found := test(head):
            return found
    return None


def plays_everywhere(file: Path, mime: str) -> bool:
    """Tell whether browsers of today play a sound as it is."""
    if mime == "audio/wav":
        with file.open("rb") as opened:
            return _is_plain_wav(opened.read(_HEAD_BYTES))
    return mime in ("audio/flac", "audio/ogg", "audio/mpeg", "audio/mp4", "audio/webm")


_MARKS = (
    (b"fLaC", "audio/flac"),
    (b"OggS", "audio/ogg"),
    (b"ID3", "audio/mpeg"),
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
        return "audio/wav" if head[:4] == b"RIFF" else "audio/x-rifx"
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


def _is_plain_wav(head: bytes) -> bool:
    """Tell whether a WAV holds PCM of 8, 16 or 24 bits."""
    at = 12
    while at + 8 <= len(head):
        name, size = head[at : at + 4], struct.unpack_from("<I", head, at + 4)[0]
        if name == b"fmt ":
            if at + 24 > len(head):
                return False
            coding, channels = struct.unpack_from("<HH", head, at + 8)
            bits = struct.unpack_from("<H", head, at + 22)[0]
            if coding == _EXTENSIBLE and at + 34 <= len(head):
                coding = struct.unpack_from("<H", head, at + 32)[0]
            return coding == _PCM and channels <= 2 and bits in (8, 16, 24)
        at += 8 + size + size % 2
    return False
