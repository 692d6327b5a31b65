"""Asks composed queries: `Library.find`, ``sqlclap find``, SQL and HTTP."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from sqlclap.db.database import Snapshot
from sqlclap.errors import QueryError
from sqlclap.finding.aspect_scores import rank_by_aspects
from sqlclap.finding.formula import WeighedTerm, make_formula
from sqlclap.finding.measured_query import measure, read_measures
from sqlclap.finding.query import Query
from sqlclap.finding.ranking import ComposedRanking
from sqlclap.finding.scales import Scales
from sqlclap.finding.terms import FoundTerm, Reach, find_term
from sqlclap.search.judgement import UNJUDGED, Judgement
from sqlclap.search.planner import Planner
from sqlclap.search.query import rank, ranked_now
from sqlclap.search.ranking import Ranking, VectorRanking

if TYPE_CHECKING:
    from sqlclap.db.stored_models import StoredModel
    from sqlclap.finding.measure_words import Understood
    from sqlclap.finding.scales import Scale
    from sqlclap.search.judgement import Judge
    from sqlclap.search.request import Request
    from sqlclap.search.results import Matches
    from sqlclap.session import Session


@dataclass(frozen=True)
class TermShare:
    """How a term counted in an answer.

    Attributes
    ----------
    term : str
    weight : float
    median : float
        Cosine of the library's median sound to it: 0 on its scale.
    reach : float
        From there to what the best hundredth of the sounds has: 1 on its scale.
    level : float or None
        Of a negative term: the cosine above which it pushes away.
    """

    term: str
    weight: float
    median: float
    reach: float
    level: float | None

    def __str__(self) -> str:
        end = "" if self.level is None else f", pushes away above {self.level:.3f}"
        scale = f"0 at {self.median:.3f}, 1 at {self.median + self.reach:.3f}"
        return f"{self.term}: weight {self.weight:g}, {scale}{end}"


@dataclass(frozen=True, eq=False)
class Composition:
    """A query that is ready to be asked.

    Attributes
    ----------
    ranking : Ranking
    request : Request
        With what it leaves out.
    judge : callable
        Says of the best score what is to be said of the answer.
    terms : tuple of TermShare
    found : tuple of FoundTerm
        What they stand for.
    notes : tuple of str
        Remarks on irregularities in reading sounds.
    understood : tuple of Understood
        What words were taken to mean something measured.
    """

    ranking: Ranking
    request: Request
    judge: Judge
    terms: tuple[TermShare, ...]
    found: tuple[FoundTerm, ...]
    notes: tuple[str, ...]
    understood: tuple[Understood, ...] = ()


def find(session: Session, query: Query, request: Request, reach: Reach = "files") -> Matches:
    """Return the samples, or moments, that a query puts first; see `Library.find`."""
    composed = compose(session, query, request, reach)
    return _told(rank(session, composed.ranking, composed.request, composed.judge), composed)


def find_in_statement(session: Session, query: Query, request: Request) -> Matches:
    """Return the same from within an SQL statement: no file is read for it."""
    with Snapshot(session.database):
        composed = compose(session, query, request, "vectors")
        asked = (composed.ranking, composed.request, composed.judge)
        return _told(ranked_now(session, *asked), composed)


def _told(matches: Matches, composed: Composition) -> Matches:
    matches.model = composed.ranking.model.name
    matches.notes, matches.terms = composed.notes, composed.terms
    matches.understood = composed.understood
    return matches


def compose(session: Session, query: Query, request: Request, reach: Reach) -> Composition:
    """Make a query ready to be asked.

    Raises
    ------
    QueryError
        It has no positive term, or these cancel each other out.
    SqlclapError
        A term can't be found; see `sqlclap.finding.terms.find_term`.
    """
    asked = read_measures(session.database, query, request)
    aspects, request = asked.request.aspects, replace(asked.request, aspects=None)
    found = tuple(find_term(session, term, reach) for term in asked.query.checked().terms)
    model = one_model(found)
    vectors = np.array([one.vector for one in found], dtype=np.float32)
    scales = session.cache(Scales).of(session.database, model, vectors)
    shares = tuple(map(share_of, found, scales))
    notes = tuple(f"{one.term}: {note}" for one in found for note in one.notes)
    alone = None if asked.measures or aspects else _alone(found)
    if alone is not None and request.without is None:
        own = alone.place
        if own is not None:
            request = replace(request, without=own.sample_id, without_span=own.span)
        ranking: Ranking = VectorRanking(session.cache(Planner), model, alone.vector)
        return Composition(ranking, request, alone.judge, shares, found, notes, asked.told)
    weighed = [
        WeighedTerm(one.vector, one.term.weight, scale)
        for one, scale in zip(found, scales, strict=True)
    ]
    places = tuple(one.place for one in found if one.place is not None and one.term.is_positive)
    formula = make_formula(weighed)
    measured = measure(session, asked, model, formula)
    ranking = ComposedRanking(session.cache(Planner), model, formula, places, measured)
    if aspects:
        by_aspects = rank_by_aspects(session, ranking, aspects, found)
        ranking, notes = by_aspects.ranking, (*notes, *by_aspects.notes)
    judge = judge_terms(found, scales)
    return Composition(ranking, request, judge, shares, found, notes, asked.told)


def _alone(found: tuple[FoundTerm, ...]) -> FoundTerm | None:
    """Return the only term, if it is: it is a search, and is answered and judged as one."""
    return found[0] if len(found) == 1 else None


def one_model(found: tuple[FoundTerm, ...]) -> StoredModel:
    """Return the model that all terms' vectors are of.

    Raises
    ------
    QueryError
        They are of several.
    """
    models = {one.model.model_id: one.model for one in found}
    if len(models) > 1:
        names = ", ".join(sorted(model.name for model in models.values()))
        raise QueryError(f"the library's model was switched meanwhile ({names}): ask again")
    return next(iter(models.values()))


def share_of(one: FoundTerm, scale: Scale) -> TermShare:
    """Return how a term counted, by its scale."""
    level = None if one.term.is_positive else scale.level
    return TermShare(str(one.term), one.term.weight, scale.median, scale.reach, level)


def judge_terms(
    found: tuple[FoundTerm, ...], scales: tuple[Scale, ...]
) -> Callable[[float | None], Judgement]:
    """Return what judges an answer: it is doubtful where every term that is wanted is.

    A term's doubts are those of a search for it alone, by what the library has of it: no score of
    the whole query tells that. No match is weak by its score.
    """

    def judge(best: float | None) -> Judgement:
        if best is None:
            return UNJUDGED
        told = [one.doubts(scale.best) for one, scale in zip(found, scales, strict=True)]
        serious = all(
            any(doubt.is_serious for doubt in doubts)
            for one, doubts in zip(found, told, strict=True)
            if one.term.is_positive
        )
        doubts = (doubt for of_term in told for doubt in of_term)
        if not serious:
            doubts = (replace(doubt, is_serious=False) for doubt in doubts)
        return UNJUDGED._replace(doubts=tuple(doubts))

    return judge
