"""Questions to shards: a vector or a formula, made once for the set, and a request.

A question holds nothing of any one library but the places of sounds that it is about, each with the
number of its shard.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlclap.db.database import Snapshot
from sqlclap.db.measured_columns import column_values
from sqlclap.db.spans import SampleSpan
from sqlclap.errors import UnknownFolderError
from sqlclap.finding.ranking import ComposedRanking
from sqlclap.search.judgement import UNJUDGED, Judgement
from sqlclap.search.query import nearest_as_asked, rank
from sqlclap.search.ranking import VectorRanking
from sqlclap.search.request import Request
from sqlclap.search.results import Match, sample_fields
from sqlclap.search.sort_order import SCORE
from sqlclap.search.sorting import comparable
from sqlclap.shards.answers import best_first
from sqlclap.shards.filters import in_shards

if TYPE_CHECKING:
    from sqlclap.arrays import Float32Array
    from sqlclap.db.exact import Scored
    from sqlclap.finding.formula import Formula
    from sqlclap.search.ranking import Ranking
    from sqlclap.search.results import Plan
    from sqlclap.shards.measuring import Weighing
    from sqlclap.shards.reader import ShardReader
    from sqlclap.shards.session import SetSession


class ShardPlace(NamedTuple):
    """A sound, or a span of one, in a shard.

    Attributes
    ----------
    shard : int
    place : SampleSpan
        With the id that the sound has in that shard's library now.
    """

    shard: int
    place: SampleSpan


@dataclass(frozen=True, eq=False)
class Question:
    """What shards are asked.

    Attributes
    ----------
    request : Request
    vector : np.ndarray [shape=(dim,), dtype=float32]
        The unit vector of what is wanted.
    formula : Formula or None
        Of a composed query; None: the vector alone counts.
    own : tuple of ShardPlace
        Sounds that are asked with, and are no answers.
    weighing : Weighing or None
        What measures and aspects add to the formula's scores.
    """

    request: Request
    vector: Float32Array
    formula: Formula | None = None
    own: tuple[ShardPlace, ...] = ()
    weighing: Weighing | None = None

    @cached_property
    def to_each(self) -> Request:
        """What each shard is asked: whatever others answer, the page is among its best."""
        return self.request.from_start()

    def in_shard(self, number: int) -> tuple[SampleSpan, ...]:
        """Return the places of one shard that are no answers."""
        return tuple(one.place for one in self.own if one.shard == number)


class Part(NamedTuple):
    """What one shard answers.

    Attributes
    ----------
    rows : list of Match or Candidate
        With the set's ids.
    kind : type
    best : float or None
        The best score of all that the filter lets through.
    plan : Plan
    keys : list
        What rows are sorted by, where that is not their score.
    fields : mapping or None
        What is told of rows, by the set's ids, as far as it is known already; see `described`.
    """

    rows: list[Any]
    kind: type[Match]
    best: float | None
    plan: Plan
    keys: list[Any]
    fields: Mapping[int, dict[str, Any]] | None = None

    def among(self, rows: set[int]) -> Part:
        """Return it with some of its rows alone, by their identities."""
        at = [place for place, one in enumerate(self.rows) if id(one) in rows]
        keys = [self.keys[place] for place in at] if self.keys else []
        return self._replace(rows=[self.rows[place] for place in at], keys=keys)


class Candidate(NamedTuple):
    """A sound that may be among the answers; what is told of it is read once it is.

    Attributes
    ----------
    score : float
    sample_id : int
        The set's.
    shard : int
    scored : Scored
        As its shard's library has it.
    """

    score: float
    sample_id: int
    shard: int
    scored: Scored


class Standing:
    """The best scores of all shards that have answered so far; safe to use from several threads.

    Parameters
    ----------
    question : Question
        Only where what it asks for is the best by vectors' scores, there is a floor.
    """

    def __init__(self, question: Question) -> None:
        asked = question.to_each
        by_score = question.formula is None and asked.sort is None and not asked.moments
        self._wanted = asked.limit if by_score and asked.or_text is None else 0
        self._lock = threading.Lock()
        self._best: list[float] = []

    @property
    def floor(self) -> float | None:
        """What others needn't look below: as many as are wanted score at least as much."""
        best = self._best
        return best[-1] if self._wanted and len(best) == self._wanted else None

    def add(self, part: Part) -> None:
        """Take a shard's answer into account."""
        if self._wanted:
            with self._lock:
                scores = [*self._best, *(one.score for one in part.rows)]
                self._best = sorted(scores, reverse=True)[: self._wanted]


