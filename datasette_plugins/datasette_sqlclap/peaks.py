"""A sound's outline, for drawing its waveform."""

from __future__ import annotations

import asyncio
from functools import lru_cache
from pathlib import Path
from typing import Any

from datasette.utils.asgi import Response

from datasette_sqlclap.answers import RefusedError
from datasette_sqlclap.audio import sample_asked, sound_file
from datasette_sqlclap.playable import sniff
from datasette_sqlclap.views import Asked, reads

COLUMNS = 400


@reads
async def peaks(asked: Asked) -> Any:
    """Send `COLUMNS` pairs of bytes: lowest and highest value of each stretch, -127 to 127."""
    sample = await sample_asked(asked)
    try:
        state = sound_file(sample).stat()
    except OSError as error:
        raise RefusedError(404, f"the file is gone: {error.strerror}") from error
    etag = f'"{state.st_mtime_ns:x}-{state.st_size:x}-peaks"'
    headers = {"ETag": etag, "Cache-Control": "private, max-age=3600"}
    if asked.request.headers.get("if-none-match") == etag:
        return Response(b"", 304, headers, "application/octet-stream")
    outline = await asyncio.to_thread(_outline, sample.file, state.st_mtime_ns)
    return Response(outline, 200, headers, "application/octet-stream")


@lru_cache(maxsize=512)
def _outline(file: Path, _changed_ns: int) -> bytes:
    import numpy as np

    from sqlclap.audio import open_audio

    if sniff(file) is None:
        raise RefusedError(415, f"{file.name} is no sound that sqlclap knows")
    with open_audio(file) as stream:
        blocks = [np.abs(block).max(axis=1) for block in stream.blocks()]
        highest = np.nan_to_num(np.concatenate(blocks), posinf=1.0)
    return outline_of(highest)


def outline_of(highest: Any) -> bytes:
    """Reduce a sound to `COLUMNS` columns, scaled so that its loudest reaches the edge.

    Parameters
    ----------
    highest : np.ndarray [shape=(frames,), dtype=float32]
        Absolute values, the largest over all channels.
    """
    import numpy as np

    edges = np.linspace(0, len(highest), COLUMNS + 1).astype(np.int64)[:-1]
    columns = np.maximum.reduceat(highest, np.minimum(edges, len(highest) - 1))
    loudest = float(columns.max()) or 1.0
    top = np.round(127 * columns / loudest).astype(np.int8)
    return np.stack([-top, top], axis=1).tobytes()
