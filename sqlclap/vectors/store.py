"""Writing and reading samples' vectors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from sqlclap.errors import NoVectorsError
from sqlclap.library import statement
from sqlclap.vectors.codec import from_blobs, pool_windows, to_blob, unit_vector, usable_rows
from sqlclap.vectors.models import StoredModel

if TYPE_CHECKING:
    from sqlclap.library import Database
    from sqlclap.vectors.codec import Vector


_Row: TypeAlias = "tuple[int | None, float, float, Vector]"
# Which windows shared a run of the model shows in a vector's last bits.
_SAME_WITHIN = 1e-5


@dataclass(frozen=True)
class WindowVectors:
    """The vectors of one sound.

    Attributes
    ----------
    vectors : np.ndarray [shape=(windows, dim), dtype=float32]
        Unit vectors.
    starts, ends : np.ndarray [shape=(windows,), dtype=float32]
        In seconds.
    """

    vectors: Vector
    starts: Vector
    ends: Vector


def replace_vectors(
    connection: Database, model: StoredModel, sample_id: int, windows: WindowVectors
) -> bool:
    """Store a sample's own vector, and its windows' when there are several.

    What the sample had under this model is removed first, unless it is the same: then it stays,
    with its ids, and no index has anything to catch up with. In a write transaction.

    Returns
    -------
    bool
        Whether anything was removed for it: the sample had other vectors.
    """
    rows = _rows(windows)
    read = statement("sample_vectors_stored", model_id=model.model_id)
    stored = connection.execute(read, (sample_id, model.model_id)).fetchall()
    if stored and _are_same(stored, rows):
        return False
    remove = "DELETE FROM embeddings WHERE sample_id = ? AND model_id = ?"
    connection.execute(remove, (sample_id, model.model_id))
    insert = statement("vector_insert", model_id=model.model_id)
    for window_index, start_s, end_s, vector in rows:
        bindings = (sample_id, model.model_id, window_index, start_s, end_s)
        embedding_id = connection.execute(statement("embedding_insert"), bindings).get
        is_window = window_index is not None
        connection.execute(insert, (embedding_id, is_window, to_blob(vector)))
    return bool(stored)


def _are_same(stored: list[tuple[Any, ...]], rows: list[_Row]) -> bool:
    import numpy as np

    if [row[:3] for row in stored] != [row[:3] for row in rows]:
        return False
    had, have = b"".join(row[3] for row in stored), np.concatenate([row[3] for row in rows])
    if len(had) != 4 * len(have):
        return False
    return bool(np.abs(np.frombuffer(had, dtype="<f4") - have).max() <= _SAME_WITHIN)


def _rows(windows: WindowVectors) -> list[_Row]:
    """Window index, start, end and vector: the sample's own first."""
    if len(windows.vectors) == 0:
        return []
    pooled = pool_windows(windows.vectors, windows.ends - windows.starts)
    rows: list[_Row] = [(None, float(windows.starts[0]), float(windows.ends[-1]), pooled)]
    if len(windows.vectors) > 1:
        for index, vector in enumerate(windows.vectors):
            rows.append((index, float(windows.starts[index]), float(windows.ends[index]), vector))
    return rows


def sample_vector(connection: Database, model: StoredModel, sample_id: int) -> Vector:
    """Return a sample's own vector, scaled to length 1, shape (dim,).

    Raises
    ------
    NoVectorsError
        The sample has none under this model (it is silent, say, or not embedded yet), or one that
        can't be compared.
    """
    query = statement("sample_vector", model_id=model.model_id)
    row = connection.execute(query, (sample_id,)).fetchone()
    if row is None:
        raise NoVectorsError(
            f"sample {sample_id} has no vector under {model.name} ({model.model_version}): "
            f"it is silent, failed, or waits for `sqlclap ingest {connection.filename}`"
        )
    vectors = from_blobs([row[0]], model.dim)
    if not usable_rows(vectors)[0]:
        raise NoVectorsError(
            f"the vector of sample {sample_id} can't be compared: it is no {model.dim} numbers "
            f"with a direction; `sqlclap doctor --repair {connection.filename}` removes it, "
            "and the next ingest makes it anew"
        )
    return unit_vector(vectors[0])
