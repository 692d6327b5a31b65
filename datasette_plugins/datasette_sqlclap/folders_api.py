"""The API of the tree of folders."""

from __future__ import annotations

from typing import TYPE_CHECKING

from datasette_sqlclap.requests import LONGEST_QUERY, LibraryRequest, asks, reads
from datasette_sqlclap.responses import RefusedError, all_told, json_answer
from datasette_sqlclap.sets.rooms import missing_told, rooms_of

if TYPE_CHECKING:
    from datasette.utils.asgi import Response


@reads
@asks("below")
async def folders(library_request: LibraryRequest) -> Response:
    """Answer ``?below=folder`` with the folders right below it; without, with the topmost."""
    below = library_request.argument("below")
    if len(below) > LONGEST_QUERY:
        raise RefusedError(400, f"expected ?below= of at most {LONGEST_QUERY} characters")
    found, missing = await library_request.library.read(
        lambda session: rooms_of(session).folders_below(below)
    )
    answer = {"ok": True, "below": below, "folders": all_told(found)}
    return json_answer(answer | missing_told(missing))
