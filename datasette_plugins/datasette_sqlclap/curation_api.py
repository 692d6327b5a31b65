"""The API of what people keep: favourites, ratings, notes, recent uses, collections."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from datasette_sqlclap.lists_api import MOST_LISTED, list_body
from datasette_sqlclap.requests import (
    LibraryRequest,
    asks,
    keys,
    reads,
    reads_and_writes,
    sample_ids,
    takes,
    text_of,
    whole_number,
    writes,
)
from datasette_sqlclap.responses import RefusedError, all_told, json_answer
from datasette_sqlclap.sets.rooms import missing_of, rooms_of
from sqlclap.curation.keeping import STARS
from sqlclap.errors import ChangedSinceError

if TYPE_CHECKING:
    from datasette.utils.asgi import Response

    from datasette_sqlclap.request_bodies import JsonObject
    from sqlclap.curation.keeping import KeptSample
    from sqlclap.notebook.results import Results
    from sqlclap.session import Session

LONGEST_NOTE = 10_000
MOST_RECENT = 1_000
_ON_PAGES = ("play", "export")
"""What pages do with a sound that makes it one used of late."""


@takes
async def kept(library_request: LibraryRequest) -> Response:
    """Answer a POST of ``sample_ids`` with what is kept of those samples, in that order."""
    body = await list_body(library_request, ("sample_ids",))
    ids = sample_ids(body.get("sample_ids"), MOST_LISTED)
    return await _told(
        library_request, lambda session: rooms_of(session).curation().of_samples(ids)
    )


async def _told(
    library_request: LibraryRequest, find: Callable[[Session], Results[KeptSample]]
) -> Response:
    def tell(session: Session) -> dict[str, Any]:
        found = find(session)
        return {"ok": True, "samples": all_told(found)} | missing_of(found)

    return json_answer(await library_request.library.read(tell))


async def _changed(library_request: LibraryRequest, change: Callable[[Session], int]) -> Response:
    return json_answer({"ok": True, "changed": await library_request.library.write(change)})


async def _favourites(library_request: LibraryRequest) -> Response:
    """Answer with the favourites, those made last first."""
    return await _told(library_request, lambda session: rooms_of(session).curation().favourites())


@keys("sample_ids")
async def _add_favourites(library_request: LibraryRequest, body: JsonObject) -> Response:
    """Make ``sample_ids`` favourites."""
    ids = sample_ids(body.get("sample_ids"))
    return await _changed(
        library_request, lambda session: rooms_of(session).curation().add_favourites(ids)
    )


favourites = reads_and_writes(_favourites, _add_favourites)


@writes
@keys("sample_ids")
async def remove_favourites(library_request: LibraryRequest, body: JsonObject) -> Response:
    """Take ``sample_ids`` out of the favourites."""
    ids = sample_ids(body.get("sample_ids"))
    return await _changed(
        library_request, lambda session: rooms_of(session).curation().remove_favourites(ids)
    )


async def _ratings(library_request: LibraryRequest) -> Response:
    """Answer with the sounds that have a rating, the best first."""
    return await _told(library_request, lambda session: rooms_of(session).curation().rated())


@keys("sample_ids", "rating")
async def _rate(library_request: LibraryRequest, body: JsonObject) -> Response:
    """Give ``sample_ids`` a ``rating`` of 1 to 5 stars, or null."""
    ids, rating = sample_ids(body.get("sample_ids")), _given(body, "rating")
    if rating is not None:
        rating = whole_number(rating, "rating", STARS[0], STARS[-1])
    return await _changed(
        library_request, lambda session: rooms_of(session).curation().rate(ids, rating)
    )


ratings = reads_and_writes(_ratings, _rate)


async def _notes(library_request: LibraryRequest) -> Response:
    """Answer with the sounds that have a note, those written last first."""
    return await _told(library_request, lambda session: rooms_of(session).curation().noted())


@keys("sample_ids", "note", "was")
async def _write_note(library_request: LibraryRequest, body: JsonObject) -> Response:
    """Write ``note`` on ``sample_ids``; null takes it away.

    With ``was``, the note that is known to the writer or null: only where it is still that.
    """
    ids, note = sample_ids(body.get("sample_ids")), _given(body, "note")
    if note is not None:
        note = text_of(body, "note", LONGEST_NOTE)

    def write(session: Session) -> int:
        if "was" in body:
            _check_notes(session, ids, body["was"])
        return rooms_of(session).curation().note(ids, note)

    return await _changed(library_request, write)


def _check_notes(session: Session, ids: list[int], was: object) -> None:
    """Check that the notes of samples are as the writer knows them.

    Raises
    ------
    ChangedSinceError
    """
    now = next(
        (one for one in rooms_of(session).curation().of_samples(ids) if one.note != was), None
    )
    if now is not None:
        is_now = "taken away" if now.note is None else f"changed to “{now.note[:200]}”"
        raise ChangedSinceError(
            f"the note was {is_now} in between, and yours isn't written yet: look at it, and write "
            "yours again to put it in its place"
        )


notes = reads_and_writes(_notes, _write_note)


@asks("n")
async def _recent(library_request: LibraryRequest) -> Response:
    """Answer ``?n=`` with the sounds used last, the latest first."""
    n = whole_number(library_request.argument("n", "50"), "n", 1, MOST_RECENT)
    return await _told(library_request, lambda session: rooms_of(session).curation().recent(n))


@keys("sample_ids", "action")
async def _use(library_request: LibraryRequest, body: JsonObject) -> Response:
    """Keep that ``sample_ids`` were played or exported just now."""
    ids = sample_ids(body.get("sample_ids"))
    action: Any = body.get("action")
    if action not in _ON_PAGES:
        raise RefusedError(400, f"expected action to be one of {', '.join(_ON_PAGES)}")
    return await _changed(
        library_request, lambda session: rooms_of(session).curation().record_use(ids, action)
    )


recent = reads_and_writes(_recent, _use)


async def _collections(library_request: LibraryRequest) -> Response:
    """Answer with all collections, by name."""
    found = await library_request.library.read(
        lambda session: all_told(rooms_of(session).collections().list())
    )
    return json_answer({"ok": True, "collections": found})


@keys("name", "sample_ids")
async def _add_to_collection(library_request: LibraryRequest, body: JsonObject) -> Response:
    """Put ``sample_ids`` into the collection ``name``, which is made if there is none."""
    name = text_of(body, "name")
    ids = sample_ids(body["sample_ids"]) if "sample_ids" in body else []
    return await _changed(
        library_request, lambda session: rooms_of(session).collections().add(name, ids)
    )


collections = reads_and_writes(_collections, _add_to_collection)


@reads
@asks("name")
async def collection_sounds(library_request: LibraryRequest) -> Response:
    """Answer ``?name=`` with a collection's sounds, in the order in which they came in."""
    name = library_request.required("name", "the name of a collection")
    return await _told(
        library_request, lambda session: rooms_of(session).collections().sounds(name)
    )


