"""Streams sounds by sample id, with HTTP byte ranges."""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from email.utils import formatdate
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from datasette_sqlclap.conversions import (
    CONVERSIONS,
    LONGEST_EXCERPT_S,
    Wav,
    write_excerpt,
    write_wav,
)
from datasette_sqlclap.decoding import DECODING, Job, leaving
from datasette_sqlclap.field_values import flag_argument
from datasette_sqlclap.permissions import is_local_user
from datasette_sqlclap.requests import (
    LibraryRequest,
    asks,
    number,
    reads,
    sample_id_of,
)
from datasette_sqlclap.responses import RefusedError
from datasette_sqlclap.sets.rooms import rooms_of
from datasette_sqlclap.sound_files import SoundFile, open_sound, reader_of
from sqlclap.audio.playable import WAV

if TYPE_CHECKING:
    from sqlclap.audio.excerpt import Excerpt
    from sqlclap.db.samples import Sample

MOST_PAD_S = 60.0
_ONE_RANGE = re.compile(r"bytes=[ \t]*([0-9]*)[ \t]*-[ \t]*([0-9]*)[ \t]*", re.IGNORECASE)
# No file is that long; Python refuses to read numbers of thousands of digits.
_MOST_DIGITS = 19


@dataclass(frozen=True)
class Span:
    """Bytes from `start` up to and including `end`."""

    start: int
    end: int

    @property
    def length(self) -> int:
        """How many bytes."""
        return self.end - self.start + 1


class UnsatisfiableRangeError(ValueError):
    """The range lies outside the file."""


def parse_range(header: str | None, size: int) -> Span | None:
    """Parse a Range header.

    Parameters
    ----------
    header : str or None
    size : int
        Of the file, in bytes.

    Returns
    -------
    Span or None
        None means the whole file: there is no header, or it is none that one part can answer
        (several ranges, other units, nonsense), which a server may leave out of account.

    Raises
    ------
    UnsatisfiableRangeError
        The range lies outside the file.
    """
    found = _ONE_RANGE.fullmatch(header) if header else None
    if not found or found.groups() == ("", ""):
        return None
    first, last = map(_number, found.groups())
    if first is None:
        return _suffix(last or 0, size)
    if last is not None and last < first:
        return None
    start, end = first, size - 1 if last is None else min(last, size - 1)
    if start >= size:
        raise UnsatisfiableRangeError(header)
    return Span(start, end)


def _suffix(length: int, size: int) -> Span:
    if not length or not size:
        raise UnsatisfiableRangeError(f"-{length}")
    return Span(max(0, size - length), size - 1)


def _number(digits: str) -> int | None:
    """Return a number, limited to a size that no file reaches; None if there are no digits."""
    if not digits:
        return None
    plain = digits.lstrip("0")
    return int(plain or "0") if len(plain) < _MOST_DIGITS else 10**_MOST_DIGITS


CHUNK = 1 << 16


@dataclass(frozen=True)
class Playable:
    """An open file to send.

    Attributes
    ----------
    read : callable
        Gives bytes of a start and a length.
    size : int
        In bytes.
    mime : str
    etag : str
    name : str
        File name for saving; bytes that aren't UTF-8 are replaced.
    modified : float
        Seconds since 1970.
    """

    read: Callable[[int, int], bytes]
    size: int
    mime: str
    etag: str
    name: str
    modified: float


async def sample_asked(library_request: LibraryRequest) -> Sample:
    """Return the sample whose id is in a request's path.

    Raises
    ------
    RefusedError, UnknownSoundError
    """
    sample_id = sample_id_of(library_request)
    return await library_request.library.read(lambda session: rooms_of(session).sound(sample_id))


async def follows_links(library_request: LibraryRequest) -> bool:
    """Return whether a request may read files that links lead to outside of a source's folder."""
    settings = library_request.datasette.plugin_config("sqlclap") or {}
    return bool(settings.get("follow-links")) or is_local_user(library_request.request.actor)


