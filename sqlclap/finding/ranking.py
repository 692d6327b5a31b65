"""Ranks a library by a composed query: candidates by vectors, scores by the formula."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from sqlclap.db.database import Snapshot
from sqlclap.db.exact import ONE_THREAD, Scored, best_first, score_samples
from sqlclap.db.spans import SampleSpan, Span, speaks_for
from sqlclap.db.stored_models import StoredModel, look_for_skipped
from sqlclap.db.vectors import own_vectors, vectors_of
from sqlclap.finding.formula import DECIMALS
from sqlclap.search.moments import places_of
from sqlclap.search.planner import DEEPEST
from sqlclap.search.results import Answer, Plan

if TYPE_CHECKING:
    from sqlclap.arrays import Float32Array, Float64Array, Int64Array
    from sqlclap.db.database import Database
    from sqlclap.finding.formula import Bound, Formula
    from sqlclap.finding.measures import MeasureScores
    from sqlclap.search.planner import Planner
    from sqlclap.search.ranking import ScoredMoment
    from sqlclap.search.request import Request
    from sqlclap.search.vector_query import Among

FIRST_CANDIDATES = 64
DEEPER = 4
PAGE = 4_096
SLACK = 1e-5
"""By how much cosines of 32-bit floats, which bounds come from, may be off."""

_NOTHING_ELSE = -np.inf


@dataclass(frozen=True)
class ComposedRanking:
    """The order by a formula; see `sqlclap.search.ranking.Ranking`.

    Attributes
    ----------
    planner : Planner
    model : StoredModel
    formula : Formula
    left_out : tuple of SampleSpan
        Sounds that are wanted to be like, and no answers themselves. Of moments, a span leaves out
        those that it speaks for.
    measured : MeasureScores or None
        What measures add to the formula's scores; moments get what their whole sound gets.
    """

    planner: Planner
    model: StoredModel
    formula: Formula
    left_out: tuple[SampleSpan, ...] = ()
    measured: MeasureScores | None = None

    @property
    def is_vector(self) -> bool:
        """Whether the order is that of one vector."""
        return self.formula.is_vector and self.measured is None

    @property
    def most_added(self) -> float:
        """What measures add to a score of the formula at most."""
        return 0.0 if self.measured is None else self.measured.most

    def scores(self, vectors: Float32Array, sample_ids: Sequence[int] | Int64Array) -> Float64Array:
        """Return the scores of samples or moments, shape (n,), by vectors of shape (n, dim)."""
        found = self.formula.scores(vectors)
        if self.measured is None:
            return found
        total: Float64Array = np.round(found + self.measured.of(sample_ids), DECIMALS)
        return total

    def nearest(self, database: Database, request: Request) -> Answer:
        """Return the samples that score best."""
        gone = {place.sample_id for place in self.left_out} | {request.without}

        def find(bound: Bound, depth: int) -> tuple[list[Scored], Plan]:
            asked = replace(request, limit=depth, offset=0, min_score=None, mixed=True)
            answer = self.planner.nearest(database, self.model, bound.vector, asked)
            return answer.nearest, answer.plan

        with Snapshot(database):
            search = _Search(self, database, request, find, lambda one: one.sample_id not in gone)
            scored, plan = search.best()
        page = scored[request.offset : request.offset + request.limit]
        if request.min_score is not None:
            page = [one for one in page if one.score >= request.min_score]
        return Answer(page, plan, scored[0].score if scored else None)

    def score_samples(self, database: Database, sample_ids: Sequence[int]) -> list[Scored]:
        """Return those of some samples that have a score and are not left out, best first."""
        near = score_samples(database, self.model, self.vector, sample_ids, len(sample_ids))
        gone = {place.sample_id for place in self.left_out}
        candidates = [one for one in near if one.sample_id not in gone]
        return candidates if self.is_vector else self.scored(database, candidates)

    def scored(
        self, database: Database, candidates: Iterable[Scored], windows: bool = False
    ) -> list[Scored]:
        """Score candidates by the formula, best first."""
        samples = {one.embedding_id: one.sample_id for one in candidates}
        ids, vectors = vectors_of(database, self.model, list(samples), windows)
        if not len(ids):
            return []
        scores = self.scores(vectors, [samples[one] for one in ids.tolist()]).tolist()
        pairs = sorted(zip((-score for score in scores), ids.tolist(), strict=True))
        return [Scored(number, samples[number], -score) for score, number in pairs]

    def moments(
        self, database: Database, request: Request, among: Among
    ) -> tuple[list[Scored], Plan]:
        """Return the embeddings that score best, as `Planner.moments` does."""

        def find(bound: Bound, depth: int) -> tuple[list[Scored], Plan]:
            asked = replace(request, limit=depth, offset=0, mixed=True)
            return self.planner.moments(database, self.model, bound.vector, asked, among)

        with Snapshot(database):
            fits = _others(database, self.left_out)
            search = _Search(self, database, request, find, fits, windows=among == "windows")
            return search.best()

    @property
    def vector(self) -> Float32Array:
        """The unit vector of what is wanted."""
        return self.formula.vector

    def rescored(self, database: Database, moments: list[ScoredMoment]) -> list[ScoredMoment]:
        """Return moments with their scores by the formula, without those that are left out."""
        fits = _others(database, self.left_out)
        scores: dict[int, float] = {}
        samples = {row[0]: row[1] for row in moments}
        for windows in (False, True):
            ids, vectors = vectors_of(database, self.model, [*samples], windows)
            if len(ids) and not self.is_vector:
                found = self.scores(vectors, [samples[number] for number in ids.tolist()])
                scores |= zip(ids.tolist(), found.tolist(), strict=True)
        return [
            (*row[:4], scores.get(row[0], row[4]))
            for row in moments
            if fits(Scored(row[0], row[1], 0.0))
        ]


Find = Callable[["Bound", int], tuple[list[Scored], Plan]]
"""Returns as many of the nearest to a bound's vector, best first: all others are less near."""


