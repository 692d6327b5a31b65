"""Finds a label's moments: windows scored as sounds are, and the events that they make."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from sqlclap.db.database import Snapshot
from sqlclap.db.exact import BELOW_ALL
from sqlclap.db.statements import statement
from sqlclap.labels.matching import (
    UNSETTLED,
    LabelMatch,
    LabelMatches,
    PathTaken,
    filtered,
    find_matches,
    match_fields,
    match_rows,
    rank_by_index,
    ranking_index,
)
from sqlclap.labels.ranking import Eligible, Ranked, Ranking, join_ranked
from sqlclap.labels.scorer_cache import scorer_of
from sqlclap.labels.scoring import MEDIUM_SHARE
from sqlclap.search.event_growth import EventGrowth, Stretch
from sqlclap.search.events import Event, EventRule, MatchedWindows, find_events
from sqlclap.search.moment_filter import MomentFilter
from sqlclap.search.planner import Planner
from sqlclap.search.vector_query import KINDS_OF_MOMENTS

if TYPE_CHECKING:
    from sqlclap.arrays import Int64Array
    from sqlclap.db.database import Database
    from sqlclap.labels.match_request import MatchRequest
    from sqlclap.labels.scorer import Scorer
    from sqlclap.session import Session

FIRST_DEPTH = 64
DEEPEST = 4_096
"""More of the best moments than this come from scoring all of them."""

PLACES_AT_ONCE = 20_000


@dataclass(frozen=True)
class LabelEvent(LabelMatch):
    """A stretch of a sound that a label finds: an event, or a window by itself.

    Score, gap, confidence and rival are those of its best window. A sound that fits into one window
    is a stretch as a whole.

    Attributes
    ----------
    start_s, end_s : float
        Start and end in the sound (in seconds).
    peak_s : float
        The middle of its best window (in seconds).
    windows : int
        Number of windows that were merged.
    """

    SHOWN: ClassVar[tuple[str, ...]] = (
        "rank", "score", "gap", "confidence", "held_back_by", "start_s", "end_s", "peak_s",
        "sample_id", "path",
    )  # fmt: skip
    NOUN: ClassVar[str] = "event"
    start_s: float = field(kw_only=True)
    end_s: float = field(kw_only=True)
    peak_s: float = field(kw_only=True)
    windows: int = field(kw_only=True)


def label_matches(session: Session, request: MatchRequest) -> LabelMatches:
    """Return what a label finds: sounds, or moments; in a read transaction or a statement."""
    find = find_moments if request.moments else find_matches
    return find(session.database, scorer_of(session), request, session.cache(Planner))


def find_moments(
    database: Database, scorer: Scorer, request: MatchRequest, planner: Planner
) -> LabelMatches:
    """Return a label's events, or windows, best first; in a read transaction or a statement.

    Those of rejected sounds are left out.

    Raises
    ------
    UnknownLabelError
    NoAnchorsError
        The label has no positive anchor with a vector under the scorer's model.
    """
    began = time.perf_counter()
    request = replace(request, only=MomentFilter.of(request.only))
    with Snapshot(database) as snapshot:
        search = _MomentSearch(snapshot, scorer, request, planner)
        found = search.events() if request.are_events else search.windows()
    plan = search.path.plan(search.rankings[-1], time.perf_counter() - began)
    events = found.events[: request.limit]
    peaks = found.moments.ranked.take(np.array([one.peak for one in events], dtype=np.int64))
    rows = match_rows(database, scorer, peaks)
    shown = [
        LabelEvent(
            **match_fields(scorer, peaks, at, rows),
            rank=at + 1,
            start_s=event.start_s,
            end_s=event.end_s,
            peak_s=found.moments.windows.middle(event.peak),
            windows=len(event.windows),
        )
        for at, event in enumerate(events)
    ]
    return LabelMatches(shown, LabelEvent, plan.of_rows(database), scorer.model.name)


def eligible_moments(
    database: Database, scorer: Scorer, position: int, level: int, with_anchors: bool = True
) -> Eligible:
    """Return which windows may be part of a label's events.

    Those of rejected sounds and spans are left out, and of anchors, unless these are to be found,
    too. They score as much as medium confidence takes.
    """
    label = scorer.labels[position]
    return Eligible(
        "windows",
        scorer.left_out(database, position, with_anchors),
        lowest_level=level,
        lowest_score=MEDIUM_SHARE * label.threshold,
        moments_left_out=scorer.moments_left_out(database, position, with_anchors),
    )


@dataclass(frozen=True)
class Moments:
    """Scored moments with where they lie, best first.

    Attributes
    ----------
    ranked : Ranked
    windows : MatchedWindows
        The same ones' places.
    """

    ranked: Ranked
    windows: MatchedWindows

    @property
    def embedding_ids(self) -> Int64Array:
        """Their vectors."""
        return self.ranked.embedding_ids

    def key(self, at: int) -> tuple[int, float]:
        """Return what a moment is ranked by: its confidence and its score."""
        return int(self.ranked.levels[at]), float(self.ranked.score[at])

    def events(self, rule: EventRule) -> list[Event]:
        """Merge them into events, best first."""
        return find_events(self.windows, rule)


@dataclass(frozen=True)
class _Found:
    """Events, best first, and the moments that their windows are positions in."""

    events: list[Event]
    moments: Moments


def place_moments(database: Database, ranked: Ranked) -> Moments:
    """Look up where moments lie, and put the best first; what is no moment is left out."""
    starts = np.full(len(ranked), np.nan)
    ends = np.full(len(ranked), np.nan)
    order = np.argsort(ranked.embedding_ids, kind="stable")
    ids = ranked.embedding_ids[order]
    for first in range(0, len(ids), PLACES_AT_ONCE):
        wanted = json.dumps(ids[first : first + PLACES_AT_ONCE].tolist())
        rows = database.execute(statement("search/moments_places"), (wanted,)).fetchall()
        if rows:
            numbers, begin, end = zip(*rows, strict=True)
            at = order[np.searchsorted(ids, np.array(numbers, dtype=np.int64))]
            starts[at], ends[at] = begin, end
    return _sorted_moments(ranked, starts, ends)


def _sorted_moments(ranked: Ranked, starts: np.ndarray, ends: np.ndarray) -> Moments:
    best_first = np.lexsort(
        (ranked.embedding_ids, ranked.sample_ids, -ranked.score, -ranked.levels)
    )
    known = best_first[~np.isnan(starts[best_first])]
    taken = ranked.take(known)
    return Moments(taken, MatchedWindows(taken.sample_ids, starts[known], ends[known]))


class _MomentSearch:
    """One label's search among short sounds and windows."""

    def __init__(
        self, snapshot: Snapshot, scorer: Scorer, request: MatchRequest, planner: Planner
    ) -> None:
        database = snapshot.database
        self._database: Database = database
        self._scorer = scorer
        self._request = request
        self._planner = planner
        position = scorer.scoring_position(request.label)
        level, with_anchors = request.lowest_level, request.with_anchors
        eligible = eligible_moments(database, scorer, position, level, with_anchors)
        outside = planner.filters.moments_outside(database, request.only, scorer.model.model_id)
        eligible = eligible.narrowed(filtered(database, request, planner), outside)
        if not request.are_events:
            eligible = replace(eligible, lowest_score=BELOW_ALL)
        self.rankings = [
            Ranking(database, scorer, position, request.limit, replace(eligible, among=among))
            for among in KINDS_OF_MOMENTS
        ]
        found = [ranking_index(one, request, planner, snapshot) for one in self.rankings]
        self._indexes = [index for index, _ in found if index is not None]
        self.path = PathTaken(found[-1][0], found[-1][1])
        if len(self._indexes) < len(KINDS_OF_MOMENTS):
            self._indexes = []
            self.path = PathTaken(None, next(why for index, why in found if index is None))

    def windows(self) -> _Found:
        """Return the best moments, each by itself."""
        ranked = self._best_by_index(self._request.limit)
        if ranked is None:
            parts = [one.by_scan() for one in self.rankings]
            ranked = join_ranked(parts).best(self._request.limit)
        moments = place_moments(self._database, ranked)
        spans = zip(moments.windows.starts.tolist(), moments.windows.ends.tolist(), strict=True)
        events = [Event(start, end, at, (at,)) for at, (start, end) in enumerate(spans)]
        return _Found(events, moments)

    def events(self) -> _Found:
        """Return the best events."""
        limit, sought = self._request.limit, max(FIRST_DEPTH, 4 * self._request.limit)
        while self._indexes and sought <= DEEPEST:
            best = self._best_by_index(sought)
            if best is None:
                break
            found = self._around(place_moments(self._database, best))
            if len(best) < sought:
                return found
            floor = int(best.levels[-1]), float(best.score[-1])
            sure = [one for one in found.events if found.moments.key(one.peak) > floor]
            if len(sure) >= limit:
                return _Found(sure, found.moments)
            sought *= 4
        return self._all()

    def _all(self) -> _Found:
        if self.path.index is not None:
            self.path = PathTaken(None, UNSETTLED)
        parts = [block for one in self.rankings for block in one.all_eligible()]
        moments = place_moments(self._database, join_ranked(parts))
        return _Found(moments.events(self._request.rule), moments)

    def _best_by_index(self, sought: int) -> Ranked | None:
        """Return the `sought` best moments; None if there is no index that determines them."""
        if not self._indexes:
            return None
        parts = []
        for ranking, index in zip(self.rankings, self._indexes, strict=True):
            ranking.limit = sought
            ranked = rank_by_index(ranking, index, self._planner)
            if ranked is None:
                self.path = PathTaken(None, UNSETTLED)
                return None
            parts.append(ranked)
        return join_ranked(parts).best(sought)

    def _around(self, seeds: Moments) -> _Found:
        """Return the best events that the best moments are in, with all of their windows."""
        growth = EventGrowth(seeds.embedding_ids, self._request.rule, self._look_up)
        return _Found(*growth.best_events(seeds, self._request.limit))

    def _look_up(self, known: Moments, stretches: Sequence[Stretch]) -> Moments:
        bindings = json.dumps(stretches), self._scorer.model.model_id
        rows = self._database.execute(statement("labels/moments_near"), bindings).fetchall()
        held = set(known.embedding_ids.tolist())
        places = {row[0]: row[2:] for row in rows if row[0] not in held}
        if not places:
            return known
        ranked = self.rankings[-1].score_ids(np.array([*places], dtype=np.int64))
        spans = np.array([places[key] for key in ranked.embedding_ids.tolist()], dtype=np.float64)
        spans = spans.reshape(-1, 2)
        starts = np.concatenate([known.windows.starts, spans[:, 0]])
        ends = np.concatenate([known.windows.ends, spans[:, 1]])
        return _sorted_moments(join_ranked([known.ranked, ranked]), starts, ends)