@reads
@asks("format", "start", "end", "pad", "own_rate")
async def audio(library_request: LibraryRequest) -> None:
    """Send a sample's sound, or the requested range of it.

    ``?start=&end=`` (in seconds) is that stretch as WAV, with ``pad`` seconds around it; with
    ``own_rate=1`` at its own rate, whatever browsers play.
    """
    sample, follow = await sample_asked(library_request), await follows_links(library_request)
    as_wav, excerpt = is_wav_asked(library_request), excerpt_asked(library_request, sample)
    with ExitStack() as opened:
        sound = await asyncio.to_thread(opened.enter_context, open_sound(sample, follow))
        if excerpt is not None:
            await _send_excerpt(library_request, sample, sound, excerpt)
            return
        as_it_is = sound.format.native and not (as_wav and sound.format.mime != WAV)
        if as_it_is:
            read, size = sound.read, sound.size
            etag, mime = sound.etag, str(sound.format.mime)
        else:
            descriptor = await _converted(library_request, sample, sound)
            opened.callback(os.close, descriptor)
            read, size = reader_of(descriptor), os.fstat(descriptor).st_size
            etag, mime = f'{sound.etag[:-1]}-wav"', WAV
        name = _saved_as(sample, converted=not as_it_is)
        await _send(
            library_request, Playable(read, size, mime, etag, name, sound.modified_ns / 1e9)
        )


def is_wav_asked(library_request: LibraryRequest) -> bool:
    """Return whether a request is for WAV, whatever the file is.

    Raises
    ------
    RefusedError
        It is for another format: there is no other one to have.
    """
    chosen = library_request.argument("format")
    if chosen not in ("", "wav"):
        raise RefusedError(400, f"expected wav as format, or none; got {chosen[:20]!r}")
    return chosen == "wav"


def excerpt_asked(library_request: LibraryRequest, sample: Sample) -> Excerpt | None:
    """Return the stretch of a sample that a request is for; None: all of it.

    Raises
    ------
    RefusedError, SpanError
    """
    from sqlclap.audio.excerpt import Excerpt
    from sqlclap.db.spans import check_within, optional_span

    asked = {name: number(library_request.argument(name), name) for name in ("start", "end", "pad")}
    span, pad_s = optional_span(asked["start"], asked["end"]), asked["pad"] or 0.0
    own_rate = flag_argument(library_request, "own_rate")
    if span is None:
        if asked["pad"] is not None or own_rate:
            raise RefusedError(400, "expected start and end with pad and own_rate")
        return None
    check_within(span, sample.duration_s, sample.path)
    if not 0 <= pad_s <= MOST_PAD_S:
        raise RefusedError(400, f"expected a pad of 0 to {MOST_PAD_S:g} s, got {pad_s:g}")
    if span.length_s > LONGEST_EXCERPT_S:
        raise RefusedError(413, f"expected at most {LONGEST_EXCERPT_S:g} s, got {span.length_s:g}")
    return Excerpt(span.start_s, span.end_s, pad_s, own_rate)


async def _send_excerpt(
    library_request: LibraryRequest, sample: Sample, sound: SoundFile, excerpt: Excerpt
) -> None:
    def write(again: SoundFile, job: Job) -> Wav:
        return write_excerpt(again, excerpt, job)

    key = (sound.key, excerpt)
    with closed_at_end(await _made(library_request, sample, (key, sound.key), write)) as descriptor:
        stretch = f"{excerpt.start_s:g}-{excerpt.end_s:g}"
        own_rate = "-own" if excerpt.own_rate else ""
        etag = f'{sound.etag[:-1]}-{stretch}-{excerpt.pad_s:g}{own_rate}"'
        name = f"{Path(_saved_as(sample, converted=True)).stem}_{stretch}.wav"
        size = os.fstat(descriptor).st_size
        read = reader_of(descriptor)
        playable = Playable(read, size, WAV, etag, name, sound.modified_ns / 1e9)
        await _send(library_request, playable)


@contextmanager
def closed_at_end(descriptor: int) -> Iterator[int]:
    """Yield a descriptor, and close it."""
    try:
        yield descriptor
    finally:
        os.close(descriptor)


