"""A path between two sounds: steps evenly spaced, each a sound of the library, none twice."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Self

import numpy as np

from sqlclap.db.database import Snapshot
from sqlclap.db.exact import Scored
from sqlclap.db.statements import read_transaction
from sqlclap.db.vectors import vectors_of
from sqlclap.errors import QueryError
from sqlclap.finding.find import one_model
from sqlclap.finding.formula import DECIMALS
from sqlclap.finding.terms import FoundTerm, Reach, find_term
from sqlclap.search.judgement import unjudged
from sqlclap.search.planner import Planner
from sqlclap.search.query import ranked_samples
from sqlclap.search.results import Answer, Plan

if TYPE_CHECKING:
    from sqlclap.arrays import Float32Array, Float64Array
    from sqlclap.db.database import Database
    from sqlclap.db.stored_models import StoredModel
    from sqlclap.finding.query import Query
    from sqlclap.search.request import Request
    from sqlclap.search.results import Matches
    from sqlclap.session import Session

MOST_STEPS = 100
"""Each step is a search of its own."""

SAME_SOUND = 1 - 1e-6
"""Cosine from which two sounds are copies of each other."""

SPARE = 4
"""So many more sounds are looked at than there are steps: the ends, and copies of theirs."""


@dataclass(frozen=True, eq=False)
class Ends:
    """What a path leads from and to.

    Attributes
    ----------
    model : StoredModel
    vectors : np.ndarray [shape=(2, dim), dtype=float64]
        Unit vectors, neither the same nor opposite.
    sample_ids : frozenset of int
        Sounds of the library that they are, or are of: no steps themselves.
    notes : tuple of str
    """

    model: StoredModel
    vectors: Float64Array
    sample_ids: frozenset[int]
    notes: tuple[str, ...]

    @classmethod
    def of(cls, found: tuple[FoundTerm, ...], sample_ids: Iterable[int]) -> Self:
        """Make the ends of two terms that were found.

        Raises
        ------
        QueryError
            They are the same, or opposites.
        """
        vectors = np.array([one.vector for one in found], dtype=np.float64)
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        cosine = float(vectors[0] @ vectors[1])
        if abs(cosine) >= SAME_SOUND:
            first, last = (one.term for one in found)
            are = "the same to the model" if cosine > 0 else "opposites: every way leads there"
            raise QueryError(f"{first} and {last} are {are}: there is no path")
        notes = tuple(f"{one.term}: {note}" for one in found for note in one.notes)
        return cls(one_model(found), vectors, frozenset(sample_ids), notes)

    def points(self, count: int) -> Float64Array:
        """Return points on the arc between the ends, evenly spaced, shape (count, dim)."""
        first, last = self.vectors
        angle = np.arccos(np.clip(first @ last, -1, 1))
        share = np.arange(1, count + 1)[:, None] / (count + 1)
        arc = np.sin((1 - share) * angle) * first + np.sin(share * angle) * last
        found: Float64Array = arc / np.sin(angle)
        return found

    def leanings(self, vectors: Float64Array) -> Float64Array:
        """Return how much more like the last end than like the first sounds are, shape (n,)."""
        found: Float64Array = np.einsum("ij,j->i", vectors, self.vectors[1] - self.vectors[0])
        return found


def find_between(
    session: Session, ends: Query, request: Request, reach: Reach = "files"
) -> Matches:
    """Return the sounds on the way from one end to another; see `Library.between`."""
    found = _find_ends(session, checked_ends(ends, request), reach)
    with read_transaction(session.database):
        return _steps(session, found, request)


def find_between_in_statement(session: Session, ends: Query, request: Request) -> Matches:
    """Return the same from within an SQL statement: no file is read for it."""
    with Snapshot(session.database):
        return _steps(session, _find_ends(session, checked_ends(ends, request), "vectors"), request)


def _steps(session: Session, ends: Ends, request: Request) -> Matches:
    nearest = partial(_nearest, session.cache(Planner), ends)
    matches = ranked_samples(session.database, nearest, request, unjudged)
    matches.model, matches.notes = ends.model.name, ends.notes
    return matches


def checked_ends(ends: Query, request: Request) -> Query:
    """Check that there can be a path between ends, as it is asked for.

    Raises
    ------
    QueryError
    """
    if len(ends.terms) != 2:
        raise QueryError(f"expected two ends of a path, got {len(ends.terms)}")
    for term in ends.terms:
        if term.kind == "words":
            raise QueryError(
                f"{term}: expected a sound, a label or a vector as the end of a path: words lie "
                "apart from sounds; search for them, and take a sound that is found"
            )
        if term.weight != 1:
            raise QueryError(f"{term}: expected an end of a path without a weight")
    _check_request(request)
    return ends


def _check_request(request: Request) -> None:
    asked = (request.moments, request.measures, request.offset, request.or_text, request.aspects)
    if any(asked) or request.sort is not None:
        raise QueryError(
            "a path leads over whole sounds, from its first step to its last: it has no moments, "
            "events, measures, offset, sort, or_text or aspects"
        )
    if request.limit > MOST_STEPS:
        raise QueryError(f"expected at most {MOST_STEPS} steps, got {request.limit}")


def _find_ends(session: Session, query: Query, reach: Reach) -> Ends:
    found = tuple(find_term(session, term, reach) for term in query.terms)
    return Ends.of(found, (one.place.sample_id for one in found if one.place is not None))


def _nearest(planner: Planner, ends: Ends, database: Database, request: Request) -> Answer:
    """Return the steps of a path, in order, each scored against its point of the arc."""
    with Snapshot(database):
        return walk(ends, request, partial(near_points, planner, database, ends.model))


def near_points(
    planner: Planner, database: Database, model: StoredModel, points: Float32Array, request: Request
) -> tuple[list[Answer], Stock]:
    """Return what lies nearest to points, shape (n, dim), and the vectors of all of it."""
    answers = [planner.nearest(database, model, point, request) for point in points]
    return answers, Stock.of(database, model, answers)


Look = Callable[["Float32Array", "Request"], tuple[list[Answer], "Stock"]]
"""Returns what `near_points` does, wherever the sounds lie."""


def walk(ends: Ends, request: Request, look: Look) -> Answer:
    """Return the steps of a path, in order, each scored against its point of the arc."""
    began = time.perf_counter()
    points = ends.points(request.limit)
    depth = request.limit + SPARE
    while True:
        asked = replace(request, limit=depth, min_score=None)
        answers, stock = look(points.astype(np.float32), asked)
        steps = stock.steps(ends, points)
        if len(steps) == len(points) or all(len(one.nearest) < depth for one in answers):
            break
        depth *= 4  # copies of sounds, which are no steps, stand in the way
    if request.min_score is not None:
        steps = [one for one in steps if one.score >= request.min_score]
    best = max((one.score for one in steps), default=None)
    return Answer(steps, _plan(answers, time.perf_counter() - began), best)


def _plan(answers: list[Answer], seconds: float) -> Plan:
    ranked = sum(one.plan.ranked for one in answers)
    return replace(answers[-1].plan, ranked=ranked, seconds=seconds)


@dataclass(frozen=True, eq=False)
class Stock:
    """Sounds that a path's steps are taken from, in the order of their embeddings.

    Attributes
    ----------
    embedding_ids, sample_ids : tuple of int
    vectors : np.ndarray [shape=(n, dim), dtype=float64]
        Unit vectors.
    """

    embedding_ids: tuple[int, ...]
    sample_ids: tuple[int, ...]
    vectors: Float64Array

    @classmethod
    def of(cls, database: Database, model: StoredModel, answers: list[Answer]) -> Stock:
        """Read the vectors of what searches found."""
        samples = {one.embedding_id: one.sample_id for found in answers for one in found.nearest}
        ids, vectors = vectors_of(database, model, list(samples))
        rows = vectors.astype(np.float64)
        rows /= np.sqrt(np.einsum("ij,ij->i", rows, rows))[:, None]
        embedding_ids = tuple(ids.tolist())
        return cls(embedding_ids, tuple(samples[one] for one in embedding_ids), rows)

    def steps(self, ends: Ends, points: Float64Array) -> list[Scored]:
        """Choose a sound for each point, none twice, and put them in order.

        The nearest pair of a point and a sound is taken first, then the nearest of the points and
        sounds that are left. What is chosen goes in the order of its leaning to the last end; its
        score is the cosine to the point whose turn that is.
        """
        scores = np.round(np.einsum("ij,kj->ik", points, self.vectors), DECIMALS)
        chosen = self._chosen(ends, scores)
        leanings = np.round(ends.leanings(self.vectors), DECIMALS)
        in_order = sorted(chosen.values(), key=lambda at: (leanings[at], at))
        return [
            Scored(self.embedding_ids[at], self.sample_ids[at], float(scores[point, at]))
            for point, at in zip(sorted(chosen), in_order, strict=True)
        ]

    def _chosen(self, ends: Ends, scores: Float64Array) -> dict[int, int]:
        """Return the sound that each point gets, by their places; the rows of scores are points."""
        is_end = [one in ends.sample_ids for one in self.sample_ids]
        gone = np.array(is_end, dtype=bool)
        gone |= (np.einsum("ij,kj->ik", self.vectors, ends.vectors) >= SAME_SOUND).any(axis=1)
        chosen: dict[int, int] = {}
        for pair in np.argsort(-scores, axis=None, kind="stable").tolist():
            point, at = divmod(pair, len(self.sample_ids))
            if point in chosen or gone[at]:
                continue
            chosen[point] = at
            gone |= np.einsum("ij,j->i", self.vectors, self.vectors[at]) >= SAME_SOUND
            if len(chosen) == len(scores) or gone.all():
                break
        return chosen
