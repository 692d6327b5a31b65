"""Reading many vectors: page by page, or those of given embeddings."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlclap.library import statement
from sqlclap.vectors.codec import from_blobs, usable_rows
from sqlclap.vectors.models import StoredModel
from sqlclap.vectors.skipped import tell_of_skipped

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
        Of any length but 0; mostly unit vectors.
    """

    embedding_ids: Ids
    sample_ids: Ids
    vectors: Vector


def count_own(database: Database, model: StoredModel) -> int:
    """Count the samples that have an embedding of their own under a model.

    Those whose vector is missing or can't be compared are counted, too: see `count_unusable`.
    """
    row = database.execute(statement("own_vectors_count"), (model.model_id,)).fetchone()
    return int(row[0])


def own_vectors(
    database: Database, model: StoredModel, rows: int = PAGE_ROWS, after: int = 0
) -> Iterator[OwnVectors]:
    """Walk samples' own vectors, `rows` at a time, in the order of embedding ids, from `after` on.

    No transaction is held: rows that go meanwhile may or may not be seen, and those that come
    after the walk began are left out. So it ends, however fast another program writes.
    Vectors that can't be compared are left out, with one warning.
    """
    import numpy as np

    query, last = statement("own_vectors_after", model_id=model.model_id), after
    end = database.execute(statement("own_last_id"), (model.model_id,)).fetchone()[0] or 0
    while last < end:
        page = database.execute(query, (last, rows, end)).fetchall()
        if not page:
            return
        embedding_ids, sample_ids, blobs = zip(*page, strict=True)
        columns = (
            np.array(embedding_ids, dtype=np.int64),
            np.array(sample_ids, dtype=np.int64),
            from_blobs(list(blobs), model.dim),
        )
        usable = usable_rows(columns[2])
        if not usable.all():
            tell_of_skipped(database, model)
            columns = (columns[0][usable], columns[1][usable], columns[2][usable])
        yield OwnVectors(*columns)
        last = embedding_ids[-1]


def vectors_of(
    database: Database, model: StoredModel, embedding_ids: Sequence[int]
) -> tuple[Ids, Vector]:
    """Return the vectors of those embeddings that are there, in the order of their ids.

    Vectors that can't be compared are left out.

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
    found, vectors = np.array(ids, dtype=np.int64), from_blobs(list(blobs), model.dim)
    usable = usable_rows(vectors)
    return found[usable], vectors[usable]


def unit_rows(vectors: Vector) -> Vector:
    """Scale rows to length 1, shape (n, dim); what has no direction becomes zeros."""
    import numpy as np

    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    with np.errstate(divide="ignore", invalid="ignore"):
        scaled = vectors / norms
    scaled[~np.isfinite(scaled).all(axis=1)] = 0.0
    unit: Vector = scaled.astype(np.float32, copy=False)
    return unit
