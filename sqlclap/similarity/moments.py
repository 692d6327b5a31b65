"""Find the moment: the windows of long sounds, and short sounds whole, in one ranking."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlclap.library import file_path, statement
from sqlclap.similarity.match import Matches, Moment
from sqlclap.similarity.plan import Plan, Request
from sqlclap.vectors import Neighbour, Scored, StoredModel, nearest, score_embeddings

if TYPE_CHECKING:
    import apsw
    import numpy as np
    import numpy.typing as npt

    Vector = npt.NDArray[np.float32]

_FIRST_DEPTH = 64
_DEEPER = 4


@dataclass(frozen=True)
class MomentQuery:
    """One vector's search among moments.

    Attributes
    ----------
    connection : apsw.Connection
    model : StoredModel
    vector : np.ndarray [shape=(dim,), dtype=float32]
    allowed : frozenset of int or None
        Samples that may be among the answers; None allows all.
    """

    connection: apsw.Connection
    model: StoredModel
    vector: Vector
    allowed: frozenset[int] | None


def rank_moments(query: MomentQuery, request: Request, weak_below: float) -> Matches:
    """Return the moments most similar to a unit vector, best first.

    A sound that fits into one window is a moment as a whole; of longer ones, each window is.

    Parameters
    ----------
    query : MomentQuery
    request : Request
    weak_below : float
        Moments with a lower score are marked weak.

    Raises
    ------
    QueryError
        The vector has another dimension than the model.
    """
    began = time.perf_counter()
    depth = max(_FIRST_DEPTH, 2 * request.depth)
    while True:
        lists = [
            nearest(query.connection, query.model, query.vector, depth, windows=windows)
            for windows in (False, True)
        ]
        rows = _rows(query.connection, [one.embedding_id for found in lists for one in found])
        scored = [one for one in _scores(query, rows) if _fits(one, query, request)]
        if _is_settled(lists, depth, scored, request.depth):
            break
        depth *= _DEEPER
    kept = scored[request.offset : request.offset + request.limit]
    moments = [
        _moment(rank, one, rows[one.embedding_id], weak_below)
        for rank, one in enumerate(kept, start=request.offset + 1)
    ]
    seconds = time.perf_counter() - began
    plan = Plan("exact", "moments are compared one by one", ranked=len(rows), seconds=seconds)
    return Matches(moments, plan)


def _rows(connection: apsw.Connection, embedding_ids: Sequence[int]) -> dict[int, tuple[Any, ...]]:
    rows = connection.execute(statement("moments_rows"), (json.dumps(list(embedding_ids)),))
    return {row[0]: row[1:-1] for row in rows if row[-1]}


def _scores(query: MomentQuery, rows: dict[int, tuple[Any, ...]]) -> list[Scored]:
    return score_embeddings(query.connection, query.model, query.vector, rows)


def _fits(one: Scored, query: MomentQuery, request: Request) -> bool:
    return (
        one.sample_id != request.without
        and (query.allowed is None or one.sample_id in query.allowed)
        and (request.min_score is None or one.score >= request.min_score)
    )


def _is_settled(
    lists: list[list[Neighbour]], depth: int, scored: list[Scored], wanted: int
) -> bool:
    """Whether nothing deeper can be among the first `wanted`."""
    cut = [found[-1].score for found in lists if len(found) == depth]
    if not cut:
        return True
    return len(scored) >= wanted and scored[wanted - 1].score > max(cut)


def _moment(rank: int, one: Scored, row: tuple[Any, ...], weak_below: float) -> Moment:
    sample_id, root, path, path_bytes, duration_s, status, heard, start_s, end_s = row
    return Moment(
        rank=rank,
        score=one.score,
        weak=one.score < weak_below,
        sample_id=sample_id,
        path=path,
        file=file_path(root, path, path_bytes),
        duration_s=duration_s,
        status=status,
        heard_share=heard,
        start_s=start_s,
        end_s=end_s,
    )
