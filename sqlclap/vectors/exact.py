"""Exact nearest neighbours: the oracle that every faster path is measured against."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from sqlclap.errors import LibraryError, QueryError
from sqlclap.library import statement
from sqlclap.vectors.codec import to_blob
from sqlclap.vectors.models import StoredModel
from sqlclap.vectors.scoring import Scored, score_embeddings

if TYPE_CHECKING:
    from sqlclap.library import Database
    from sqlclap.vectors.codec import Vector

VEC0_MAX_K = 4096
_NOT_OURS = re.compile(r"dimension|vector.* type|no such (table: vec_|column)", re.IGNORECASE)
"""What vec0 and SQLite say of a vector table that is not as sqlclap makes it."""

MOST = 2**62  # no library holds as many: a number that SQLite's integers still hold


def nearest(
    connection: Database,
    model: StoredModel,
    vector: Vector,
    k: int,
    windows: bool = False,
) -> list[Scored]:
    """Return the `k` embeddings most similar to a unit vector, best first.

    Equal scores come in the order of their ids, and which of them make the cut does not depend on
    where they happen to be stored. What another client wrote and can't be compared is skipped:
    vectors without a direction, without an embedding, or of a sample that is not there.

    Parameters
    ----------
    connection : Database
    model : StoredModel
    vector : np.ndarray [shape=(dim,), dtype=float32]
    k : int
        At least 1.
    windows : bool
        Look among windows ("find the moment") instead of among samples' own vectors.

    Raises
    ------
    QueryError
        `k` is below 1, or the vector has another dimension than the model.
    """
    if k < 1:
        raise QueryError(f"expected a number of results of at least 1, got {k}")
    if vector.shape != (model.dim,):
        raise QueryError(f"expected a vector of {model.dim} floats, got shape {vector.shape}")
    try:
        return _nearest(connection, model, vector, min(k, MOST), windows)
    except Exception as error:  # each driver has errors of its own
        if _NOT_OURS.search(str(error)):
            raise LibraryError(
                f"vec_{model.model_id} of {connection.filename} is not the table that sqlclap "
                f"made ({error}); restore the library from a copy"
            ) from error
        raise


def _nearest(
    connection: Database, model: StoredModel, vector: Vector, k: int, windows: bool
) -> list[Scored]:
    # One more than asked for shows whether a tie crosses the cut.
    wanted = k + 1
    while wanted <= VEC0_MAX_K:
        query = statement("vectors_nearest", model_id=model.model_id)
        rows = connection.execute(query, (to_blob(vector), wanted, windows)).fetchall()
        ids = [row[0] for row in rows]
        scored = score_embeddings(connection, model, vector, ids, windows)
        if len(rows) < wanted or (len(scored) >= k and scored[k - 1].score > rows[-1][1]):
            return scored[:k]
        wanted = wanted * 2
    query = statement("vectors_all_scores", model_id=model.model_id)
    rows = connection.execute(query, (to_blob(vector), windows, k)).fetchall()
    return [Scored(*row) for row in rows]
