"""Finds moments: windows of long sounds and whole short sounds, in one ranking."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import TYPE_CHECKING

from sqlclap.db.exact import Scored
from sqlclap.db.spans import Span, speaks_for
from sqlclap.db.statements import statement
from sqlclap.db.stored_models import StoredModel
from sqlclap.search.planner import Among, Planner
from sqlclap.search.request import Request
from sqlclap.search.results import Matches, Moment, Plan, make_match, sample_fields

if TYPE_CHECKING:
    from sqlclap.arrays import Float32Array
    from sqlclap.db.database import Database
    from sqlclap.search.query import Judge

_FIRST_DEPTH = 64
_DEEPER = 4
_KINDS: tuple[Among, ...] = ("short samples", "windows")


@dataclass(frozen=True)
class MomentQuery:
    """One vector's search among moments.

    Attributes
    ----------
    planner : Planner
    connection : Database
    model : StoredModel
    vector : np.ndarray [shape=(dim,), dtype=float32]
    allowed : frozenset of int or None
        Samples that may be among the answers; None allows all.
    """

    planner: Planner
    connection: Database
    model: StoredModel
    vector: Float32Array
    allowed: frozenset[int] | None


def rank_moments(query: MomentQuery, request: Request, judge: Judge) -> Matches:
    """Return the moments most similar to a unit vector, best first.

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
    scan_depth = max(_FIRST_DEPTH, 2 * request.depth)
    while True:
        listed = [_list(query, request, scan_depth, among) for among in _KINDS]
        lists = [found for found, _ in listed]
        rows = _places(query.connection, [one.embedding_id for merged in lists for one in merged])
        merged = sorted(chain(*lists), key=lambda one: (-one.score, one.embedding_id))
        scored = [
            one
            for one in merged
            if (place := rows.get(one.embedding_id)) and _fits(one, place, query, request)
        ]
        if _is_settled(lists, scan_depth, scored, request.depth):
            break
        scan_depth *= _DEEPER
    page = scored[request.offset : request.offset + request.limit]
    samples = sample_fields(query.connection, page)
    judgement = judge(best.score if (best := next(iter(scored), None)) else None)
    moments = [
        make_match(rank, one, samples[one.embedding_id] | rows[one.embedding_id], judgement)
        for rank, one in enumerate(page, start=request.offset + 1)
    ]
    plan = _plan([plan for _, plan in listed], query, time.perf_counter() - started)
    return Matches(moments, plan, judgement.doubts, Moment)


def _list(
    query: MomentQuery, request: Request, depth: int, among: Among
) -> tuple[list[Scored], Plan]:
    deeper = Request(depth, only=request.only, exact=request.exact)
    return query.planner.moments(query.connection, query.model, query.vector, deeper, among)


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


def _places(connection: Database, embedding_ids: Sequence[int]) -> dict[int, dict[str, float]]:
    """Return where moments lie in their sounds, by embedding id; other embeddings are left out."""
    wanted = json.dumps(list(embedding_ids))
    rows = connection.execute(statement("search/moments_places"), (wanted,))
    return {number: {"start_s": start, "end_s": end} for number, start, end in rows}


def _fits(one: Scored, place: dict[str, float], query: MomentQuery, request: Request) -> bool:
    own = one.sample_id == request.without and (
        request.without_span is None or speaks_for(request.without_span, Span(**place))
    )
    return (
        not own
        and (query.allowed is None or one.sample_id in query.allowed)
        and (request.min_score is None or one.score >= request.min_score)
    )


def _is_settled(
    lists: list[list[Scored]], scan_depth: int, scored: list[Scored], needed: int
) -> bool:
    """Whether nothing deeper can be among the first `needed`."""
    cut = [found[-1].score for found in lists if len(found) == scan_depth]
    if not cut:
        return True
    return len(scored) >= needed and scored[needed - 1].score > max(cut)
