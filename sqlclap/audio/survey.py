"""The structure of sound files: how much sound they hold, whatever their headers claim."""

from __future__ import annotations

import os
import threading
import time
from pathlib import Path

from sqlclap.audio.chunks import CHUNK_MAGICS, chunk_layout
from sqlclap.audio.encoded import AudioSource, Encoded, Layout
from sqlclap.audio.flac import flac_layout
from sqlclap.audio.mpeg import id3_bytes, looks_like_mpeg, mpeg_layout
from sqlclap.audio.ogg import ogg_layout

AS_IT_IS = Layout()
# Formats that FFmpeg reads: bytes in them that look like an MP3 frame don't make an MP3 file.
_FOREIGN_MAGICS = (
    b"\x1aE\xdf\xa3",
    b"0&\xb2u",
    b"wvpk",
    b"TTA1",
    b"MAC ",
    b"#!AMR",
    b"\x0bw",
    b"MP+",
    b"MPCK",
)
# Formats of which the head and the tail tell the structure.
_TOLD_BY_ENDS = (*CHUNK_MAGICS, *_FOREIGN_MAGICS)
_BOXES = (b"moov", b"mdat", b"wide", b"free", b"skip")
_MAX_BOXES = 10_000
_MISSING_INDEX = "its index (moov) is missing: it was cut off, or never finished"
_LARGE_BYTES = 4 << 20
_SETTLED_NS = 2_000_000_000  # clocks of file systems are coarse
_SURVEYS_KEPT = 64
_SURVEYS: dict[tuple[int, ...], Layout] = {}
"""Of large files, by their states; the latest."""
_AT_WORK: dict[tuple[int, ...], threading.Lock] = {}


def survey_of(source: AudioSource) -> Layout:
    """Return a sound's structure, see `survey`; that of a large file is kept while it is the same.

    Raises
    ------
    OSError
        It can't be read.
    """
    key = _state_of(source) if isinstance(source, str | os.PathLike) else None
    if key is None:
        return _look(source)
    with _AT_WORK.setdefault(key, threading.Lock()):  # who wants the same waits for it
        layout = _SURVEYS[key] = _SURVEYS.get(key) or _look(source)
    _AT_WORK.pop(key, None)
    for oldest in [*_SURVEYS][:-_SURVEYS_KEPT]:
        _SURVEYS.pop(oldest, None)
    return layout


def _look(source: AudioSource) -> Layout:
    with Encoded(source) as encoded:
        return survey(encoded)


def _state_of(path: str | os.PathLike[str]) -> tuple[int, ...] | None:
    """Return what tells a large file's content from any other; None where that may change unseen.

    A survey may read all of a file, and a picture of an hour opens it again and again.
    """
    status = Path(path).stat()
    changed = max(status.st_mtime_ns, status.st_ctime_ns)
    if status.st_size < _LARGE_BYTES or time.time_ns() - changed < _SETTLED_NS:
        return None
    return (status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns)


def is_told_by_ends(head: bytes) -> bool:
    """Whether a survey of a format looks at its files' ends alone, by their first 16 bytes."""
    return head.startswith(_TOLD_BY_ENDS) or head[4:8] in (b"ftyp", *_BOXES)


def survey(encoded: Encoded) -> Layout:
    """Read the structure of a file, to find how much sound it holds, whatever its header claims.

    Parameters
    ----------
    encoded : Encoded

    Returns
    -------
    Layout
        Empty if the header is right, or if the format states no length.
    """
    head = encoded.at(0, 16)
    layout: Layout | None = None
    if head.startswith(b"OggS"):
        layout = ogg_layout(encoded)
    elif head.startswith(b"fLaC"):
        layout = flac_layout(encoded)
    elif head.startswith(CHUNK_MAGICS):
        layout = chunk_layout(encoded)
    elif head[4:8] == b"ftyp":
        layout = _mp4_layout(encoded)
    elif head[:3] == b"ID3" and encoded.at(id3_bytes(head), 4) == b"fLaC":
        layout = flac_layout(encoded)
    elif looks_like_mpeg(head) or not (head.startswith(_FOREIGN_MAGICS) or head[4:8] in _BOXES):
        layout = mpeg_layout(encoded)
    return layout or AS_IT_IS


def _mp4_layout(encoded: Encoded) -> Layout | None:
    """Detect an MP4 without its index, which is written last and without which nothing is found."""
    at = 0
    for _ in range(_MAX_BOXES):
        if at + 8 > encoded.size:
            return Layout(flaw=_MISSING_INDEX)
        head = encoded.at(at, 16)
        size = int.from_bytes(head[:4], "big")
        if size == 1:
            size = int.from_bytes(head[8:], "big")
        if head[4:8] in (b"moov", b"moof") or size < (0 if head[4:8] == b"mdat" else 8):
            return None
        at += size or encoded.size  # 0: to the end
    return None
