"""Sends archives while they are made: they are held nowhere."""

from __future__ import annotations

import asyncio
from collections.abc import Generator
from contextlib import closing
from typing import TYPE_CHECKING

from datasette_sqlclap.decoding import Slots, leaving
from datasette_sqlclap.responses import RefusedError, file_headers

if TYPE_CHECKING:
    from datasette_sqlclap.requests import LibraryRequest

ARCHIVES = Slots(4)


def refuse_larger(size: int, most: int) -> None:
    """Refuse an archive of more than so many bytes.

    Raises
    ------
    RefusedError
        413.
    """
    if size > most:
        limit, got = most / (1 << 30), size / (1 << 30)
        raise RefusedError(
            413, f"expected at most {limit:g} GiB of sounds in a zip, got {got:.1f} GiB: take fewer"
        )


async def send_archive(
    library_request: LibraryRequest, parts: Generator[bytes, None, None], name: str
) -> None:
    """Send an archive part by part, under a name; nothing more is made once the client leaves.

    Raises
    ------
    RefusedError
        503: too many are being sent.
    """
    with closing(parts), ARCHIVES.taken():
        headers = file_headers(name) | {"Content-Type": "application/zip"}
        raw = [[name.lower().encode(), value.encode()] for name, value in headers.items()]
        send = library_request.send
        await send({"type": "http.response.start", "status": 200, "headers": raw})
        if library_request.request.method != "HEAD":
            await _send_parts(library_request, parts)
        await send({"type": "http.response.body", "body": b""})


async def _send_parts(library_request: LibraryRequest, parts: Generator[bytes, None, None]) -> None:
    async with leaving(library_request.receive) as left:
        while not left.done():
            part = await asyncio.to_thread(next, parts, None)
            if part is None:
                break
            body = {"type": "http.response.body", "body": part, "more_body": True}
            await library_request.send(body)