@dataclass(frozen=True)
class _Search:
    """One search for the best scores.

    Attributes
    ----------
    ranking : ComposedRanking
    database : Database
    request : Request
    find : callable
    fits : callable
        Whether a sample or moment may be an answer.
    windows : bool
        Windows are looked for instead of samples' own vectors.
    """

    ranking: ComposedRanking
    database: Database
    request: Request
    find: Find
    fits: Callable[[Scored], bool]
    windows: bool = False

    def best(self) -> tuple[list[Scored], Plan]:
        """Return the best `depth` that fit, and how they were found."""
        began, wanted = time.perf_counter(), self.request.depth
        is_vector = self.ranking.is_vector
        if self.request.exact and not is_vector:
            return self._exactly("asked for", began)
        if not self.ranking.formula.share:
            return self._exactly("timbre doesn't count", began)
        depth = max(FIRST_CANDIDATES, 2 * wanted) if not is_vector else wanted + self._spare
        while is_vector or depth <= DEEPEST:
            scored, bound, plan = self._candidates(depth)
            if self._is_settled(scored, bound):
                return scored[:wanted], replace(plan, seconds=time.perf_counter() - began)
            depth = min(depth * DEEPER, DEEPEST) if depth < DEEPEST else depth * DEEPER
        return self._exactly("candidates could not settle it", began)

    @property
    def _spare(self) -> int:
        return len(self.ranking.left_out) + 1

    def _is_settled(self, scored: list[Scored], bound: float) -> bool:
        """Whether all others, which score at most `bound`, come after the best `depth`."""
        wanted = self.request.depth
        enough = len(scored) >= wanted and scored[wanted - 1].score > bound
        return enough or bound == _NOTHING_ELSE

    def _candidates(self, depth: int) -> tuple[list[Scored], float, Plan]:
        """Return candidates by score, what all others score at most, and the plan.

        Where one bound settles it, no other is looked for: each costs a walk through the index.
        """
        formula = self.ranking.formula
        found: set[int] = set()
        scored: list[Scored] = []
        limit = np.inf
        for bound in formula.bounds():
            nearest, plan = self.find(bound, depth)
            last = _NOTHING_ELSE if len(nearest) < depth else bound.beyond(nearest[-1].score)
            new = [one for one in nearest if one.embedding_id not in found and self.fits(one)]
            if self.ranking.is_vector:
                # An equal score that was cut off has a higher id: it comes later.
                return new, last - SLACK, plan
            found |= {one.embedding_id for one in nearest}
            limit = min(limit, last + self.ranking.most_added + SLACK)
            more = self.ranking.scored(self.database, new, self.windows)
            scored = sorted((*scored, *more), key=best_first)
            if self._is_settled(scored, limit):
                break
        return scored, limit, replace(plan, ranked=len(found))

    def _exactly(self, reason: str, began: float) -> tuple[list[Scored], Plan]:
        """Score every vector that the filter lets through."""
        database, request, model = self.database, self.request, self.ranking.model
        look_for_skipped(database, model)
        allowed = None
        if not request.only.is_empty:
            allowed = self.ranking.planner.filters.sample_ids(database, request.only)
        kept: list[Scored] = []
        count = 0
        for page in own_vectors(database, model, PAGE, windows=self.windows):
            through = np.arange(len(page.sample_ids))
            if allowed is not None:
                through = np.flatnonzero(np.isin(page.sample_ids, allowed))
            count += len(through)
            with ONE_THREAD:
                scores = self.ranking.scores(page.vectors[through], page.sample_ids[through])
            kept = self._merged(kept, page.embedding_ids[through], page.sample_ids[through], scores)
        plan = Plan(
            "exact",
            reason,
            allowed=None if allowed is None else len(allowed),
            ranked=count,
            seconds=time.perf_counter() - began,
        )
        return kept, plan

    def _merged(
        self, kept: list[Scored], ids: Int64Array, samples: Int64Array, scores: Float64Array
    ) -> list[Scored]:
        """Return the best of what is kept and of more embeddings, shapes (n,)."""
        worth = np.arange(len(scores))
        if len(kept) >= self.request.depth:
            worth = np.flatnonzero(scores >= kept[-1].score)
        columns = (ids[worth].tolist(), samples[worth].tolist(), scores[worth].tolist())
        new = (one for one in map(Scored, *columns) if self.fits(one))
        return sorted((*kept, *new), key=best_first)[: self.request.depth]


def _others(database: Database, left_out: Iterable[SampleSpan]) -> Callable[[Scored], bool]:
    """Return a function that says whether a moment may be an answer: it is not left out."""
    spans: dict[int, list[Span]] = {}
    whole = set()
    for place in left_out:
        if place.span is None:
            whole.add(place.sample_id)
        else:
            spans.setdefault(place.sample_id, []).append(place.span)

    def fits(one: Scored) -> bool:
        if one.sample_id in whole:
            return False
        if one.sample_id not in spans:
            return True
        place = places_of(database, [one.embedding_id]).get(one.embedding_id)
        return place is None or not any(
            speaks_for(span, Span(**place)) for span in spans[one.sample_id]
        )

    return fits
