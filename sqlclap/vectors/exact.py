"""Exact nearest neighbours: the oracle that every faster path is measured against."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlclap.errors import QueryError
from sqlclap.library import statement
from sqlclap.vectors.codec import to_blob
from sqlclap.vectors.models import StoredModel

if TYPE_CHECKING:
    from sqlclap.library import Database
    from sqlclap.vectors.codec import Vector

VEC0_MAX_K = 4096
MOST = 2**62  # no library holds as many: a number that SQLite's integers still hold


@dataclass(frozen=True)
class Neighbour:
    """An embedding and its cosine similarity to the query (-1 to 1)."""

    embedding_id: int
    score: float


def nearest(
    connection: Database,
    model: StoredModel,
    vector: Vector,
    k: int,
    windows: bool = False,
) -> list[Neighbour]:
    """Return the `k` embeddings most similar to a unit vector, best first.

    Equal scores come in the order of their ids, and which of them make the cut does not depend on
    where they happen to be stored.

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
    blob = to_blob(vector)
    # One more than asked for shows whether a tie crosses the cut.
    k = min(k, MOST)
    wanted = k + 1
    while wanted <= VEC0_MAX_K:
        query = statement("vectors_nearest", model_id=model.model_id)
        rows = connection.execute(query, (blob, wanted, windows)).fetchall()
        if len(rows) < wanted or rows[k - 1][1] != rows[-1][1]:
            return _cut(rows, k)
        wanted = wanted * 2
    query = statement("vectors_all_scores", model_id=model.model_id)
    return _cut(connection.execute(query, (blob, windows, k)).fetchall(), k)


def _cut(rows: list[tuple[Any, ...]], k: int) -> list[Neighbour]:
    ordered = sorted(rows, key=lambda row: (-row[1], row[0]))
    return [Neighbour(int(embedding_id), float(score)) for embedding_id, score in ordered[:k]]
