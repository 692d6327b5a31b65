"""Finds moments: windows of long sounds and whole short sounds, in one ranking."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from sqlclap.db.exact import Scored, best_first
from sqlclap.db.spans import Span, speaks_for
from sqlclap.db.statements import statement
from sqlclap.search.request import Request
from sqlclap.search.results import Match, Matches, Plan, make_match, sample_fields
from sqlclap.search.vector_query import KINDS_OF_MOMENTS

if TYPE_CHECKING:
    from sqlclap.arrays import Int64Array
    from sqlclap.db.database import Database
    from sqlclap.search.judgement import Judge
    from sqlclap.search.ranking import Ranking
    from sqlclap.search.vector_query import Among

_SPARE = 6
"""So many more than are wanted are looked for at first: some may be of samples that just went."""

_FIRST_DEPTH = 64
"""At least so many where no index leaves out long sounds' own vectors, which are no moments."""

_DEEPER = 4


@dataclass(frozen=True)
class Moment(Match):
    """A stretch of a sound that answers a query.

    Attributes
    ----------
    start_s, end_s : float
        Start and end in the sound (in seconds); all of it if it fits into one window.
    """

    SHOWN: ClassVar[tuple[str, ...]] = (
        "rank", "score", "start_s", "end_s", "duration_s", "sample_id", "path",
    )  # fmt: skip
    NOUN: ClassVar[str] = "moment"
    start_s: float
    end_s: float


@dataclass(frozen=True)
class MomentQuery:
    """A search among moments.

    Attributes
    ----------
    ranking : Ranking
    connection : Database
    allowed : np.ndarray [shape=(n,), dtype=int64] or None
        Samples that may be among the answers, ascending; None allows all.
    outside : np.ndarray [shape=(n,), dtype=int64]
        Embeddings of theirs that may not be: moments out of the times that are asked for.
    """

    ranking: Ranking
    connection: Database
    allowed: Int64Array | None
    outside: Int64Array

    def keeps(self, embedding_ids: Sequence[int]) -> list[bool]:
        """Return, for moments of allowed samples, which may be among the answers."""
        if not len(self.outside):
            return [True] * len(embedding_ids)
        ids = np.array(embedding_ids, dtype=np.int64)
        kept: list[bool] = np.isin(ids, self.outside, invert=True).tolist()
        return kept


def rank_moments(query: MomentQuery, request: Request, judge: Judge) -> Matches:
    """Return the moments that a ranking puts first, best first.

    A sound that fits into one window is a moment as a whole; of longer ones, each window is.

    Parameters
    ----------
    query : MomentQuery
    request : Request
    judge : callable
        Says of the best score what is to be said of the answer.

    Raises
    ------
    QueryError
        The vector has another dimension than the model.
    """
    started = time.perf_counter()
    first = max(_FIRST_DEPTH, 2 * request.depth) if request.exact else request.depth + _SPARE
    lists = [_list(query, request, first, among) for among in KINDS_OF_MOMENTS]
    while True:
        merged = sorted(chain(*(one.scored for one in lists)), key=best_first)
        scored, places = _moments_among(_fitting(merged, query), query, request)
        deeper = [one for one in lists if not one.is_settled(scored, request)]
        if not deeper:
            break
        lists = [one.deeper(query, request) if one in deeper else one for one in lists]
    page = scored[request.offset : request.offset + request.limit]
    samples = sample_fields(query.connection, page)
    judgement = judge(best.score if (best := next(iter(scored), None)) else None)
    moments = [
        make_match(
            rank, one, samples[one.embedding_id] | places[one.embedding_id], judgement, Moment
        )
        for rank, one in enumerate(page, start=request.offset + 1)
    ]
    plan = _plan([one.plan for one in lists], query, time.perf_counter() - started)
    return Matches(moments, plan.of_rows(query.connection), judgement.doubts, Moment)


@dataclass(frozen=True, eq=False)
class _Ranking:
    """The best of one kind: short samples, or windows.

    Attributes
    ----------
    among : {"short samples", "windows"}
    depth : int
        So many were looked for.
    scored : list of Scored
        Best first.
    plan : Plan
    """

    among: Among
    depth: int
    scored: list[Scored]
    plan: Plan

    def is_settled(self, best: list[Scored], request: Request) -> bool:
        """Whether nothing deeper can be among the first that are wanted."""
        if len(self.scored) < self.depth:
            return True
        lowest = self.scored[-1].score
        if request.min_score is not None and lowest < request.min_score:
            return True
        return len(best) >= request.depth and best[request.depth - 1].score > lowest

    def deeper(self, query: MomentQuery, request: Request) -> _Ranking:
        return _list(query, request, self.depth * _DEEPER, self.among)


def _list(query: MomentQuery, request: Request, depth: int, among: Among) -> _Ranking:
    deep = replace(request, limit=depth, offset=0, min_score=None)
    found, plan = query.ranking.moments(query.connection, deep, among)
    return _Ranking(among, deep.depth, found, plan)


def _plan(plans: list[Plan], query: MomentQuery, seconds: float) -> Plan:
    """Join the plans of short sounds and of windows: it says what was done for the windows."""
    short, windows = plans
    return replace(
        windows,
        indexed=short.indexed + windows.indexed,
        tail=short.tail + windows.tail,
        removed=short.removed + windows.removed,
        ranked=short.ranked + windows.ranked,
        allowed=None if query.allowed is None else len(query.allowed),
        seconds=seconds,
    )


def _fitting(merged: list[Scored], query: MomentQuery) -> list[Scored]:
    """Return those whose samples the filter lets through."""
    if query.allowed is None or not merged:
        return merged
    ids = np.array([one.sample_id for one in merged], dtype=np.int64)
    at = np.searchsorted(query.allowed, ids)
    fits = np.append(query.allowed, -1)[at] == ids
    left = [one for one, yes in zip(merged, fits.tolist(), strict=True) if yes]
    kept = query.keeps([one.embedding_id for one in left])
    return [one for one, yes in zip(left, kept, strict=True) if yes]


def _moments_among(
    fitting: list[Scored], query: MomentQuery, request: Request
) -> tuple[list[Scored], dict[int, dict[str, float]]]:
    """Return the first moments, as many as are needed, and where they lie in their sounds."""
    scored: list[Scored] = []
    places: dict[int, dict[str, float]] = {}
    if request.min_score is not None:
        fitting = [one for one in fitting if one.score >= request.min_score]
    step = request.depth + _SPARE
    for start in range(0, len(fitting), step):
        part = fitting[start : start + step]
        places |= places_of(query.connection, [one.embedding_id for one in part])
        scored += [
            one
            for one in part
            if (place := places.get(one.embedding_id)) and not _is_asked(one, place, request)
        ]
        if len(scored) >= request.depth:
            break
    return scored, places


def _is_asked(one: Scored, place: dict[str, float], request: Request) -> bool:
    """Whether a moment is what was asked with: the sound, or a span of it."""
    return one.sample_id == request.without and (
        request.without_span is None or speaks_for(request.without_span, Span(**place))
    )


def places_of(connection: Database, embedding_ids: Sequence[int]) -> dict[int, dict[str, float]]:
    """Return where moments lie in their sounds, by embedding id; other embeddings are left out."""
    wanted = json.dumps(list(embedding_ids))
    rows = connection.execute(statement("search/moments_places"), (wanted,))
    return {number: {"start_s": start, "end_s": end} for number, start, end in rows}
