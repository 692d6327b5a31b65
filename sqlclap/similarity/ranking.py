"""From a query's vector to ranked matches."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from sqlclap.library import read_transaction, statement
from sqlclap.similarity.judgement import Judgement
from sqlclap.similarity.match import Matches, make_match
from sqlclap.similarity.moments import MomentQuery, rank_moments
from sqlclap.similarity.plan import Request
from sqlclap.similarity.planner import Planner
from sqlclap.vectors import Scored, StoredModel

if TYPE_CHECKING:
    import apsw
    import numpy as np
    import numpy.typing as npt


Judge = Callable[[float | None], Judgement]


@dataclass(frozen=True)
class Shelf:
    """Where to look: a model's vectors in a library.

    Attributes
    ----------
    connection : apsw.Connection
    planner : Planner
    model : StoredModel
    """

    connection: apsw.Connection
    planner: Planner
    model: StoredModel


def rank_by_vector(
    shelf: Shelf, vector: npt.NDArray[np.float32], request: Request, judge: Judge
) -> Matches:
    """Return the samples most similar to a unit vector, best first.

    Parameters
    ----------
    shelf : Shelf
    vector : np.ndarray [shape=(dim,), dtype=float32]
    request : Request
        How many, and which; fewer come back when fewer fit.
    judge : callable
        Says of the best score what is to be said of the answer.

    Raises
    ------
    QueryError
        The vector has another dimension than the model, or the filter can't be used.
    """
    if request.moments:
        with read_transaction(shelf.connection):
            return rank_moments(_moment_query(shelf, vector, request), request, judge)
    with read_transaction(shelf.connection):  # an ingest may be replacing vectors meanwhile
        answer = shelf.planner.nearest(shelf.connection, shelf.model, vector, request)
        rows = _sample_rows(shelf.connection, answer.nearest)
        if len(rows) < len(answer.nearest):  # samples went behind the index's back
            answer = shelf.planner.nearest(
                shelf.connection, shelf.model, vector, replace(request, exact=True)
            )
            rows = _sample_rows(shelf.connection, answer.nearest)
        judgement = judge(answer.best)
    matches = [
        make_match(rank, scored, rows[scored.embedding_id], judgement)
        for rank, scored in enumerate(answer.nearest, start=request.offset + 1)
    ]
    return Matches(matches, answer.plan, judgement.doubts)


def _moment_query(shelf: Shelf, vector: npt.NDArray[np.float32], request: Request) -> MomentQuery:
    allowed = None
    if not request.only.is_empty:
        ids = shelf.planner.filters.sample_ids(shelf.connection, request.only)
        allowed = frozenset(ids.tolist())
    return MomentQuery(shelf.connection, shelf.model, vector, allowed)


def _sample_rows(connection: apsw.Connection, nearest: list[Scored]) -> dict[int, tuple[Any, ...]]:
    wanted = json.dumps([scored.embedding_id for scored in nearest])
    rows = connection.execute(statement("matches_samples"), (wanted,))
    return {row[0]: row[1:] for row in rows}
