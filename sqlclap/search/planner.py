"""Choosing the path of a search: the graph, a scan of the index, or the stored vectors alone."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from sqlclap.db.database import Snapshot
from sqlclap.db.exact import VEC0_MAX_K, Scored, nearest, score_known, score_samples
from sqlclap.db.spans import Span, speaks_for
from sqlclap.db.statements import statement
from sqlclap.db.stored_models import StoredModel, look_for_skipped
from sqlclap.db.vectors import count_own
from sqlclap.errors import QueryError
from sqlclap.index.candidates import NOTHING_ELSE, Candidates
from sqlclap.index.reader import IndexReader, IndexView
from sqlclap.index.search import (
    Allowed,
    find_candidates,
    leave_out_embeddings,
    leave_out_samples,
)
from sqlclap.search.filters import KEPT_FILTERS, FilterCache
from sqlclap.search.request import Filter, Request
from sqlclap.search.results import Answer, Plan

if TYPE_CHECKING:
    from sqlclap.arrays import Float32Array, Int64Array
    from sqlclap.db.database import Database

POOL = 64
POOL_MARGIN = 32
DEEPEST_POOL = 64
"""Factor on the usual number of candidates if many lie equally near (copies of one
sound, say), before the stored vectors are asked."""

DEEPEST = 1_000
"""Results beyond this depth come from a scan of the stored vectors: ranking them one by one would
take longer."""

FEW = 300
"""Up to this many allowed samples are compared directly, without the index."""


Among = Literal["samples", "short samples", "windows"]
"""What is looked for: samples; those that have no windows, which are moments as a whole; windows
of the others."""


class Planner:
    """Answers "which samples are nearest to this vector" for one library.

    It caches the library's indexes and filters, and is safe with several threads.
    """

    def __init__(self) -> None:
        self._indexes = IndexReader()
        self._filters = FilterCache()
        self._short: tuple[_ShortSamples, ...] = ()

    @property
    def indexes(self) -> IndexReader:
        """The library's indexes, for callers that rank candidates by several vectors."""
        return self._indexes

    @property
    def filters(self) -> FilterCache:
        """The cache of filters' samples."""
        return self._filters

    def nearest(
        self,
        database: Database,
        model: StoredModel,
        vector: Float32Array,
        request: Request,
        snapshot: Snapshot | None = None,
    ) -> Answer:
        """Return the samples nearest to a unit vector, as ranked by their stored vectors.

        Parameters
        ----------
        database : Database
        model : StoredModel
        vector : np.ndarray [shape=(dim,), dtype=float32]
        request : Request
        snapshot : Snapshot, optional
            What the caller reads.

        Raises
        ------
        QueryError
            The vector has another dimension than the model, or the filter can't be used.
        """
        if snapshot is None:
            with Snapshot(database) as current:
                return self.nearest(database, model, vector, request, current)
        if vector.shape != (model.dim,):
            raise QueryError(f"expected a vector of {model.dim} floats, got shape {vector.shape}")
        query = _Query(database, model, vector, request.depth, time.perf_counter())
        scored, plan = self._search(query, request, snapshot)
        best = next((one.score for one in scored if one.sample_id != request.without), None)
        return Answer(_cut(scored, request), plan, best)

    def moments(
        self,
        database: Database,
        model: StoredModel,
        vector: Float32Array,
        request: Request,
        among: Among,
    ) -> tuple[list[Scored], Plan]:
        """Return the embeddings nearest to a unit vector, best first, and how they were found.

        `request.depth` are returned where there are so many; some may be of samples that the filter
        doesn't let through or that is left out, or no moments: whoever asks drops those, and asks
        for more.
        """
        if vector.shape != (model.dim,):
            raise QueryError(f"expected a vector of {model.dim} floats, got shape {vector.shape}")
        query = _Query(database, model, vector, request.depth, time.perf_counter(), among)
        with Snapshot(database) as snapshot:
            scored, plan = self._search(query, request, snapshot)
        return scored[: request.depth], plan

    def index_of(
        self, snapshot: Snapshot, model: StoredModel, among: Among, only: Filter
    ) -> tuple[IndexView | None, Allowed | None, str]:
        """Return an index for callers that rank candidates by several vectors.

        Returns
        -------
        view : IndexView or None
        allowed : Allowed or None
            What may be found in it; None allows all.
        problem : str
            Why there is none to use.
        """
        database = snapshot.database
        view, problem = self._indexes.view(database, model, snapshot, among == "windows")
        if view is None:
            return None, None, problem
        allowed = None if only.is_empty else self._filters.allowed(database, only, view)
        if among == "short samples":
            allowed = self._short_samples(model, view, allowed, snapshot)
        return view, allowed, ""

    def _search(
        self, query: _Query, request: Request, snapshot: Snapshot
    ) -> tuple[list[Scored], Plan]:
        if request.exact:
            return self._exactly(query, request, "asked for")
        if request.depth > DEEPEST:
            return self._exactly(query, request, f"more than {DEEPEST:,} results deep")
        if not request.only.is_empty:
            allowed = self._filters.sample_ids(query.database, request.only)
            if len(allowed) <= FEW and query.among == "samples":
                return self._exactly(query, request, "the filter leaves few")
        windows = query.among == "windows"
        view, problem = self._indexes.view(query.database, query.model, snapshot, windows)
        if view is None:
            return self._exactly(query, request, problem)
        answer = self._by_index(query, request, view, snapshot)
        if answer is None:
            return self._exactly(query, request, "candidates could not settle it")
        return answer

    def _by_index(
        self, query: _Query, request: Request, view: IndexView, snapshot: Snapshot
    ) -> tuple[list[Scored], Plan] | None:
        """Search the index; None if its candidates don't determine the answer."""
        allowed = None
        if not request.only.is_empty:
            allowed = self._filters.allowed(query.database, request.only, view)
        if query.among == "short samples":
            allowed = self._short_samples(query.model, view, allowed, snapshot)
        elif query.among == "windows" and request.without is not None:
            allowed = leave_out_embeddings(view, query.windows_asked_with(request), allowed)
        ranked = self._ranked(query, view, allowed)
        if ranked is None:
            return None
        scored, candidates, n_ranked = ranked
        plan = Plan(
            path=candidates.path,
            reason=_reason(candidates.path, not request.only.is_empty),
            generation=view.meta.generation,
            indexed=view.usable_count,
            tail=view.tail.count,
            removed=view.removed_count,
            allowed=None if request.only.is_empty or allowed is None else allowed.total,
            ef_search=candidates.ef_search,
            ranked=n_ranked,
            seconds=query.seconds,
        )
        return scored, plan

    def _short_samples(
        self,
        model: StoredModel,
        view: IndexView,
        allowed: Allowed | None,
        snapshot: Snapshot,
    ) -> Allowed | None:
        """Leave out samples that have windows: as a whole, these are no moments."""
        windows, _ = self._indexes.view(snapshot.database, model, snapshot, windows=True)
        if windows is None or not windows.count:
            return allowed
        for one in self._short:
            if (one.view, one.windows, one.filtered) == (view, windows, allowed):
                return one.allowed
        short = leave_out_samples(view, windows.sample_ids, allowed)
        kept = [one for one in self._short if (one.view, one.windows) == (view, windows)]
        found = _ShortSamples(view, windows, allowed, short)
        self._short = (found, *kept[: KEPT_FILTERS - 1])
        return short

    def _ranked(
        self, query: _Query, view: IndexView, allowed: Allowed | None
    ) -> tuple[list[Scored], Candidates, int] | None:
        """Rank candidates exactly, until no further one can be among the best; None if that fails.

        Returns
        -------
        scored : list of Scored
        candidates : Candidates
        n_ranked : int
            How many of them were ranked.
        """
        pool, deepest = _pool(query.depth), DEEPEST_POOL * _pool(query.depth)
        while pool <= deepest:
            candidates = find_candidates(view, query.vector, pool, allowed)
            scored, n_ranked = query.rank(candidates)
            if not _is_settled(scored, candidates.bound_after(n_ranked), query.depth):
                n_ranked = candidates.pool
                scored = query.score_known(candidates.samples())
            if not candidates.holds(_exact_scores(scored, candidates)):
                self._indexes.distrust(query.database, query.model, view)
                return None
            if _is_settled(scored, candidates.bound_after(n_ranked), query.depth):
                return scored, candidates, n_ranked
            pool *= 4
        return None

    def _exactly(self, query: _Query, request: Request, reason: str) -> tuple[list[Scored], Plan]:
        look_for_skipped(query.database, query.model)
        windows = query.among == "windows"
        if request.only.is_empty or windows:
            scored = nearest(query.database, query.model, query.vector, query.depth, windows)
            return scored, Plan("exact", reason, ranked=len(scored), seconds=query.seconds)
        allowed = self._filters.sample_ids(query.database, request.only)
        scored, count = query.best_among(allowed), len(allowed)
        plan = Plan("exact", reason, allowed=count, ranked=count, seconds=query.seconds)
        return scored, plan


