"""The API that tells what is being done with a library: taking in sounds, index, map."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from datasette_sqlclap.requests import LibraryRequest, reads
from datasette_sqlclap.responses import json_answer, told
from datasette_sqlclap.sets.rooms import rooms_of
from datasette_sqlclap.sets.shown_map import shown_map
from sqlclap.running_work import running_work

if TYPE_CHECKING:
    from pathlib import Path

    from datasette.utils.asgi import Response

    from sqlclap.running_work import RunningWork
    from sqlclap.session import Session


@reads
async def work(library_request: LibraryRequest) -> Response:
    """Answer with the work that goes on, and with what there is by now: sounds, and which map."""
    library = library_request.library
    files = await library.read(lambda session: rooms_of(session).files())
    found = await asyncio.to_thread(_first_work, files)
    answer = {"ok": True, "work": None if found is None else told(found)}
    return json_answer(answer | await library.read(_state))


def _state(session: Session) -> dict[str, Any]:
    from sqlclap.errors import NoVectorsError

    try:
        shown = shown_map(session)
    except NoVectorsError:
        shown = None
    return {"samples": rooms_of(session).count_sounds(), "layout": shown.version if shown else None}


def _first_work(files: list[Path]) -> RunningWork | None:
    return next((found for one in files if (found := running_work(one)) is not None), None)
