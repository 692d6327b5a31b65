"""Paths between two sounds of a set: steps are chosen here, from what all shards have near them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from sqlclap.db.database import Snapshot
from sqlclap.db.exact import Scored
from sqlclap.errors import PartialAnswerError, UnknownFolderError
from sqlclap.finding.between import Ends, Stock, checked_ends, near_points, walk
from sqlclap.search.results import Answer, Match, Plan
from sqlclap.shards.answers import SetMatches, joined_plan
from sqlclap.shards.asking import answered, tell, with_tags
from sqlclap.shards.composing import find_set_term
from sqlclap.shards.questions import Candidate, as_asked
from sqlclap.shards.targets import whole_id

if TYPE_CHECKING:
    from sqlclap.arrays import Float32Array, Float64Array
    from sqlclap.finding.query import Query
    from sqlclap.search.request import Request
    from sqlclap.shards.answers import Reach
    from sqlclap.shards.asking import Asked
    from sqlclap.shards.reader import ShardReader
    from sqlclap.shards.session import SetSession


class NearPart(NamedTuple):
    """What one shard has near points.

    Attributes
    ----------
    near : list of list of Candidate
        Of each point, best first.
    plan : Plan
    whole : list of int
        The set's ids of all of these, each once.
    vectors : np.ndarray [shape=(n, dim), dtype=float64]
        Theirs, of length 1.
    """

    near: list[list[Candidate]]
    plan: Plan
    whole: list[int]
    vectors: Float64Array


@dataclass(frozen=True, eq=False)
class NearPoints:
    """Find what lies near points, shape (n, dim)."""

    points: Float32Array
    request: Request

    def __call__(self, reader: ShardReader) -> NearPart | UnknownFolderError:
        """Return it; the error where no sound of the shard lies below the filter's folder."""
        database, told = reader.database, reader.ids.told
        try:
            with Snapshot(database):
                asked = reader.planner, database, reader.model
                answers, stock = near_points(*asked, self.points, self.request)
        except UnknownFolderError as error:
            return error
        near = [
            [Candidate(one.score, told(one.sample_id), reader.number, one) for one in of.nearest]
            for of in answers
        ]
        return NearPart(near, answers[-1].plan, [*map(told, stock.sample_ids)], stock.vectors)


class _Look:
    """Looks into all shards; keeps who answered, and what is known of candidates."""

    def __init__(self, session: SetSession, require_all: bool) -> None:
        self._session, self._require_all = session, require_all
        self.candidates: dict[int, Candidate] = {}
        self.reach: Reach | None = None

    def __call__(self, points: Float32Array, request: Request) -> tuple[list[Answer], Stock]:
        found, self.reach = self._session.ask(NearPoints(points, request))
        self.reach.check(self._require_all)
        parts = answered(found.answers)
        plan = joined_plan([one.plan for one in parts], 0.0)
        answers = []
        for at in range(len(points)):
            near = [one for part in parts for one in part.near[at]]
            near.sort(key=lambda one: (-one.score, one.sample_id))
            best = near[: request.limit]
            self.candidates |= {one.sample_id: one for one in best}
            rows = [Scored(one.sample_id, one.sample_id, one.score) for one in best]
            answers.append(Answer(rows, plan))
        among = {one.sample_id for of in answers for one in of.nearest}
        return answers, self._stock(parts, among, points.shape[1])

    @staticmethod
    def _stock(parts: list[NearPart], among: set[int], dim: int) -> Stock:
        """Join shards' sounds in the order of the set's ids, which stand for embeddings here."""
        rows = {
            whole: vector
            for part in parts
            for whole, vector in zip(part.whole, part.vectors, strict=True)
            if whole in among
        }
        ids = tuple(sorted(rows))
        vectors = np.array([rows[one] for one in ids], dtype=np.float64)
        return Stock(ids, ids, vectors.reshape(len(ids), dim))


def find_between(session: SetSession, ends: Query, asked: Asked) -> SetMatches:
    """Return the sounds on the way from one end to another; see `Library.between`."""
    query = checked_ends(ends, asked.request)
    request = as_asked(session, asked.request)
    terms = [find_set_term(session, term) for term in query.terms]
    own = (whole_id(session, one.own) for one in terms if one.own is not None)
    found = Ends.of(tuple(one.found for one in terms), own)
    for exact in (request.exact, True):
        look = _Look(session, asked.require_all)
        answer = walk(found, replace(request, exact=exact), look)
        steps = [look.candidates[one.sample_id]._replace(score=one.score) for one in answer.nearest]
        fields, lost = tell(session, steps)
        if len(fields) == len(steps):
            break
    if look.reach is None:
        raise PartialAnswerError("no shard answered")
    rows = [
        Match(rank=rank, score=one.score, weak=False, **fields[one.sample_id])
        for rank, one in enumerate((one for one in steps if one.sample_id in fields), start=1)
    ]
    reach = with_tags(session, look.reach.without(lost), asked)
    matches = SetMatches(rows, answer.plan, (), Match, reach)
    matches.model, matches.notes = session.model.name, found.notes
    return matches
