"""Questions to shards: a vector or a formula, made once for the set, and a request.

A question holds nothing of any one library but the places of sounds that it is about, each with the
number of its shard.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlclap.db.measured_columns import column_values
from sqlclap.db.spans import SampleSpan
from sqlclap.errors import QueryError, UnknownFolderError
from sqlclap.finding.ranking import ComposedRanking
from sqlclap.search.judgement import UNJUDGED, Judgement
from sqlclap.search.query import rank
from sqlclap.search.ranking import VectorRanking
from sqlclap.search.request import Request
from sqlclap.search.sorting import SCORE, comparable
from sqlclap.shards.answers import best_first

if TYPE_CHECKING:
    from sqlclap.arrays import Float32Array
    from sqlclap.finding.formula import Formula
    from sqlclap.search.ranking import Ranking
    from sqlclap.search.request import Filter
    from sqlclap.search.results import Match, Plan
    from sqlclap.shards.reader import ShardReader


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
    """

    request: Request
    vector: Float32Array
    formula: Formula | None = None
    own: tuple[ShardPlace, ...] = ()

    def in_shard(self, number: int) -> tuple[SampleSpan, ...]:
        """Return the places of one shard that are no answers."""
        return tuple(one.place for one in self.own if one.shard == number)


class Part(NamedTuple):
    """What one shard answers.

    Attributes
    ----------
    rows : list of Match
        With the set's ids.
    kind : type
    best : float or None
        The best score of all that the filter lets through.
    plan : Plan
    keys : list
        What rows are sorted by, where that is not their score.
    """

    rows: list[Match]
    kind: type[Match]
    best: float | None
    plan: Plan
    keys: list[Any]


def answer(reader: ShardReader, question: Question) -> Part | UnknownFolderError:
    """Answer a question from one shard.

    The error is returned, not raised, where no sound of it lies below the filter's folder: others
    may have such.
    """
    request = replace(question.request, offset=0, limit=_depth(question.request))
    ranking, request = _ranked_by(reader, question, request)
    best: list[float | None] = []

    def judge(score: float | None) -> Judgement:
        best.append(score)
        return UNJUDGED

    try:
        found = rank(reader.session, ranking, request, judge)
    except UnknownFolderError as error:
        return error
    keys = _keys(reader, request, list(found))
    told = [replace(one, sample_id=reader.ids.told(one.sample_id)) for one in found]
    return Part(told, found.kind, best[-1] if best else None, found.plan, keys)


def _depth(request: Request) -> int:
    return request.offset + request.limit


def _ranked_by(
    reader: ShardReader, question: Question, request: Request
) -> tuple[Ranking, Request]:
    own, planner, model = question.in_shard(reader.number), reader.planner, reader.model
    if question.formula is not None:
        return ComposedRanking(planner, model, question.formula, own), request
    for place in own:  # a question of one sound: there is one at most
        request = replace(request, without=place.sample_id, without_span=place.span)
    return VectorRanking(planner, model, question.vector), request


def _keys(reader: ShardReader, request: Request, found: Sequence[Match]) -> list[Any]:
    if request.sort is None or request.sort.column == SCORE:
        return []
    rows = column_values(reader.database, (one.sample_id for one in found), (request.sort.column,))
    return [rows[one.sample_id][0] for one in found]


def merged(parts: Sequence[Part], request: Request) -> list[Match]:
    """Return the page that a request asks for, of all shards' answers."""
    every = [one for part in parts for one in part.rows]
    if request.sort is None:
        every.sort(key=best_first)
    else:
        keys = [key for part in parts for key in (part.keys or [one.score for one in part.rows])]
        every = _in_order(every, keys, request.sort.descending)
    return every[request.offset : request.offset + request.limit]


def _in_order(rows: list[Match], keys: list[Any], descending: bool) -> list[Match]:
    """Put rows in order as `sqlclap.search.sorting` does: those without a value come last."""
    pairs = sorted(zip(keys, rows, strict=True), key=lambda pair: pair[1].sample_id)
    known = [pair for pair in pairs if pair[0] is not None]
    known.sort(key=lambda pair: comparable(pair[0]), reverse=descending)
    return [row for _, row in [*known, *(pair for pair in pairs if pair[0] is None)]]


REFUSED = (
    ("or_text", "or_text orders by how rare words are in one library: text is a filter for sets"),
    ("measures", "words are not taken for measures in a set: filter by min_pitch and the like"),
    ("aspects", "aspects are compared within one library: a set compares by vectors"),
)


def check_request(request: Request) -> Request:
    """Refuse what would not be the same for a set as for one library.

    Raises
    ------
    QueryError
    """
    for name, why in REFUSED:
        if getattr(request, name):
            raise QueryError(why)
    check_filter(request.only)
    return request


def check_filter(only: Filter) -> None:
    """Refuse filters by what is of one library alone.

    Raises
    ------
    QueryError
    """
    if only.label is not None or only.collection is not None:
        raise QueryError(
            "label and collection are no filters of sets: tags and collections are of one library"
        )
    if only.where is not None and "sample_id" in only.where.lower():
        raise QueryError(
            "expected a where without sample_id: each shard numbers its own sounds, and the ids "
            "that a set tells are others"
        )
