"""Writing and reading samples' vectors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlclap.errors import NoVectorsError
from sqlclap.library import statement
from sqlclap.vectors.codec import from_blobs, pool_windows, to_blob, unit_vector, usable_rows
from sqlclap.vectors.models import StoredModel

if TYPE_CHECKING:
    import apsw

    from sqlclap.library import Database
    from sqlclap.vectors.codec import Vector


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
    connection: apsw.Connection, model: StoredModel, sample_id: int, windows: WindowVectors
) -> None:
    """Store a sample's own vector, and its windows' when there are several.

    What the sample had under this model is removed first. In a write transaction.
    """
    remove = "DELETE FROM embeddings WHERE sample_id = ? AND model_id = ?"
    connection.execute(remove, (sample_id, model.model_id))
    if len(windows.vectors) == 0:
        return
    pooled = pool_windows(windows.vectors, windows.ends - windows.starts)
    span = (float(windows.starts[0]), float(windows.ends[-1]))
    rows: list[tuple[int | None, float, float, Vector]] = [(None, *span, pooled)]
    if len(windows.vectors) > 1:
        for index, vector in enumerate(windows.vectors):
            rows.append((index, float(windows.starts[index]), float(windows.ends[index]), vector))
    insert = statement("vector_insert", model_id=model.model_id)
    for window_index, start_s, end_s, vector in rows:
        bindings = (sample_id, model.model_id, window_index, start_s, end_s)
        embedding_id = connection.execute(statement("embedding_insert"), bindings).get
        is_window = window_index is not None
        connection.execute(insert, (embedding_id, is_window, to_blob(vector)))


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
