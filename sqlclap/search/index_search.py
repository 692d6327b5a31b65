"""Searches by the index: its candidates, ranked by their stored vectors until that settles it."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, sqrt
from typing import TYPE_CHECKING

import numpy as np

from sqlclap.db.exact import best_first
from sqlclap.db.spans import Span, speaks_for
from sqlclap.db.statements import statement
from sqlclap.index.candidates import NOTHING_ELSE, Candidates
from sqlclap.index.reader import IndexReader, IndexView
from sqlclap.index.search import (
    Allowed,
    Walking,
    find_candidates,
    leave_out_embeddings,
    leave_out_samples,
)
from sqlclap.index.settings import POOL
from sqlclap.search.filters import KEPT_FILTERS, FilterCache
from sqlclap.search.results import Plan

if TYPE_CHECKING:
    from sqlclap.arrays import Float32Array, Int64Array
    from sqlclap.db.database import Snapshot
    from sqlclap.db.exact import Scored
    from sqlclap.db.stored_models import StoredModel
    from sqlclap.search.request import Request
    from sqlclap.search.vector_query import VectorQuery

POOL_MARGIN = 32
LEAST_POOL = 16
LEAST_RANKED = 2
"""So many are ranked whatever they score: an index that holds other vectors is to be noticed."""

DEEPEST_POOL = 64
"""Factor on the usual number of candidates if many lie equally near (copies of one
sound, say), before the stored vectors are asked."""


class IndexSearch:
    """Searches the indexes of one library; safe with several threads.

    Parameters
    ----------
    filters : FilterCache
        The library's.
    """

    def __init__(self, filters: FilterCache) -> None:
        self.indexes = IndexReader()
        self._filters = filters
        self._short: tuple[_ShortSamples, ...] = ()

    def search(
        self, query: VectorQuery, request: Request, view: IndexView, snapshot: Snapshot
    ) -> tuple[list[Scored], Plan] | None:
        """Search an index; None if its candidates don't determine the answer."""
        allowed = None
        if not request.only.is_empty:
            allowed = self._filters.allowed(query.database, request.only, view)
        if query.among == "short samples":
            allowed = self.short_samples(query.model, view, allowed, snapshot)
        elif query.among == "windows" and request.without is not None:
            allowed = leave_out_embeddings(view, _windows_asked_with(query, request), allowed)
        ranked = self._ranked(query, view, allowed)
        if ranked is None:
            return None
        scored, candidates, n_ranked = ranked
        plan = Plan(
            path=candidates.path,
            reason=reason_of(candidates.path, not request.only.is_empty),
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

    def short_samples(
        self,
        model: StoredModel,
        view: IndexView,
        allowed: Allowed | None,
        snapshot: Snapshot,
    ) -> Allowed | None:
        """Leave out samples that have windows: as a whole, these are no moments."""
        windows, _ = self.indexes.view(snapshot.database, model, snapshot, windows=True)
        if windows is None or not windows.count:
            return allowed
        for one in self._short:
            if (one.view, one.windows, one.filtered) == (view, windows, allowed):
                return one.allowed
        short = leave_out_samples(view, windows.sample_ids, allowed)
        kept = [one for one in self._short if (one.view, one.windows) == (view, windows)]
        newest = _ShortSamples(view, windows, allowed, short)
        self._short = (newest, *kept[: KEPT_FILTERS - 1])
        return short

    def _ranked(
        self, query: VectorQuery, view: IndexView, allowed: Allowed | None
    ) -> tuple[list[Scored], Candidates, int] | None:
        """Rank candidates exactly, until no further one can be among the best; None if that fails.

        Returns
        -------
        scored : list of Scored
        candidates : Candidates
        n_ranked : int
            How many of them were ranked.
        """
        usual = usual_pool(query.depth)
        pool, walking = _narrowed(query, usual)
        while pool <= DEEPEST_POOL * usual:
            candidates = find_candidates(view, query.vector, pool, allowed, walking)
            scored, n_ranked = _rank(query, candidates)
            if not _is_settled(scored, candidates.bound_after(n_ranked), query):
                n_ranked = candidates.pool
                scored = query.score_known(candidates.samples())
            if not candidates.holds(_exact_scores(scored, candidates, n_ranked)):
                self.indexes.distrust(query.database, query.model, view)
                return None
            if _is_settled(scored, candidates.bound_after(n_ranked), query):
                return scored, candidates, n_ranked
            pool, walking = max(4 * pool, usual), Walking(query.mixed)
        return None


@dataclass(frozen=True, eq=False)
class _ShortSamples:
    """The samples of an index without windows: to find them takes longer than a search.

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


def _rank(query: VectorQuery, candidates: Candidates) -> tuple[list[Scored], int]:
    """Rank the candidates that can be among the best by their stored vectors; count them."""
    n_ranked = int(candidates.worth_ranking(query.depth))
    if query.floor > NOTHING_ELSE:
        n_ranked = min(n_ranked, max(candidates.reaching(query.floor), LEAST_RANKED))
    scored = query.score_known(candidates.samples(0, n_ranked))
    if len(scored) >= query.depth:
        needed = candidates.reaching(scored[query.depth - 1].score)
        if needed > n_ranked:
            scored += query.score_known(candidates.samples(n_ranked, needed))
            scored.sort(key=best_first)
            n_ranked = needed
    return scored, n_ranked


def _windows_asked_with(query: VectorQuery, request: Request) -> Int64Array:
    """Return the embeddings of the windows that a request leaves out, shape (n,)."""
    asked = (request.without, query.model.model_id)
    rows = query.database.execute(statement("search/sample_windows"), asked).fetchall()
    span = request.without_span
    out = [row[0] for row in rows if span is None or speaks_for(span, Span(row[1], row[2]))]
    return np.array(out, dtype=np.int64)


def _exact_scores(scored: list[Scored], candidates: Candidates, ranked: int) -> Float32Array:
    """Return the exact scores of candidates, shape (pool,); NaN for those that have none.

    It is the first ones that were ranked.
    """
    known = {one.embedding_id: one.score for one in scored}
    ids: list[int] = candidates.embedding_ids[:ranked].tolist()
    exact = np.full(candidates.pool, np.nan, dtype=np.float32)
    exact[:ranked] = [known.get(number, np.nan) for number in ids]
    return exact


def _is_settled(scored: list[Scored], bound: float, query: VectorQuery) -> bool:
    """Whether nothing that is missing, and scores at most `bound`, can be among the answers."""
    if bound <= NOTHING_ELSE or bound < query.floor:
        return True
    # An equal score would come first if its id is lower.
    return len(scored) >= query.depth and scored[query.depth - 1].score > bound


def _narrowed(query: VectorQuery, usual: int) -> tuple[int, Walking]:
    """Return how many candidates to find at first, and how."""
    if query.floor <= NOTHING_ELSE or query.mixed:
        return usual, Walking(query.mixed)
    return narrow_walk(query.depth, query.share)


def narrow_walk(depth: int, share: float) -> tuple[int, Walking]:
    """Return how many candidates to find, and how, in a part of what is searched.

    Of the best of a set, few lie in one shard. Where others' best are known, a narrow walk finds
    those; more are looked for where all that it finds are among them.
    """
    mean = depth * share
    here = min(depth, ceil(mean + 2 * sqrt(mean) + 1))  # hardly ever are there more
    pool = min(usual_pool(depth), max(LEAST_POOL, 3 * here))
    return pool, Walking(ef_share=here / depth)


def usual_pool(depth: int) -> int:
    """Return how many candidates to find; a query's pages share a pool, so as not to overlap."""
    pool = POOL
    while pool < depth + POOL_MARGIN:
        pool *= 2
    return pool


def reason_of(path: str, filtered: bool) -> str:
    """Return the reason why an index was searched by this path."""
    if path == "graph":
        return "the filter lets much through" if filtered else "there is an index"
    return "the filter lets little through" if filtered else "the walk found too few"