async def _converted(library_request: LibraryRequest, sample: Sample, sound: SoundFile) -> int:
    """Return a descriptor of a sound as WAV, to be closed by the caller."""

    def write(again: SoundFile, job: Job) -> Wav:
        return write_wav(again, sample.duration_s, job)

    return await _made(library_request, sample, (sound.key, sound.key), write)


async def _made(
    library_request: LibraryRequest,
    sample: Sample,
    keys: tuple[object, object],
    write: Callable[[SoundFile, Job], Wav],
) -> int:
    """Return a descriptor of what is made of a sound, to be closed by the caller.

    `keys` are the one that it is kept under, and that of the sound's file as it was.
    """
    key, own = keys
    kept = CONVERSIONS.take(key)
    if kept is not None:
        return kept
    follow = await follows_links(library_request)

    def work(job: Job) -> None:
        with open_sound(sample, follow) as again:
            if again.key != own:
                raise RefusedError(503, f"{sample.path} is being changed; ask again")
            CONVERSIONS.keep(key, write(again, job))

    await DECODING.run(library_request.receive, ("wav", key), work)
    made = CONVERSIONS.take(key)
    if made is None:
        raise RefusedError(503, f"{sample.path} made room for other sounds; ask again")
    return made


def _saved_as(sample: Sample, converted: bool) -> str:
    name = os.fsencode(sample.file.name).decode("utf-8", "replace")
    return f"{Path(name).stem}.wav" if converted else name


async def _send(library_request: LibraryRequest, playable: Playable) -> None:
    sent, headers = library_request.request.headers, _headers_of(playable)
    known = sent.get("if-none-match", "")
    if playable.etag in known or known.strip() == "*":
        await _send_nothing(library_request, 304, headers)
        return
    wanted = sent.get("range") if sent.get("if-range", playable.etag) == playable.etag else None
    try:
        span = parse_range(wanted, playable.size)
    except UnsatisfiableRangeError:
        headers["content-range"] = f"bytes */{playable.size}"
        await _send_nothing(library_request, 416, headers | {"content-length": "0"})
        return
    part = span or Span(0, playable.size - 1)
    if span:
        headers["content-range"] = f"bytes {span.start}-{span.end}/{playable.size}"
    headers["content-length"] = str(part.length)
    await _start(library_request, 206 if span else 200, headers)
    await _send_part(library_request, playable.read, part)


def _headers_of(playable: Playable) -> dict[str, str]:
    return {
        "accept-ranges": "bytes",
        "cache-control": "private, no-cache",
        "content-disposition": f"inline; filename*=UTF-8''{quote(playable.name, safe='')}",
        "content-security-policy": "default-src 'none'; sandbox",
        "content-type": playable.mime,
        "etag": playable.etag,
        "last-modified": formatdate(playable.modified, usegmt=True),
        "x-content-type-options": "nosniff",
    }


async def _start(library_request: LibraryRequest, status: int, headers: dict[str, str]) -> None:
    raw = [[name.encode(), value.encode("latin-1")] for name, value in headers.items()]
    await library_request.send({"type": "http.response.start", "status": status, "headers": raw})


async def _send_nothing(
    library_request: LibraryRequest, status: int, headers: dict[str, str]
) -> None:
    await _start(library_request, status, headers)
    await library_request.send({"type": "http.response.body", "body": b""})


async def _send_part(
    library_request: LibraryRequest, read: Callable[[int, int], bytes], part: Span
) -> None:
    at, end = part.start, part.end + 1 if library_request.request.method != "HEAD" else part.start
    async with leaving(library_request.receive) as left:
        while at < end and not left.done():
            chunk = await asyncio.to_thread(read, at, min(CHUNK, end - at))
            if not chunk:
                break  # the file was truncated meanwhile: the response is too short
            at += len(chunk)
            body = {"type": "http.response.body", "body": chunk, "more_body": True}
            await library_request.send(body)
    await library_request.send({"type": "http.response.body", "body": b""})