@dataclass(frozen=True, eq=False)
class _ShortSamples:
    """What of an index are samples without windows: making it takes longer than a search.

    Attributes
    ----------
    view, windows : IndexView
        Of samples' own vectors, and of windows.
    filtered : Allowed or None
        What a filter lets through; None where there is none.
    allowed : Allowed
    """

    view: IndexView
    windows: IndexView
    filtered: Allowed | None
    allowed: Allowed


@dataclass(frozen=True)
class _Query:
    """One vector's search."""

    database: Database
    model: StoredModel
    vector: Float32Array
    depth: int
    began: float
    among: Among = "samples"

    @property
    def seconds(self) -> float:
        """Seconds since the search began."""
        return time.perf_counter() - self.began

    def rank(self, candidates: Candidates) -> tuple[list[Scored], int]:
        """Rank the candidates that can be among the best by their stored vectors; count them."""
        n_ranked = int(candidates.worth_ranking(self.depth))
        scored = self.score_known(candidates.samples(0, n_ranked))
        if len(scored) >= self.depth:
            needed = candidates.reaching(scored[self.depth - 1].score)
            if needed > n_ranked:
                scored += self.score_known(candidates.samples(n_ranked, needed))
                scored.sort(key=lambda one: (-one.score, one.embedding_id))
                n_ranked = needed
        return scored, n_ranked

    def score_known(self, samples: dict[int, int]) -> list[Scored]:
        return score_known(self.database, self.model, self.vector, samples)

    def windows_asked_with(self, request: Request) -> Int64Array:
        """Return the embeddings of the windows that a request leaves out, shape (n,)."""
        import numpy as np

        query = statement("search/sample_windows")
        rows = self.database.execute(query, (request.without, self.model.model_id)).fetchall()
        span = request.without_span
        out = [row[0] for row in rows if span is None or speaks_for(span, Span(row[1], row[2]))]
        return np.array(out, dtype=np.int64)

    def best_among(self, allowed: Int64Array) -> list[Scored]:
        """Return the best of the allowed samples without an index.

        One scan that looks deep enough mostly finds them; where it doesn't, each is looked up.
        """
        if len(allowed) > FEW:
            everyone = max(count_own(self.database, self.model), 1)
            deep = int(2 * self.depth * everyone / len(allowed)) + POOL
            if deep <= VEC0_MAX_K:
                found = nearest(self.database, self.model, self.vector, deep)
                among = set(allowed.tolist())
                fitting = [one for one in found if one.sample_id in among]
                if len(fitting) >= self.depth:
                    return fitting
        among_these = (allowed.tolist(), self.depth)
        return score_samples(self.database, self.model, self.vector, among_these)


