"""Searches by words or a sound: by one vector, or composed where what is measured counts, too.

`sqlclap.finding.find` is loaded for the latter alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from sqlclap.search import query
from sqlclap.search.targets import split_span

if TYPE_CHECKING:
    from sqlclap.db.samples import Sample
    from sqlclap.db.spans import Span
    from sqlclap.search.query import Vector
    from sqlclap.search.request import Request
    from sqlclap.search.results import Matches
    from sqlclap.search.targets import Target
    from sqlclap.session import Session


def search_text(session: Session, text: str | Vector, request: Request) -> Matches:
    """Return the samples that words describe best; see `Library.search`."""
    if not (request.measures and isinstance(text, str)):
        return query.search_described(session, text, request)
    from sqlclap.finding.find import find
    from sqlclap.finding.query import Query

    return find(session, Query().more(text), request)


def search_similar(session: Session, sound: Target | Vector, request: Request) -> Matches:
    """Return the samples that sound most like a sound; see `Library.similar`."""
    if request.transpose:
        from sqlclap.finding.transposed import search_transposed

        return search_transposed(session, sound, request)
    if not request.aspects:
        return query.search_similar(session, sound, request)
    from sqlclap.finding.find import find
    from sqlclap.finding.query import Query

    named, span = split_span(session.database, sound)
    if span is None and query.is_vector(named):
        return find(session, Query().toward(cast("Vector", named)), request)
    return find(session, Query().like(cast("Target", sound)), request)


def search_sample(
    session: Session, sample: Sample, request: Request, span: Span | None = None
) -> Matches:
    """Return the samples that sound most like one of the library's, or like a span of it."""
    if not (request.aspects or request.transpose):
        return query.search_sample(session, sample, request, span)
    return search_similar(session, (sample.sample_id, span), request)
