"""The API of what was done: listed, undone, done again; for those alone who may write."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from datasette_sqlclap.permissions import LABEL
from datasette_sqlclap.requests import (
    LARGEST_ID,
    LibraryRequest,
    keys,
    may_label,
    reads,
    undoes,
    whole_number,
)
from datasette_sqlclap.responses import RefusedError, all_told, json_answer, told
from sqlclap.history.journal import Journal

if TYPE_CHECKING:
    from datasette.utils.asgi import Response

    from datasette_sqlclap.request_bodies import JsonObject
    from sqlclap.db.database import Database
    from sqlclap.history.journal import Change


@reads
async def history(library_request: LibraryRequest) -> Response:
    """Answer with the changes of this process that can be undone, or were, the latest first."""
    library = library_request.library
    if not await may_label(library_request.datasette, library_request.request, library):
        raise RefusedError(403, f"you need the permission {LABEL} on {library.database.name}")
    changes = await library.read(lambda session: all_told(session.cache(Journal).changes()))
    return json_answer({"ok": True, "changes": changes})


@undoes
@keys("change_id")
async def undo(library_request: LibraryRequest, body: JsonObject) -> Response:
    """Undo a change, unless others have changed the same in between."""
    return await _turned(library_request, body, Journal.undo)


@undoes
@keys("change_id")
async def redo(library_request: LibraryRequest, body: JsonObject) -> Response:
    """Do again what was undone, unless others have changed the same in between."""
    return await _turned(library_request, body, Journal.redo)


async def _turned(
    library_request: LibraryRequest,
    body: JsonObject,
    turn: Callable[[Journal, Database, int], Change],
) -> Response:
    change_id = whole_number(body.get("change_id"), "change_id", 1, LARGEST_ID)
    change = await library_request.library.write(
        lambda session: told(turn(session.cache(Journal), session.database, change_id))
    )
    return json_answer({"ok": True, "change": change})
