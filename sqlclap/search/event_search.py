"""Finds events: moments of a search that follow each other, merged."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from sqlclap.db.exact import BELOW_ALL, Scored
from sqlclap.db.spans import Span, speaks_for
from sqlclap.db.statements import statement
from sqlclap.db.vectors import to_blob
from sqlclap.search.event_growth import EventGrowth, Stretch
from sqlclap.search.events import Event, EventRule, MatchedWindows
from sqlclap.search.judgement import unjudged
from sqlclap.search.moments import Moment, MomentQuery, rank_moments
from sqlclap.search.request import Request
from sqlclap.search.results import Matches, Plan, sample_fields

if TYPE_CHECKING:
    from sqlclap.arrays import Float64Array, Int64Array
    from sqlclap.search.judgement import Judge
    from sqlclap.search.ranking import ScoredMoment

FIRST_DEPTH = 64
COUNTING_SHARE = 0.85
"""Windows count from this share of the best one's score, where no lowest score is asked for."""


@dataclass(frozen=True)
class SoundEvent(Moment):
    """Windows of a sound that answer a query and follow each other, as one stretch.

    Its score is that of its best window.

    Attributes
    ----------
    peak_s : float
        The middle of its best window (in seconds).
    windows : int
        Number of windows that were merged.
    """

    SHOWN: ClassVar[tuple[str, ...]] = (
        "rank", "score", "start_s", "end_s", "peak_s", "duration_s", "sample_id", "path",
    )  # fmt: skip
    NOUN: ClassVar[str] = "event"
    peak_s: float
    windows: int


@dataclass(frozen=True)
class ScoredWindows:
    """Moments with their scores, best first.

    Attributes
    ----------
    embedding_ids : np.ndarray [shape=(n,), dtype=int64]
    windows : MatchedWindows
    scores : np.ndarray [shape=(n,), dtype=float64]
    """

    embedding_ids: Int64Array
    windows: MatchedWindows
    scores: Float64Array

    def scored(self, at: int) -> Scored:
        """Return one with its score."""
        sample_id = int(self.windows.sample_ids[at])
        return Scored(int(self.embedding_ids[at]), sample_id, float(self.scores[at]))


def rank_events(query: MomentQuery, request: Request, rule: EventRule, judge: Judge) -> Matches:
    """Return the events most similar to a unit vector, best first; in a read transaction.

    Windows count that score at least `request.min_score`, or else `COUNTING_SHARE` of the best
    one's score.
    """
    began = time.perf_counter()
    best = _best_events(query, request, rule)
    page = best.events[request.offset : request.offset + request.limit]
    peaks = [best.windows.scored(one.peak) for one in page]
    samples = sample_fields(query.connection, peaks)
    judgement = judge(best.best_score)
    rows = [
        SoundEvent(
            rank=rank,
            score=peak.score,
            weak=judgement.is_weak(peak.score),
            **samples[peak.embedding_id],
            start_s=event.start_s,
            end_s=event.end_s,
            peak_s=best.windows.windows.middle(event.peak),
            windows=len(event.windows),
        )
        for rank, (peak, event) in enumerate(
            zip(peaks, page, strict=True), start=request.offset + 1
        )
    ]
    plan = replace(best.plan, seconds=time.perf_counter() - began)
    return Matches(rows, plan.of_rows(query.connection), judgement.doubts, SoundEvent)


@dataclass(frozen=True)
class _BestEvents:
    """Events, best first, the windows that they are made of, and how these were found."""

    events: list[Event]
    windows: ScoredWindows
    plan: Plan
    best_score: float | None


