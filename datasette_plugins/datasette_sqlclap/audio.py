"""Sounds by sample id, in parts as players ask for them."""

from __future__ import annotations

import asyncio
import os
import stat
from dataclasses import dataclass
from email.utils import formatdate
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from datasette_sqlclap.answers import RefusedError
from datasette_sqlclap.asking import LARGEST_ID, whole_number
from datasette_sqlclap.conversions import CONVERSIONS
from datasette_sqlclap.playable import plays_everywhere, sniff
from datasette_sqlclap.ranges import Span, UnsatisfiableRangeError, parse_range
from datasette_sqlclap.views import Asked, asks, reads

if TYPE_CHECKING:
    from sqlclap.library import Sample

CHUNK = 1 << 16


@dataclass(frozen=True)
class Playable:
    """A file to send.

    Attributes
    ----------
    file : Path
    size : int
        In bytes.
    mime : str
    etag : str
    name : str
        That it is saved under.
    modified : float
        Seconds since 1970.
    """

    file: Path
    size: int
    mime: str
    etag: str
    name: str
    modified: float


async def sample_asked(asked: Asked) -> Sample:
    """Return the sample that a request's path names by id.

    Raises
    ------
    RefusedError, UnknownSoundError
    """
    from sqlclap.library import sample_by_id

    sample_id = whole_number(asked.request.url_vars["sample"], "a sample id", 1, LARGEST_ID)
    return await asked.shelf.read(lambda desk: sample_by_id(desk.connection, sample_id))


@reads
@asks("format")
async def audio(asked: Asked) -> None:
    """Send a sample's sound: whole, or the part that is asked for."""
    sample = await sample_asked(asked)
    as_wav = asked.argument("format") == "wav"
    playable = await asyncio.to_thread(find_playable, sample, as_wav)
    await _send(asked, playable)


def find_playable(sample: Sample, as_wav: bool = False) -> Playable:
    """Return the file to send for a sample: its own, or one converted from it.

    Raises
    ------
    RefusedError
        The file is gone, can't be read, or is no sound.
    AudioDecodeError
        It can't be converted.
    """
    file = sound_file(sample)
    found, mime = _look_at(file), sniff(file)
    if mime is None:
        raise RefusedError(415, f"{sample.path} is no sound that sqlclap knows")
    etag = f'"{found.st_mtime_ns:x}-{found.st_size:x}"'
    name = file.name
    if (as_wav and mime != "audio/wav") or not plays_everywhere(file, mime):
        key = f"{file}\0{etag}"
        file, mime, etag = CONVERSIONS.wav_of(file, key), "audio/wav", f'{etag[:-1]}-wav"'
        name = f"{Path(name).stem}.wav"
    return Playable(file, _look_at(file).st_size, mime, etag, name, found.st_mtime)


def sound_file(sample: Sample) -> Path:
    """Return where a sample's sound lies, if that is below its source.

    Raises
    ------
    RefusedError
    """
    # Ingest never stores such a path; a library from elsewhere may hold anything.
    file = sample.file
    if not file.is_absolute() or ".." in file.parts or not file.is_relative_to(sample.root):
        raise RefusedError(404, f"{sample.path} leads out of its folder")
    return file


def _look_at(file: Path) -> os.stat_result:
    try:
        found = file.stat()
        if stat.S_ISREG(found.st_mode) and os.access(file, os.R_OK):
            return found
    except OSError as error:
        raise RefusedError(404, f"the file is gone: {error.strerror}") from error
    raise RefusedError(404, "the file can't be read")


async def _send(asked: Asked, playable: Playable) -> None:
    sent = asked.request.headers
    headers = {
        "accept-ranges": "bytes",
        "cache-control": "private, no-cache",
        "content-disposition": f"inline; filename*=UTF-8''{quote(playable.name)}",
        "content-security-policy": "default-src 'none'; sandbox",
        "content-type": playable.mime,
        "etag": playable.etag,
        "last-modified": formatdate(playable.modified, usegmt=True),
        "x-content-type-options": "nosniff",
    }
    if playable.etag in sent.get("if-none-match", ""):
        await _start(asked, 304, headers)
        await asked.send({"type": "http.response.body", "body": b""})
        return
    wanted = sent.get("range") if sent.get("if-range", playable.etag) == playable.etag else None
    try:
        span = parse_range(wanted, playable.size)
    except UnsatisfiableRangeError:
        headers["content-range"] = f"bytes */{playable.size}"
        await _start(asked, 416, headers | {"content-length": "0"})
        await asked.send({"type": "http.response.body", "body": b""})
        return
    part = span or Span(0, playable.size - 1)
    if span:
        headers["content-range"] = f"bytes {span.start}-{span.end}/{playable.size}"
    await _start(asked, 206 if span else 200, headers | {"content-length": str(part.length)})
    await _send_part(asked, playable.file, part)


async def _start(asked: Asked, status: int, headers: dict[str, str]) -> None:
    raw = [[name.encode(), value.encode("latin-1")] for name, value in headers.items()]
    await asked.send({"type": "http.response.start", "status": status, "headers": raw})


async def _send_part(asked: Asked, file: Path, part: Span) -> None:
    left = part.length if asked.request.method != "HEAD" else 0
    with await asyncio.to_thread(file.open, "rb") as opened:
        opened.seek(part.start)
        while left > 0:
            chunk: Any = await asyncio.to_thread(opened.read, min(CHUNK, left))
            if not chunk:
                break  # it was cut meanwhile: the player sees an answer that is too short
            left -= len(chunk)
            body = {"type": "http.response.body", "body": chunk, "more_body": True}
            await asked.send(body)
    await asked.send({"type": "http.response.body", "body": b""})
