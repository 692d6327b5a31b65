"""Samples' own vectors by sample id."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

from sqlclap.library import statement
from sqlclap.vectors import StoredModel, from_blobs, usable_rows

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from sqlclap.library import Database

    Vectors = npt.NDArray[np.float32]


def vectors_of_samples(
    database: Database, model: StoredModel, sample_ids: Sequence[int]
) -> tuple[list[int], Vectors]:
    """Read samples' own vectors.

    Returns
    -------
    sample_ids : list of int
        Those that have a vector that can be compared, in the order asked for.
    vectors : np.ndarray [shape=(n, dim), dtype=float32]
    """
    query = statement("label_sample_vectors", model_id=model.model_id)
    rows = database.execute(query, (json.dumps([int(key) for key in sample_ids]),)).fetchall()
    vectors = from_blobs([row[1] for row in rows], model.dim)
    usable = usable_rows(vectors)
    found = [int(row[0]) for row, fits in zip(rows, usable, strict=True) if fits]
    return found, vectors[usable]


def sample_owners(database: Database, embedding_ids: Sequence[int]) -> dict[int, int]:
    """Return the samples that embeddings belong to, by embedding id."""
    wanted = json.dumps([int(key) for key in embedding_ids])
    rows = database.execute(statement("label_owners"), (wanted,)).fetchall()
    return {int(embedding_id): int(sample_id) for embedding_id, sample_id in rows}
