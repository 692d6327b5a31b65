"""Reading many vectors: page by page, or those of given embeddings."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlclap.library import statement
from sqlclap.vectors.codec import from_blobs
from sqlclap.vectors.models import StoredModel

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from sqlclap.library import Database
    from sqlclap.vectors.codec import Vector

    Ids = npt.NDArray[np.int64]

PAGE_ROWS = 20_000


@dataclass(frozen=True)
class OwnVectors:
    """Samples' own vectors.

    Attributes
    ----------
    embedding_ids : np.ndarray [shape=(n,), dtype=int64]
        Ascending.
    sample_ids : np.ndarray [shape=(n,), dtype=int64]
    vectors : np.ndarray [shape=(n, dim), dtype=float32]
    """

    embedding_ids: Ids
    sample_ids: Ids
    vectors: Vector


def count_own(database: Database, model: StoredModel) -> int:
    """Count the samples that have a vector of their own under a model."""
    row = database.execute(statement("own_vectors_count"), (model.model_id,)).fetchone()
    return int(row[0])


def own_vectors(
    database: Database, model: StoredModel, rows: int = PAGE_ROWS, after: int = 0
) -> Iterator[OwnVectors]:
    """Walk samples' own vectors, `rows` at a time, in the order of embedding ids, from `after` on.

    No transaction is held: rows that go meanwhile may or may not be seen, and those that come
    after the walk began are left out. So it ends, however fast another program writes.
    """
    import numpy as np

    query, last = statement("own_vectors_after", model_id=model.model_id), after
    end = database.execute(statement("own_last_id"), (model.model_id,)).fetchone()[0] or 0
    while last < end:
        page = database.execute(query, (last, rows, end)).fetchall()
        if not page:
            return
        embedding_ids, sample_ids, blobs = zip(*page, strict=True)
        yield OwnVectors(
            np.array(embedding_ids, dtype=np.int64),
            np.array(sample_ids, dtype=np.int64),
            from_blobs(list(blobs), model.dim),
        )
        last = embedding_ids[-1]


def vectors_of(
    database: Database, model: StoredModel, embedding_ids: Sequence[int]
) -> tuple[Ids, Vector]:
    """Return the vectors of those embeddings that are there, in the order of their ids.

    Returns
    -------
    ids : np.ndarray [shape=(n,), dtype=int64]
    vectors : np.ndarray [shape=(n, dim), dtype=float32]
    """
    import numpy as np

    query = statement("vectors_by_id", model_id=model.model_id)
    wanted = json.dumps(sorted(set(embedding_ids)))
    rows = database.execute(query, (wanted,)).fetchall()
    if not rows:
        none: Vector = np.empty((0, model.dim), dtype=np.float32)
        return np.empty(0, dtype=np.int64), none
    ids, blobs = zip(*rows, strict=True)
    return np.array(ids, dtype=np.int64), from_blobs(list(blobs), model.dim)


def unit_rows(vectors: Vector) -> Vector:
    """Scale rows to length 1, shape (n, dim); what has no direction becomes zeros."""
    import numpy as np

    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    with np.errstate(divide="ignore", invalid="ignore"):
        scaled = vectors / norms
    scaled[~np.isfinite(scaled).all(axis=1)] = 0.0
    unit: Vector = scaled.astype(np.float32, copy=False)
    return unit
