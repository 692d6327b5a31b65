"""The API of composed queries: ``?query=`` has the terms; sounds may be sent along."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import AbstractContextManager, nullcontext
from itertools import accumulate
from typing import TYPE_CHECKING, Any

from datasette_sqlclap.requests import AsgiView, LibraryRequest, asks, takes
from datasette_sqlclap.responses import RefusedError, all_told, json_answer
from datasette_sqlclap.search_api import (
    ARGUMENTS,
    LONGEST_UPLOAD_S,
    UPLOADS,
    Heard,
    count_of,
    heard_upload,
    matches_json,
    notes_told,
    options_of,
    request_of,
)
from datasette_sqlclap.sets.rooms import rooms_of

if TYPE_CHECKING:
    from datasette.utils.asgi import Response

    from sqlclap.finding.query import Query
    from sqlclap.search.request import Request
    from sqlclap.search.results import Matches
    from sqlclap.session import Session

LONGEST_TERMS = 30_000
UPLOAD = "upload"
"""The term that stands for the request's body: ``{"upload": true}``."""
UPLOAD_BYTES = "upload_bytes"
"""The term that stands for so many bytes of the body, where it is several sounds, one behind the
other in the order of their terms: ``{"upload_bytes": 44100}``."""
MOST_UPLOADS = 4


Way = Callable[["Session", "Query", "Request"], "Matches"]


Told = Callable[[LibraryRequest, list[object], tuple[str, ...]], Awaitable["Response"]]
"""Answers terms that name no upload any more, with remarks on reading what was sent."""


def _route(answer: Told) -> AsgiView:
    """Return the view of a route whose terms are answered in some way."""

    @asks("query", *ARGUMENTS)
    async def ask(library_request: LibraryRequest) -> Response:
        """Answer ``?query=terms``."""
        terms = _terms_of(library_request)
        if any(_is_upload(term) for term in terms):
            raise RefusedError(400, f"expected the sound of {UPLOAD!r} as the body of a POST")
        return await answer(library_request, terms, ())

    @asks("query", *ARGUMENTS)
    async def ask_with_upload(library_request: LibraryRequest) -> Response:
        """Answer a POST whose body is encoded audio, which terms stand for."""
        terms = _terms_of(library_request)
        if not any(_is_upload(term) for term in terms):
            wanted = f'a term {{"{UPLOAD}": true}} for the sound in the body'
            raise RefusedError(400, f"expected {wanted}")
        _, heard = await heard_upload(library_request, _ends(terms))
        notes = tuple(note for _, of_sound in heard for note in of_sound)
        return await answer(library_request, _with_vectors(terms, heard), notes)

    return takes(ask_with_upload, ask)


def _by(way: Way) -> Told:
    """Return what answers with the matches of a way of asking."""

    async def answer(
        library_request: LibraryRequest, terms: list[object], notes: tuple[str, ...]
    ) -> Response:
        return await _answer(library_request, way, terms, notes)

    return answer


async def _statement(
    library_request: LibraryRequest, terms: list[object], notes: tuple[str, ...]
) -> Response:
    """Answer with the query as SQL, for any client that has the functions."""
    from sqlclap.finding.query import query_of

    query, options = query_of(terms).checked(), await options_of(library_request)
    count = count_of(library_request)

    def write(session: Session) -> str:
        return rooms_of(session).as_sql(query, count, options)

    with _reading_spans(query):
        sql = await library_request.library.read(library_request.by_model(write))
    return json_answer({"ok": True, "sql": sql, "notes": notes_told(notes)})


find = _route(_by(lambda session, query, request: rooms_of(session).find(query, request)))
between = _route(_by(lambda session, ends, request: rooms_of(session).find_between(ends, request)))
as_sql = _route(_statement)


def _terms_of(library_request: LibraryRequest) -> list[object]:
    from sqlclap.finding.query import read_terms

    text = library_request.argument("query")
    if not text or len(text) > LONGEST_TERMS:
        raise RefusedError(
            400, f"expected ?query=, 1 to {LONGEST_TERMS:,} characters of JSON; got {len(text):,}"
        )
    return read_terms(text)


def _is_upload(term: object) -> bool:
    return isinstance(term, dict) and (term.get(UPLOAD) is True or UPLOAD_BYTES in term)


def _ends(terms: list[object]) -> list[int]:
    """Return where the sounds of terms end in the body; none where it is one sound."""
    sent = [term for term in terms if isinstance(term, dict) and _is_upload(term)]
    if len(sent) == 1 and UPLOAD in sent[0]:
        return []
    counts = [term.get(UPLOAD_BYTES) for term in sent]
    sizes = [one for one in counts if isinstance(one, int) and not isinstance(one, bool)]
    if len(sizes) < len(sent) or len(sent) > MOST_UPLOADS:
        raise RefusedError(
            400,
            f'expected one term {{"{UPLOAD}": true}}, or up to {MOST_UPLOADS} of '
            f'{{"{UPLOAD_BYTES}": COUNT}}, got {len(sent)}',
        )
    return list(accumulate(sizes))


def _with_vectors(terms: list[object], heard: list[Heard]) -> list[object]:
    """Return terms with what was heard in the places of uploads."""
    left = iter(heard)
    found: list[object] = []
    for term in terms:
        if isinstance(term, dict) and _is_upload(term):
            others = {name: one for name, one in term.items() if name not in (UPLOAD, UPLOAD_BYTES)}
            term = others | {"vector": next(left)[0].tolist()}  # noqa: PLW2901
        found.append(term)
    return found


async def _answer(
    library_request: LibraryRequest,
    way: Way,
    terms: list[object],
    notes: tuple[str, ...],
) -> Response:
    from sqlclap.finding.query import query_of

    query, request = query_of(terms).checked(), await request_of(library_request)

    def ask(session: Session) -> Matches:
        return way(session, query, request)

    with _reading_spans(query):
        matches = await library_request.library.read(library_request.by_model(ask))
    answer: dict[str, Any] = {"ok": True, "terms": all_told(matches.terms)}
    answer |= {"notes": notes_told((*notes, *matches.notes))}
    return json_answer(answer | matches_json(matches))


def _reading_spans(query: Query) -> AbstractContextManager[None]:
    """Return the context in which spans of the library's files may be read; too long ones are not.

    Raises
    ------
    RefusedError
    """
    seconds = _span_seconds(query)
    if seconds > LONGEST_UPLOAD_S:
        raise RefusedError(
            400, f"expected spans of at most {LONGEST_UPLOAD_S:g} s together, got {seconds:g} s"
        )
    return UPLOADS.taken() if seconds else nullcontext()


def _span_seconds(query: Query) -> float:
    """Return how much sound of the library's files may have to be read, at most."""
    from sqlclap.db.spans import parse_span_target

    sounds = (term.value for term in query.terms if term.kind == "sound")
    spans = (parse_span_target(one) for one in sounds if isinstance(one, str) and "@" in one)
    return sum(found[1].length_s for found in spans if found)