def _exact_scores(scored: list[Scored], candidates: Candidates) -> Float32Array:
    """Return the exact scores of candidates, shape (pool,); NaN for those that have none."""
    import numpy as np

    known = {one.embedding_id: one.score for one in scored}
    ids: list[int] = candidates.embedding_ids.tolist()
    return np.array([known.get(number, np.nan) for number in ids], dtype=np.float32)


def _is_settled(scored: list[Scored], bound: float, depth: int) -> bool:
    """Whether nothing that scores at most `bound` belongs among the first `depth`."""
    if bound <= NOTHING_ELSE:
        return True
    # An equal score would come first if its id is lower.
    return len(scored) >= depth and scored[depth - 1].score > bound


def _pool(depth: int) -> int:
    """Return how many candidates to find; a query's pages share a pool, so as not to overlap."""
    pool = POOL
    while pool < depth + POOL_MARGIN:
        pool *= 2
    return pool


def _reason(path: str, filtered: bool) -> str:
    if path == "graph":
        return "the filter lets much through" if filtered else "there is an index"
    return "the filter lets little through" if filtered else "the walk found too few"


def _cut(scored: list[Scored], request: Request) -> list[Scored]:
    if request.without is None and request.min_score is None:
        return scored[request.offset : request.offset + request.limit]
    cut = [
        one
        for one in scored
        if one.sample_id != request.without
        and (request.min_score is None or one.score >= request.min_score)
    ]
    return cut[request.offset : request.offset + request.limit]