def _best_events(query: MomentQuery, request: Request, rule: EventRule) -> _BestEvents:
    """Look ever deeper, until no further window can be the peak of one of the best events."""
    depth = max(FIRST_DEPTH, 4 * request.depth)
    while True:
        asked = replace(request, limit=depth, offset=0, min_score=None)
        found = rank_moments(query, asked, unjudged)
        moments = [one for one in found if isinstance(one, Moment)]
        floor = _floor(request, moments)
        seeds = [one for one in moments if one.score >= floor]
        wanted = request.offset + request.limit
        counting = _Counting(query, floor, request)
        events, windows = _grown(counting, seeds, rule, wanted)
        last = moments[-1].score if len(moments) == depth else BELOW_ALL
        if last >= floor:
            events = [one for one in events if windows.scores[one.peak] > last]
        if last < floor or len(events) >= wanted:
            best = moments[0].score if moments else None
            return _BestEvents(events, windows, found.plan, best)
        depth *= 4


def _floor(request: Request, moments: Sequence[Moment]) -> float:
    if request.min_score is not None:
        return request.min_score
    best = moments[0].score if moments else 0.0
    return min(best, COUNTING_SHARE * best)


@dataclass(frozen=True)
class _Counting:
    """A query, and which windows count for it."""

    query: MomentQuery
    floor: float
    request: Request

    def kept(self, rows: list[ScoredMoment]) -> list[ScoredMoment]:
        """Return the windows that a filter of moments lets through."""
        kept = self.query.keeps([row[0] for row in rows])
        return [row for row, is_kept in zip(rows, kept, strict=True) if is_kept]

    def counts(self, sample_id: int, start_s: float, end_s: float, score: float | None) -> bool:
        """Whether a window does: it scores enough, and is not the sound that was asked about."""
        if score is None or score < self.floor:
            return False
        asked = self.request.without_span
        is_own = sample_id == self.request.without
        return not (is_own and (asked is None or speaks_for(asked, Span(start_s, end_s))))


def _grown(
    counting: _Counting, seeds: Sequence[Moment], rule: EventRule, wanted: int
) -> tuple[list[Event], ScoredWindows]:
    """Return the best events that the best moments are in, with all of their windows."""
    look_up = partial(_look_up, counting)
    places = [(one.sample_id, one.start_s, one.end_s) for one in seeds]
    known = look_up(_no_windows(), places)
    asked = set(places)
    windows = known.windows
    spans = zip(
        windows.sample_ids.tolist(), windows.starts.tolist(), windows.ends.tolist(), strict=True
    )
    is_seed = np.fromiter((span in asked for span in spans), dtype=np.bool_)
    growth = EventGrowth(known.embedding_ids[is_seed], rule, look_up)
    return growth.best_events(known, wanted)


def _no_windows() -> ScoredWindows:
    floats = np.empty(0, dtype=np.float64)
    ids = np.empty(0, dtype=np.int64)
    return ScoredWindows(ids, MatchedWindows(ids, floats, floats), floats)


def _look_up(
    counting: _Counting, known: ScoredWindows, stretches: Sequence[Stretch]
) -> ScoredWindows:
    query = counting.query
    ranking = query.ranking
    sql = statement("search/moments_scored_near", model_id=ranking.model.model_id)
    asked = (to_blob(ranking.vector), json.dumps(stretches))
    rows = ranking.rescored(query.connection, query.connection.execute(sql, asked).fetchall())
    held = set(known.embedding_ids.tolist())
    new = [row for row in counting.kept(rows) if row[0] not in held and counting.counts(*row[1:])]
    if not new:
        return known
    ids, samples, starts, ends, scores = (np.array(column) for column in zip(*new, strict=True))
    before = known.windows
    columns = [
        np.concatenate(pair)
        for pair in (
            (known.embedding_ids, ids),
            (before.sample_ids, samples),
            (before.starts, starts),
            (before.ends, ends),
            (known.scores, scores),
        )
    ]
    order = np.lexsort((columns[0], -columns[4]))
    ids, samples, starts, ends, scores = (column[order] for column in columns)
    return ScoredWindows(ids, MatchedWindows(samples, starts, ends), scores)