@writes
@keys("name", "sample_ids")
async def remove_from_collection(library_request: LibraryRequest, body: JsonObject) -> Response:
    """Take ``sample_ids`` out of the collection ``name``."""
    name, ids = text_of(body, "name"), sample_ids(body.get("sample_ids"))
    return await _changed(
        library_request, lambda session: rooms_of(session).collections().remove(name, ids)
    )


@writes
@keys("name", "new")
async def rename_collection(library_request: LibraryRequest, body: JsonObject) -> Response:
    """Give the collection ``name`` the name ``new``."""
    name, new = text_of(body, "name"), text_of(body, "new")
    await library_request.library.write(
        lambda session: rooms_of(session).collections().rename(name, new)
    )
    return json_answer({"ok": True})


@writes
@keys("name")
async def delete_collection(library_request: LibraryRequest, body: JsonObject) -> Response:
    """Remove the collection ``name``; its sounds stay."""
    name = text_of(body, "name")
    await library_request.library.write(
        lambda session: rooms_of(session).collections().delete(name)
    )
    return json_answer({"ok": True})


def _given(body: JsonObject, name: str) -> object:
    """Return a value that must be there, be it null.

    Raises
    ------
    RefusedError
    """
    if name not in body:
        raise RefusedError(400, f"expected {name}, or null to take it away")
    return body[name]
