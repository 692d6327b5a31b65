"""The outline of a sound (minima and maxima), for drawing its waveform."""

from __future__ import annotations

import asyncio
import threading
from collections import OrderedDict
from typing import TYPE_CHECKING, Any

from datasette.utils.asgi import Response

from datasette_sqlclap.audio_api import follows_links, sample_asked
from datasette_sqlclap.decoding import DECODING, Job
from datasette_sqlclap.requests import LibraryRequest, reads
from datasette_sqlclap.responses import RefusedError
from datasette_sqlclap.sound_files import SoundFile, open_sound

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from sqlclap.db.samples import Sample

COLUMNS = 400
BINS = 16 * COLUMNS
"""Maxima that are held while a sound is read, whatever its length."""

LONGEST_S = 6 * 3600.0
KEPT = 512


class WaveformCache:
    """A cache of the latest outlines; safe with several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: OrderedDict[object, bytes] = OrderedDict()

    def get(self, key: object) -> bytes | None:
        """Return the outline of a file in a certain state, if it is kept."""
        with self._lock:
            return self._kept.get(key)

    def keep(self, key: object, outline: bytes) -> None:
        """Keep an outline; the oldest makes room."""
        with self._lock:
            self._kept[key] = outline
            while len(self._kept) > KEPT:
                self._kept.popitem(last=False)


_OUTLINES = WaveformCache()


@reads
async def peaks(asked: LibraryRequest) -> Any:
    """Send `COLUMNS` pairs of bytes: lowest and highest value of each stretch, -127 to 127."""
    sample, follow = await sample_asked(asked), await follows_links(asked)
    key, etag = await asyncio.to_thread(_state, sample, follow)
    headers = {"ETag": etag, "Cache-Control": "private, max-age=3600"}
    if asked.request.headers.get("if-none-match") == etag:
        return Response(b"", 304, headers, "application/octet-stream")
    outline = _OUTLINES.get(key)
    if outline is None:
        outline = await DECODING.run(
            asked.receive, ("outline", key), lambda job: _outline(sample, follow, key, job)
        )
    return Response(outline, 200, headers, "application/octet-stream")


def _state(sample: Sample, follow: bool) -> tuple[tuple[int, ...], str]:
    with open_sound(sample, follow) as sound:
        return sound.key, f'{sound.etag[:-1]}-peaks"'


def _outline(sample: Sample, follow: bool, key: tuple[int, ...], job: Job) -> bytes:
    with open_sound(sample, follow) as sound:
        if sound.key != key:
            raise RefusedError(503, f"{sample.path} is being changed; ask again")
        outline = waveform_of(sound, job)
    _OUTLINES.keep(key, outline)
    return outline


def waveform_of(sound: SoundFile, job: Job) -> bytes:
    """Reduce a sound to `COLUMNS` columns, scaled so that its loudest reaches the edge.

    Its memory does not grow with the sound's length.

    Raises
    ------
    RefusedError
        It can't be decoded.
    SoundTooLongError
        It is longer than `LONGEST_S`.
    """
    import numpy as np

    from sqlclap.audio.budget import DecodingBudget

    budget = DecodingBudget(LONGEST_S, "to draw a waveform")
    highest = RunningMaxima(BINS)
    with sound.decoded() as stream:
        for block in job.blocks(stream, budget):
            highest.add(np.nan_to_num(np.abs(block).max(axis=1), posinf=1.0))
    columns = highest.columns(COLUMNS)
    loudest = float(columns.max()) or 1.0
    top = np.round(127 * columns / loudest).astype(np.int8)
    return np.stack([-top, top], axis=1).tobytes()


class RunningMaxima:
    """Maxima of equal stretches of a sound of unknown length; when full, stretches double.

    Parameters
    ----------
    bins : int
        Most stretches to hold; an even number.
    """

    def __init__(self, bins: int) -> None:
        import numpy as np

        self._bins = np.zeros(bins, dtype=np.float32)
        self._width = 1
        self._taken = 0

    def add(self, values: npt.NDArray[np.float32]) -> None:
        """Add the next values: shape (n,), not negative."""
        import numpy as np

        while self._taken + len(values) > len(self._bins) * self._width:
            self._double()
        places = (self._taken + np.arange(len(values))) // self._width
        first = places[0]
        starts = np.searchsorted(places, np.arange(first, places[-1] + 1))
        found = np.maximum.reduceat(values, starts)
        part = self._bins[first : first + len(found)]
        np.maximum(part, found, out=part)
        self._taken += len(values)

    def columns(self, count: int) -> npt.NDArray[np.float32]:
        """Return the maxima of `count` equal parts of all that was taken in."""
        import numpy as np

        held = -(-self._taken // self._width)
        edges = np.linspace(0, self._taken, count + 1).astype(np.int64)[:-1] // self._width
        found: npt.NDArray[np.float32] = np.maximum.reduceat(
            self._bins[:held], np.minimum(edges, held - 1)
        )
        return found

    def _double(self) -> None:
        self._bins[: len(self._bins) // 2] = self._bins.reshape(-1, 2).max(axis=1)
        self._bins[len(self._bins) // 2 :] = 0
        self._width *= 2
