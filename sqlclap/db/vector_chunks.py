"""Vectors read from sqlite-vec's chunks, 64 at a time: a quarter of the time of row by row.

A ``vec0`` table keeps vectors in tables of its own, as ``sqlclap.db`` makes them: ``_chunks`` with
the ids of 64 places, ``_vector_chunks00`` with their vectors end to end, ``_metadatachunks00`` with
a bit each for ``is_window``. They are only read here; sqlite-vec alone writes them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from sqlclap.db.statements import statement

if TYPE_CHECKING:
    from sqlclap.arrays import BoolArray, Float32Array, Int64Array
    from sqlclap.db.database import Database
    from sqlclap.db.stored_models import StoredModel

SPARSEST = 4
"""Ids of which one is wanted: with fewer wanted, whole chunks are read for little."""


def lies_dense(embedding_ids: Int64Array) -> bool:
    """Return whether ascending ids lie so close that reading their whole chunks pays."""
    spread = int(embedding_ids[-1]) - int(embedding_ids[0]) + 1
    return spread <= SPARSEST * len(embedding_ids)


def read_chunks(
    database: Database, model: StoredModel, embedding_ids: Int64Array, windows: bool
) -> tuple[Float32Array, BoolArray] | None:
    """Read vectors of samples, or of windows, by whole chunks.

    Parameters
    ----------
    database : Database
    model : StoredModel
    embedding_ids : np.ndarray [shape=(n,), dtype=int64]
        Ascending.
    windows : bool
        They are windows'; others are left out, and the other way round.

    Returns
    -------
    vectors : np.ndarray [shape=(n, dim), dtype=float32]
    found : np.ndarray [shape=(n,), dtype=bool]
        Which have a vector; the others' rows hold anything.
    None where the chunks have another form than sqlclap's, as in a table that others made.
    """
    vectors = np.empty((len(embedding_ids), model.dim), dtype=np.float32)
    found = np.zeros(len(embedding_ids), dtype=np.bool_)
    query = statement("db/vector_chunks_between", model_id=model.model_id)
    ends = int(embedding_ids[0]), int(embedding_ids[-1])
    for chunk in database.execute(query, ends):
        if not _is_whole(chunk, model.dim):
            return None
        ids = np.frombuffer(chunk[0], dtype="<i8")
        taken, is_window = _bits(chunk[1]), _bits(chunk[2])
        at = np.minimum(np.searchsorted(embedding_ids, ids), len(embedding_ids) - 1)
        wanted = taken & (is_window == windows) & (embedding_ids[at] == ids)
        stored = np.frombuffer(chunk[3], dtype="<f4").reshape(-1, model.dim)
        vectors[at[wanted]] = stored[wanted]
        found[at[wanted]] = True
    return vectors, found


def _bits(blob: bytes) -> BoolArray:
    bits: BoolArray = np.unpackbits(np.frombuffer(blob, np.uint8), bitorder="little").view(np.bool_)
    return bits


def _is_whole(chunk: tuple[Any, ...], dim: int) -> bool:
    if not all(isinstance(part, bytes) for part in chunk):
        return False
    ids, taken, is_window, vectors = map(len, chunk)
    places = ids // 8
    return ids % 64 == 0 and taken == is_window == places // 8 and vectors == 4 * dim * places
