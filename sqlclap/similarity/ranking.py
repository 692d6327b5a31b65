"""From a query's vector to ranked matches."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from sqlclap.library import file_path, read_transaction, statement
from sqlclap.similarity.match import Match
from sqlclap.vectors import Neighbour, StoredModel, nearest

if TYPE_CHECKING:
    import apsw
    import numpy as np
    import numpy.typing as npt


def rank_by_vector(
    connection: apsw.Connection,
    model: StoredModel,
    vector: npt.NDArray[np.float32],
    n: int,
    weak_below: float,
) -> list[Match]:
    """Return the `n` samples most similar to a unit vector, best first.

    Parameters
    ----------
    connection : apsw.Connection
    model : StoredModel
    vector : np.ndarray [shape=(dim,), dtype=float32]
    n : int
        At least 1; fewer come back when the library holds fewer.
    weak_below : float
        Matches with a lower score are marked weak.

    Raises
    ------
    QueryError
        `n` is below 1, or the vector has another dimension than the model.
    """
    with read_transaction(connection):  # an ingest may be replacing vectors meanwhile
        neighbours = nearest(connection, model, vector, n)
        rows = _sample_rows(connection, neighbours)
    matches: list[Match] = []
    for neighbour in neighbours:
        sample_id, root, path, path_bytes, duration_s, status = rows[neighbour.embedding_id]
        match = Match(
            rank=len(matches) + 1,
            score=neighbour.score,
            weak=neighbour.score < weak_below,
            sample_id=sample_id,
            path=path,
            file=file_path(root, path, path_bytes),
            duration_s=duration_s,
            status=status,
        )
        matches.append(match)
    return matches


def _sample_rows(
    connection: apsw.Connection, neighbours: list[Neighbour]
) -> dict[int, tuple[Any, ...]]:
    wanted = json.dumps([neighbour.embedding_id for neighbour in neighbours])
    rows = connection.execute(statement("matches_samples"), (wanted,))
    return {row[0]: row[1:] for row in rows}
