"""Choosing the path of a search: the graph, a scan of the index, or the stored vectors alone."""

from __future__ import annotations

import time
from functools import cached_property
from typing import TYPE_CHECKING

from sqlclap.db.database import CachedByState, Snapshot
from sqlclap.db.exact import Scored, nearest
from sqlclap.db.stored_models import NO_INDEX, StoredModel, look_for_skipped, models_with_index
from sqlclap.errors import QueryError
from sqlclap.search.filters import FilterCache
from sqlclap.search.request import Filter, Request
from sqlclap.search.results import Answer, Plan
from sqlclap.search.vector_query import FEW, NO_FLOOR, VectorQuery

if TYPE_CHECKING:
    from sqlclap.arrays import Float32Array
    from sqlclap.db.database import Database
    from sqlclap.index.reader import IndexReader, IndexView
    from sqlclap.index.search import Allowed
    from sqlclap.search.index_search import IndexSearch
    from sqlclap.search.vector_query import Among

DEEPEST = 1_000
"""Results beyond this depth come from a scan of the stored vectors: ranking them one by one would
take longer."""


class Planner:
    """Answers "which samples are nearest to this vector" for one library.

    It caches the library's indexes and filters, and is safe with several threads.
    """

    def __init__(self) -> None:
        self._filters = FilterCache()
        self._indexed = CachedByState(models_with_index)

    @cached_property
    def _by_index(self) -> IndexSearch:
        # Searches of a library without an index don't load what reads one.
        from sqlclap.search.index_search import IndexSearch

        return IndexSearch(self._filters)

    @property
    def indexes(self) -> IndexReader:
        """The library's indexes, for callers that rank candidates by several vectors."""
        return self._by_index.indexes

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
        query = VectorQuery(
            database,
            model,
            vector,
            request.depth,
            time.perf_counter(),
            mixed=request.mixed,
            floor=NO_FLOOR if request.floor is None else request.floor,
            share=request.share,
        )
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
        began = time.perf_counter()
        query = VectorQuery(
            database, model, vector, request.depth, began, among, mixed=request.mixed
        )
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
        view, problem = self._view(snapshot, model, among)
        if view is None:
            return None, None, problem
        allowed = None
        if not only.is_empty:
            allowed = self._filters.allowed(snapshot.database, only, view)
        if among == "short samples":
            allowed = self._by_index.short_samples(model, view, allowed, snapshot)
        return view, allowed, ""

    def _view(
        self, snapshot: Snapshot, model: StoredModel, among: Among
    ) -> tuple[IndexView | None, str]:
        """Return the index as of a snapshot, or None and why none can be used."""
        if model.model_id not in self._indexed.of(snapshot):
            return None, NO_INDEX
        return self.indexes.view(snapshot.database, model, snapshot, among == "windows")

    def _search(
        self, query: VectorQuery, request: Request, snapshot: Snapshot
    ) -> tuple[list[Scored], Plan]:
        if request.aspects:
            raise QueryError(
                "aspects compare with a sound, not with words or a vector: ask for what is "
                "similar to one, or for a composed query (clap_query) with one"
            )
        if request.transpose:
            raise QueryError(
                "transpose is of one sound, not of words, a vector or several terms: ask for what "
                "is similar to a sound"
            )
        if request.exact:
            return self._exactly(query, request, "asked for")
        if request.depth > DEEPEST:
            return self._exactly(query, request, f"more than {DEEPEST:,} results deep")
        if not request.only.is_empty:
            allowed = self._filters.sample_ids(query.database, request.only)
            if len(allowed) <= FEW and query.among == "samples":
                return self._exactly(query, request, "the filter leaves few")
        view, problem = self._view(snapshot, query.model, query.among)
        if view is None:
            return self._exactly(query, request, problem)
        answer = self._by_index.search(query, request, view, snapshot)
        if answer is None:
            return self._exactly(query, request, "candidates could not settle it")
        return answer

    def _exactly(
        self, query: VectorQuery, request: Request, reason: str
    ) -> tuple[list[Scored], Plan]:
        look_for_skipped(query.database, query.model)
        windows = query.among == "windows"
        if request.only.is_empty or windows:
            scored = nearest(query.database, query.model, query.vector, query.depth, windows)
            return scored, Plan("exact", reason, ranked=len(scored), seconds=query.seconds)
        allowed = self._filters.sample_ids(query.database, request.only)
        scored, count = query.best_among(allowed), len(allowed)
        plan = Plan("exact", reason, allowed=count, ranked=count, seconds=query.seconds)
        return scored, plan


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
