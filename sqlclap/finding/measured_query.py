"""Takes measures, filters and what is not wanted out of a query's words."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from sqlclap.db.database import Snapshot
from sqlclap.db.vectors import count_own
from sqlclap.errors import QueryError
from sqlclap.finding.measure_words import Known, Measure, Understanding, Understood, understand
from sqlclap.finding.measures import (
    MeasuredLibrary,
    MeasureScores,
    alike_count,
    known_columns,
    score_measures,
)
from sqlclap.finding.query import Query, Term
from sqlclap.search.fields import FILTERS
from sqlclap.search.planner import Planner
from sqlclap.search.request import Request

if TYPE_CHECKING:
    from sqlclap.db.database import Database
    from sqlclap.db.stored_models import StoredModel
    from sqlclap.finding.formula import Formula
    from sqlclap.search.request import Filter
    from sqlclap.session import Session


@dataclass(frozen=True)
class MeasuredQuery:
    """A query whose words for measures are taken apart.

    Attributes
    ----------
    query : Query
        With what is left of the words.
    request : Request
        With the filters that were among them.
    measures : tuple of Measure
    told : tuple of Understood
    names_nothing : bool
        Of terms there is nothing but the words for measures themselves.
    """

    query: Query
    request: Request
    measures: tuple[Measure, ...] = ()
    told: tuple[Understood, ...] = ()
    names_nothing: bool = False


def read_measures(database: Database, query: Query, request: Request) -> MeasuredQuery:
    """Take measures out of the words that are wanted; of `request.measures` alone.

    Raises
    ------
    QueryError
        Nothing is left that is wanted, or the filters contradict those of the request.
    """
    if not request.measures:
        return MeasuredQuery(query, request)
    known = Known(known_columns(database), frozenset(one.name for one in FILTERS))
    readings = [(term, _read(term, known)) for term in query.terms]
    read = [(term, reading) for term, reading in readings if reading is not None]
    terms = tuple(one for term, reading in readings for one in _terms_left(term, reading))
    told = tuple(one for _, reading in read for one in reading.told)
    if told and not any(term.is_positive for term in terms):
        raise QueryError(
            f"{'; '.join(map(str, told))}: expected words for what is wanted as well; or ask "
            "without measures"
        )
    only = request.only
    for _, reading in read:
        only = _narrowed(only, reading)
    measures = tuple(
        replace(one, weight=one.weight * term.weight)
        for term, reading in read
        for one in reading.measures
    )
    names_nothing = bool(measures) and all(
        reading is not None and reading.is_asked_whole
        for term, reading in readings
        if term.is_positive
    )
    return MeasuredQuery(Query(terms), replace(request, only=only), measures, told, names_nothing)


def _terms_left(term: Term, reading: Understanding | None) -> tuple[Term, ...]:
    """Return what a term is without its measures, and what its words say is not wanted."""
    if reading is None:
        return (term,)
    wanted = (replace(term, value=reading.words),) if reading.words else ()
    return (*wanted, *(Term("words", one, -term.weight) for one in reading.unwanted))


def _read(term: Term, known: Known) -> Understanding | None:
    if term.kind != "words" or not term.is_positive:
        return None
    reading = understand(term.value, known)
    return reading if reading.told or reading.words != term.value else None


def _narrowed(only: Filter, reading: Understanding) -> Filter:
    """Return a filter that lets through what it and the words let through."""
    values: dict[str, Any] = {}
    for name, value in reading.fields.items():
        given = getattr(only, name)
        tighter = max if name.startswith("min_") else min if name.startswith("max_") else None
        if given is not None and tighter is None and given != value:
            raise QueryError(f"the words ask for {name} {value}, and the filter for {given}")
        values[name] = value if given is None or tighter is None else tighter(given, value)
    conditions = [*reading.conditions, *([only.where] if only.where else [])]
    if reading.conditions:
        # A line of its own: a comment at an expression's end ends there.
        values["where"] = " AND ".join(f"(\n{one}\n)" for one in conditions)
    return replace(only, **values)


def measure(
    session: Session, asked: MeasuredQuery, model: StoredModel, formula: Formula
) -> MeasureScores | None:
    """Return what a query's measures add to scores; None where it has none.

    They are measured against the sounds that the query's other terms find, filters or not, so that
    a sound's score doesn't depend on those; or against all, where there are no other terms.
    """
    if not asked.measures:
        return None
    with Snapshot(session.database) as snapshot:
        sounds = session.cache(MeasuredLibrary).of(snapshot)
        alike = None
        if not asked.names_nothing:
            count = alike_count(count_own(snapshot.database, model))
            nearest = session.cache(Planner).nearest(
                snapshot.database, model, formula.vector, Request(count), snapshot
            )
            alike = [one.sample_id for one in nearest.nearest]
    return score_measures(sounds, asked.measures, alike, formula.unit)
