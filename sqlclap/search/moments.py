"""Finds moments: windows of long sounds and whole short sounds, in one ranking."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING

from sqlclap.db.exact import Scored, nearest
from sqlclap.db.statements import statement
from sqlclap.db.stored_models import StoredModel
from sqlclap.search.request import Plan, Request
from sqlclap.search.results import Matches, Moment, make_match, sample_fields

if TYPE_CHECKING:
    from sqlclap.arrays import Float32Array
    from sqlclap.db.database import Database
    from sqlclap.search.query import Judge

_FIRST_DEPTH = 64
_DEEPER = 4


@dataclass(frozen=True)
class MomentQuery:
    """One vector's search among moments.

    Attributes
    ----------
    connection : Database
    model : StoredModel
    vector : np.ndarray [shape=(dim,), dtype=float32]
    allowed : frozenset of int or None
        Samples that may be among the answers; None allows all.
    """

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
        lists = [
            nearest(query.connection, query.model, query.vector, scan_depth, windows=windows)
            for windows in (False, True)
        ]
        rows = _places(query.connection, [one.embedding_id for merged in lists for one in merged])
        merged = sorted(chain(*lists), key=lambda one: (-one.score, one.embedding_id))
        scored = [one for one in merged if one.embedding_id in rows and _fits(one, query, request)]
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
    seconds = time.perf_counter() - started
    why, allowed = "moments are compared one by one", query.allowed
    count = None if allowed is None else len(allowed)
    plan = Plan("exact", why, allowed=count, ranked=len(rows), seconds=seconds)
    return Matches(moments, plan, judgement.doubts, Moment)


def _places(connection: Database, embedding_ids: Sequence[int]) -> dict[int, dict[str, float]]:
    """Return where moments lie in their sounds, by embedding id; other embeddings are left out."""
    wanted = json.dumps(list(embedding_ids))
    rows = connection.execute(statement("search/moments_places"), (wanted,))
    return {number: {"start_s": start, "end_s": end} for number, start, end in rows}


def _fits(one: Scored, query: MomentQuery, request: Request) -> bool:
    return (
        one.sample_id != request.without
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
