"""From a query's vector to ranked matches."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sqlclap.library import Snapshot, read_transaction, statement
from sqlclap.similarity.judgement import Judgement
from sqlclap.similarity.match import Matches, make_match
from sqlclap.similarity.moments import MomentQuery, rank_moments
from sqlclap.similarity.plan import Answer, Request
from sqlclap.similarity.planner import Planner
from sqlclap.vectors import Scored

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from sqlclap.library import Database
    from sqlclap.session import Session


Judge = Callable[[float | None], Judgement]


def rank_by_vector(
    session: Session, vector: npt.NDArray[np.float32], request: Request, judge: Judge
) -> Matches:
    """Return the samples most similar to a unit vector, best first.

    Parameters
    ----------
    session : Session
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
    database, planner, model = session.database, session.cache(Planner), session.model
    if request.moments:
        with read_transaction(database):
            return rank_moments(_moment_query(session, vector, request), request, judge)
    with read_transaction(database):  # an ingest may be replacing vectors meanwhile
        answer = planner.nearest(database, model, vector, request)
        rows = _sample_rows(database, answer.nearest)
        if len(rows) < len(answer.nearest):  # samples went behind the index's back
            answer = planner.nearest(database, model, vector, replace(request, exact=True))
            rows = _sample_rows(database, answer.nearest)
        judgement = judge(answer.best)
    matches = [
        make_match(rank, scored, rows[scored.embedding_id], judgement)
        for rank, scored in enumerate(answer.nearest, start=request.offset + 1)
    ]
    return Matches(matches, answer.plan, judgement.doubts)


def nearest_samples(session: Session, vector: npt.NDArray[np.float32], request: Request) -> Answer:
    """Return the samples nearest to a unit vector, and how they were found; nothing is judged."""
    with Snapshot(session.database) as now:
        planner, model = session.cache(Planner), session.model_at(now)
        return planner.nearest(now.database, model, vector, request, now)


def _moment_query(
    session: Session, vector: npt.NDArray[np.float32], request: Request
) -> MomentQuery:
    database, allowed = session.database, None
    if not request.only.is_empty:
        ids = session.cache(Planner).filters.sample_ids(database, request.only)
        allowed = frozenset(ids.tolist())
    return MomentQuery(database, session.model, vector, allowed)


def _sample_rows(connection: Database, nearest: list[Scored]) -> dict[int, tuple[Any, ...]]:
    wanted = json.dumps([scored.embedding_id for scored in nearest])
    rows = connection.execute(statement("matches_samples"), (wanted,))
    return {row[0]: row[1:] for row in rows}
