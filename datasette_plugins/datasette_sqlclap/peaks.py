"""The outline of a sound (minima and maxima), for drawing its waveform."""

from __future__ import annotations

import asyncio
import threading
from collections import OrderedDict
from typing import TYPE_CHECKING

from datasette.utils.asgi import Response

from datasette_sqlclap.audio_api import follows_links, sample_asked
from datasette_sqlclap.decoding import DECODING, Job
from datasette_sqlclap.requests import LibraryRequest, reads
from datasette_sqlclap.responses import RefusedError
from datasette_sqlclap.sound_files import open_sound

if TYPE_CHECKING:
    from sqlclap.db.samples import Sample

LONGEST_S = 6 * 3600.0
KEPT = 512


class WaveformCache:
    """A cache of the latest outlines; safe with several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._cache: OrderedDict[object, bytes] = OrderedDict()

    def get(self, key: object) -> bytes | None:
        """Return the outline of a file in a certain state, if it is kept."""
        with self._lock:
            return self._cache.get(key)

    def keep(self, key: object, outline: bytes) -> None:
        """Keep an outline; the oldest makes room."""
        with self._lock:
            self._cache[key] = outline
            while len(self._cache) > KEPT:
                self._cache.popitem(last=False)


_OUTLINES = WaveformCache()


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
