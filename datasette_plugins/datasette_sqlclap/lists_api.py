"""The API of lists of sounds: rows with columns to choose, and orders by any column."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from datasette_sqlclap.early_refusals import refuse_other_sites
from datasette_sqlclap.request_bodies import JsonObject, body_of, read_object
from datasette_sqlclap.requests import (
    LibraryRequest,
    check_keys,
    sample_ids,
    takes,
    text_of,
)
from datasette_sqlclap.responses import RefusedError, json_answer
from datasette_sqlclap.sets.rooms import missing_told, rooms_of

if TYPE_CHECKING:
    from datasette.utils.asgi import Response

    from sqlclap.session import Session

LARGEST_LIST = 12 << 20
MOST_LISTED = 1_000_000
MOST_COLUMNS = 40


@takes
async def samples(library_request: LibraryRequest) -> Response:
    """Answer a POST of ``sample_ids`` with their rows in that order, and ``columns`` of them."""
    body = await list_body(library_request, ("sample_ids", "columns"))
    ids, names = sample_ids(body.get("sample_ids"), MOST_LISTED), _columns_of(body)

    def work(session: Session) -> dict[str, Any]:
        rows, values, missing = rooms_of(session).list_with_columns(ids, names)
        answer: dict[str, Any] = {"samples": [row._asdict() for row in rows]}
        if names:
            answer["columns"] = _by_column([values[row.sample_id] for row in rows], names)
        return answer | missing_told(missing)

    return json_answer({"ok": True} | await library_request.library.read(work))


@takes
async def order(library_request: LibraryRequest) -> Response:
    """Answer a POST of ``sort`` and ``sample_ids`` (all by default) with the ids in that order."""
    from sqlclap.search.sort_order import read_sort

    body = await list_body(library_request, ("sample_ids", "sort"))
    wanted = read_sort(text_of(body, "sort"))
    given = body.get("sample_ids")
    ids = None if given is None else sample_ids(given, MOST_LISTED)
    found, missing = await library_request.library.read(
        lambda session: rooms_of(session).ids_in_order(wanted, ids)
    )
    return json_answer({"ok": True, "sample_ids": found} | missing_told(missing))


async def list_body(library_request: LibraryRequest, keys: tuple[str, ...]) -> JsonObject:
    """Return the JSON object of a POST that reads: it may name many sounds.

    Raises
    ------
    RefusedError
    """
    refuse_other_sites(library_request.request)
    raw = await body_of(library_request.request, library_request.receive, LARGEST_LIST)
    body = read_object(raw)
    check_keys(body, keys)
    return body


def _columns_of(body: JsonObject) -> list[str]:
    names = body.get("columns", [])
    known = isinstance(names, list) and all(isinstance(name, str) for name in names)
    if not isinstance(names, list) or not known or len(names) > MOST_COLUMNS:
        raise RefusedError(400, f"expected columns, a list of at most {MOST_COLUMNS} names")
    return names


def _by_column(rows: list[tuple[Any, ...]], names: list[str]) -> dict[str, list[Any]]:
    columns = zip(*rows, strict=True) if rows else ((),) * len(names)
    return {
        name: [None if isinstance(value, bytes) else value for value in values]
        for name, values in zip(names, columns, strict=True)
    }
