"""The outline of a sound (minima and maxima), for drawing its waveform."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from datasette.utils.asgi import Response

from datasette_sqlclap.audio_api import follows_links, sample_asked
from datasette_sqlclap.byte_cache import ByteCache
from datasette_sqlclap.decoding import DECODING, Job
from datasette_sqlclap.requests import LibraryRequest, reads
from datasette_sqlclap.responses import RefusedError
from datasette_sqlclap.sound_files import open_sound

if TYPE_CHECKING:
    from sqlclap.db.samples import Sample

LONGEST_S = 6 * 3600.0
KEPT_BYTES = 512 * 800


_OUTLINES = ByteCache(KEPT_BYTES)


@reads
async def peaks(library_request: LibraryRequest) -> Response:
    """Send 400 pairs of bytes: lowest and highest value of each stretch, -127 to 127."""
    sample, follow = await sample_asked(library_request), await follows_links(library_request)
    key, etag = await asyncio.to_thread(_state, sample, follow)
    headers = {"ETag": etag, "Cache-Control": "private, max-age=3600"}
    if library_request.request.headers.get("if-none-match") == etag:
        return Response(b"", 304, headers, "application/octet-stream")
    outline = _OUTLINES.get(key)
    if outline is None:
        outline = await DECODING.run(
            library_request.receive,
            ("outline", key),
            lambda job: _outline(sample, follow, key, job),
        )
    return Response(outline, 200, headers, "application/octet-stream")


def _state(sample: Sample, follow: bool) -> tuple[tuple[int, ...], str]:
    with open_sound(sample, follow) as sound:
        return sound.key, f'{sound.etag[:-1]}-peaks"'


def _outline(sample: Sample, follow: bool, key: tuple[int, ...], job: Job) -> bytes:
    from sqlclap.audio.budget import DecodingBudget
    from sqlclap.audio.waveform import waveform

    with open_sound(sample, follow) as sound:
        if sound.key != key:
            raise RefusedError(503, f"{sample.path} is being changed; ask again")
        budget = DecodingBudget(LONGEST_S, "to draw a waveform")
        with sound.decoded() as stream:
            outline = waveform(job.blocks(stream, budget)).tobytes()
    _OUTLINES.keep(key, outline)
    return outline
