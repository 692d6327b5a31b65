"""The API that tells what is being done with a library: taking in sounds, index, map."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Any

from datasette_sqlclap.requests import LibraryRequest, reads
from datasette_sqlclap.responses import json_answer, told
from sqlclap.db.database import CachedByState, Snapshot
from sqlclap.db.samples import count_samples
from sqlclap.running_work import running_work

if TYPE_CHECKING:
    from datasette.utils.asgi import Response

    from sqlclap.session import Session


_SAMPLES = CachedByState(count_samples)
"""Pages ask every few seconds: what hasn't changed isn't counted again."""


@reads
async def work(library_request: LibraryRequest) -> Response:
    """Answer with the work that goes on, and with what there is by now: sounds, and which map."""
    library = library_request.library
    found = await asyncio.to_thread(running_work, Path(str(library.database.path)))
    answer = {"ok": True, "work": None if found is None else told(found)}
    return json_answer(answer | await library.read(_state))


def _state(session: Session) -> dict[str, Any]:
    from sqlclap.errors import NoVectorsError
    from sqlclap.map.shown_points import find_shown_layout

    try:
        layout = find_shown_layout(session)
    except NoVectorsError:
        layout = None
    with Snapshot(session.database) as snapshot:
        samples = _SAMPLES.of(snapshot)
    return {"samples": samples, "layout": layout.version if layout else None}