def answer(
    reader: ShardReader, question: Question, floor: float | None = None
) -> Part | UnknownFolderError:
    """Answer a question from one shard; what scores below a floor may be left out.

    The error is returned, not raised, where no sound of it lies below the filter's folder: others
    may have such.
    """
    request = question.to_each
    if floor is not None:
        request = replace(request, floor=floor, share=reader.shard.entry.share)
    ranking, request = ranked_by(reader, question, request)
    try:
        if request.moments:
            return _moments(reader, ranking, request)
        database = reader.database
        with Snapshot(database):
            found = nearest_as_asked(ranking, database, request)
            keys = _keys(reader, request, found.nearest)
    except UnknownFolderError as error:
        return error
    number, whole = reader.number, reader.ids.told
    rows = [Candidate(one.score, whole(one.sample_id), number, one) for one in found.nearest]
    return Part(rows, Match, found.best, found.plan, keys)


def _moments(reader: ShardReader, ranking: Ranking, request: Request) -> Part:
    best: list[float | None] = []

    def judge(score: float | None) -> Judgement:
        best.append(score)
        return UNJUDGED

    found = rank(reader.session, ranking, request, judge)
    told = [replace(one, sample_id=reader.ids.told(one.sample_id)) for one in found]
    return Part(told, found.kind, best[-1] if best else None, found.plan, [])


def described(reader: ShardReader, chosen: Sequence[Candidate]) -> dict[int, dict[str, Any]]:
    """Return what matches tell of a shard's candidates, by the set's ids; sounds may have gone."""
    own = [one for one in chosen if one.shard == reader.number]
    fields = sample_fields(reader.database, [one.scored for one in own])
    return {
        one.sample_id: fields[one.scored.embedding_id] | {"sample_id": one.sample_id}
        for one in own
        if one.scored.embedding_id in fields
    }


def ranked_by(reader: ShardReader, question: Question, request: Request) -> tuple[Ranking, Request]:
    """Return the order that a question asks for in a shard, and the request without its own."""
    own, planner, model = question.in_shard(reader.number), reader.planner, reader.model
    if question.formula is not None:
        ranking = ComposedRanking(planner, model, question.formula, own)
        if question.weighing is not None:
            ranking = question.weighing.ranking(reader, ranking)
        return ranking, request
    for place in own:  # a question of one sound: there is one at most
        request = replace(request, without=place.sample_id, without_span=place.span)
    return VectorRanking(planner, model, question.vector), request


def _keys(reader: ShardReader, request: Request, found: Sequence[Scored]) -> list[Any]:
    if request.sort is None or request.sort.column == SCORE:
        return []
    if request.sort.column == "sample_id":  # the set's, not what the shard calls it
        return [reader.ids.told(one.sample_id) for one in found]
    rows = column_values(reader.database, (one.sample_id for one in found), (request.sort.column,))
    return [rows[one.sample_id][0] for one in found]


def narrowed(parts: Sequence[Part], request: Request) -> list[Part]:
    """Leave out of some shards' answers what can't be on the page, whatever others answer."""
    page = merged(parts, request.from_start())
    rows = {id(one) for one in page}
    return [one.among(rows) for one in parts]


def merged(parts: Sequence[Part], request: Request) -> list[Any]:
    """Return the page that a request asks for, of all shards' answers."""
    every = [one for part in parts for one in part.rows]
    if request.sort is None:
        every.sort(key=best_first)
    else:
        keys = [key for part in parts for key in (part.keys or [one.score for one in part.rows])]
        every = _in_order(every, keys, request.sort.descending)
    return every[request.offset : request.offset + request.limit]


def _in_order(rows: list[Any], keys: list[Any], descending: bool) -> list[Any]:
    """Put rows in order as `sqlclap.search.sorting` does: those without a value come last."""
    pairs = sorted(zip(keys, rows, strict=True), key=lambda pair: pair[1].sample_id)
    known = [pair for pair in pairs if pair[0] is not None]
    known.sort(key=lambda pair: comparable(pair[0]), reverse=descending)
    return [row for _, row in [*known, *(pair for pair in pairs if pair[0] is None)]]


def as_asked(session: SetSession, request: Request) -> Request:
    """Return a request as shards take it; what would not be the same as for one library is refused.

    Raises
    ------
    QueryError
    """
    return replace(request, only=in_shards(session, request.only))
