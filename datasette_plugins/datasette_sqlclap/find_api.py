"""The API of composed queries: ``?query=`` has the terms; a sound may be sent along."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

from datasette_sqlclap.requests import AsgiView, LibraryRequest, asks, takes
from datasette_sqlclap.responses import RefusedError, all_told, json_answer
from datasette_sqlclap.search_api import (
    ARGUMENTS,
    LONGEST_UPLOAD_S,
    UPLOADS,
    heard_upload,
    matches_json,
    request_of,
)

if TYPE_CHECKING:
    from datasette.utils.asgi import Response

    from sqlclap.finding.query import Query
    from sqlclap.search.request import Request
    from sqlclap.search.results import Matches
    from sqlclap.session import Session

LONGEST_TERMS = 30_000
UPLOAD = "upload"
"""The term that stands for the request's body: ``{"upload": true}``."""


Way = Callable[["Session", "Query", "Request"], "Matches"]


def _route(way: Way) -> AsgiView:
    """Return the view of a route whose terms are asked in some way."""

    @asks("query", *ARGUMENTS)
    async def ask(library_request: LibraryRequest) -> Response:
        """Answer ``?query=terms``."""
        terms = _terms_of(library_request)
        if any(_is_upload(term) for term in terms):
            raise RefusedError(400, f"expected the sound of {UPLOAD!r} as the body of a POST")
        return await _answer(library_request, way, terms)

    @asks("query", *ARGUMENTS)
    async def ask_with_upload(library_request: LibraryRequest) -> Response:
        """Answer a POST whose body is encoded audio, which ``{"upload": true}`` stands for."""
        terms = _terms_of(library_request)
        if not any(_is_upload(term) for term in terms):
            wanted = f'a term {{"{UPLOAD}": true}} for the sound in the body'
            raise RefusedError(400, f"expected {wanted}")
        _, vector, notes = await heard_upload(library_request)
        numbers = vector.tolist()
        return await _answer(library_request, way, [_heard(term, numbers) for term in terms], notes)

    return takes(ask_with_upload, ask)


def _find(session: Session, query: Query, request: Request) -> Matches:
    from sqlclap.finding.find import find

    return find(session, query, request, "library")


def _find_between(session: Session, ends: Query, request: Request) -> Matches:
    from sqlclap.finding.between import find_between

    return find_between(session, ends, request, "library")


find = _route(_find)
between = _route(_find_between)


def _terms_of(library_request: LibraryRequest) -> list[object]:
    from sqlclap.finding.query import read_terms

    text = library_request.argument("query")
    if not text or len(text) > LONGEST_TERMS:
        raise RefusedError(
            400, f"expected ?query=, 1 to {LONGEST_TERMS:,} characters of JSON; got {len(text):,}"
        )
    return read_terms(text)


def _is_upload(term: object) -> bool:
    return isinstance(term, dict) and term.get(UPLOAD) is True


def _heard(term: object, vector: list[float]) -> object:
    if not isinstance(term, dict) or not _is_upload(term):
        return term
    return {name: one for name, one in term.items() if name != UPLOAD} | {"vector": vector}


async def _answer(
    library_request: LibraryRequest,
    way: Way,
    terms: list[object],
    notes: tuple[str, ...] = (),
) -> Response:
    from sqlclap.finding.query import query_of

    query, request = query_of(terms).checked(), await request_of(library_request)
    seconds = _span_seconds(query)
    if seconds > LONGEST_UPLOAD_S:
        raise RefusedError(
            400, f"expected spans of at most {LONGEST_UPLOAD_S:g} s together, got {seconds:g} s"
        )

    def ask(session: Session) -> Matches:
        return way(session, query, request)

    with UPLOADS.taken() if seconds else nullcontext():  # files may have to be read
        matches = await library_request.library.read(library_request.by_model(ask))
    answer: dict[str, Any] = {"ok": True, "terms": all_told(matches.terms)}
    answer |= {"notes": (*notes, *matches.notes)}
    return json_answer(answer | matches_json(matches))


def _span_seconds(query: Query) -> float:
    """Return how much sound of the library's files may have to be read, at most."""
    from sqlclap.db.spans import parse_span_target

    sounds = (term.value for term in query.terms if term.kind == "sound")
    spans = (parse_span_target(one) for one in sounds if isinstance(one, str) and "@" in one)
    return sum(found[1].length_s for found in spans if found)
