"""Vectors in sqlite-vec tables: encoding, writing, reading page by page."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from sqlclap.db.statements import statement
from sqlclap.db.stored_models import StoredModel, tell_of_skipped
from sqlclap.errors import NoVectorsError, QueryError
from sqlclap.quantities import typed

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from sqlclap.arrays import Float32Array, Int64Array
    from sqlclap.db.database import Database

UNIT_TOLERANCE = 1e-3
SHORTEST, LONGEST = 1e-15, 1e15
"""Lengths between which a vector has a direction that 32-bit floats can compare: beyond them the
squares of its numbers vanish or overflow."""

UNIT_ALREADY = 1e-6  # as near to 1 as the square of a float32 vector's length comes


def to_blob(vector: Float32Array) -> bytes:
    """Encode a float32 vector of shape (dim,)."""
    return vector.astype("<f4", copy=False).tobytes()


def from_blob(blob: bytes, dim: int) -> Float32Array:
    """Decode a vector.

    Raises
    ------
    QueryError
        The blob is not ``4 * dim`` bytes long.
    """
    import numpy as np

    if len(blob) != 4 * dim:
        raise QueryError(f"expected a vector of {dim} floats ({4 * dim} bytes), got {len(blob)}")
    return np.frombuffer(blob, dtype="<f4").astype(np.float32)


def pool_windows(vectors: Float32Array, seconds: Float32Array) -> Float32Array:
    """Return a sample's own vector: the normalised mean of its windows' unit vectors.

    Parameters
    ----------
    vectors : np.ndarray [shape=(windows, dim)]
        Unit vectors.
    seconds : np.ndarray [shape=(windows,)]
        Seconds of sound in each window: the weights.

    Returns
    -------
    np.ndarray [shape=(dim,)]
        A unit vector. Windows that cancel out exactly leave no direction; the first one's is kept.
    """
    import numpy as np

    mean = seconds.astype(np.float64) @ vectors.astype(np.float64)
    norm = float(np.linalg.norm(mean))
    if norm < 1e-9 * float(seconds.sum()):
        first: Float32Array = vectors[0]
        return first
    pooled: Float32Array = (mean / norm).astype(np.float32)
    return pooled


def unit_vector(vector: Float32Array) -> Float32Array:
    """Scale a vector to length 1, shape (dim,).

    Raises
    ------
    QueryError
        It has no direction: it is zero, or holds what is no number.
    """
    square = float(vector @ vector)
    if abs(square - 1) < UNIT_ALREADY:
        return vector
    norm = square**0.5
    if not 0 < norm < float("inf"):
        raise QueryError("expected a vector with a direction, got zeros or what is no number")
    return vector / vector.dtype.type(norm)


def from_blobs(blobs: list[bytes], dim: int) -> Float32Array:
    """Decode vectors into one matrix, shape (blobs, dim).

    What is no BLOB of ``4 * dim`` bytes (another client may have written anything) becomes a row
    of NaN: `usable_rows` leaves it out.
    """
    import numpy as np

    size = 4 * dim
    if not all(isinstance(blob, bytes) and len(blob) == size for blob in blobs):
        nothing = to_blob(np.full(dim, np.nan, dtype=np.float32))
        blobs = [b if isinstance(b, bytes) and len(b) == size else nothing for b in blobs]
    return np.frombuffer(b"".join(blobs), dtype="<f4").reshape(-1, dim).astype(np.float32)


def usable_rows(vectors: Float32Array) -> npt.NDArray[np.bool_]:
    """Return which rows of a matrix can be compared, shape (n,): finite, with a usable length.

    A vector of any other length than 1 can: a cosine doesn't depend on it. Zeros, NaN, infinities
    and what is too short or too long for 32-bit floats have no direction.
    """
    import numpy as np

    with np.errstate(over="ignore", invalid="ignore", under="ignore"):
        squares = np.einsum("ij,ij->i", vectors, vectors)
    usable: npt.NDArray[np.bool_] = (squares >= SHORTEST**2) & (squares <= LONGEST**2)
    return usable


_Row: TypeAlias = "tuple[int | None, float, float, Float32Array]"
# Which windows shared a run of the model shows in a vector's last bits.
_SAME_WITHIN = 1e-5


class WindowVectors(NamedTuple):
    """The vectors of one sound.

    Attributes
    ----------
    vectors : np.ndarray [shape=(windows, dim), dtype=float32]
        Unit vectors.
    starts, ends : np.ndarray [shape=(windows,), dtype=float32]
        In seconds.
    whole : np.ndarray [shape=(dim,), dtype=float32] or None
        The sound's own unit vector, where the model makes it of the whole (fused checkpoints);
        None takes the windows' mean.
    """

    vectors: Float32Array
    starts: Float32Array
    ends: Float32Array
    whole: Float32Array | None = None


def replace_vectors(
    connection: Database, model: StoredModel, sample_id: int, windows: WindowVectors
) -> bool:
    """Store a sample's own vector, and its windows' where they are other ones.

    What the sample had under this model is removed first, unless it is the same: then it stays,
    with its ids, and no index has anything to catch up with. In a write transaction.

    Returns
    -------
    bool
        Whether anything was removed for it: the sample had other vectors.
    """
    rows = _rows(windows)
    read = statement("db/sample_vectors_stored", model_id=model.model_id)
    stored = connection.execute(read, (sample_id, model.model_id)).fetchall()
    if stored and _are_same(stored, rows):
        return False
    remove = "DELETE FROM embeddings WHERE sample_id = ? AND model_id = ?"
    connection.execute(remove, (sample_id, model.model_id))
    insert = statement("db/vector_insert", model_id=model.model_id)
    for window_index, start_s, end_s, vector in rows:
        bindings = (sample_id, model.model_id, window_index, start_s, end_s)
        embedding_id = connection.execute(statement("db/embedding_insert"), bindings).get
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
    own = windows.whole
    if own is None:
        own = pool_windows(windows.vectors, windows.ends - windows.starts)
    rows: list[_Row] = [(None, float(windows.starts[0]), float(windows.ends[-1]), own)]
    if len(windows.vectors) > 1 or windows.whole is not None:
        for index, vector in enumerate(windows.vectors):
            rows.append((index, float(windows.starts[index]), float(windows.ends[index]), vector))
    return rows


def sample_vector(connection: Database, model: StoredModel, sample_id: int) -> Float32Array:
    """Return a sample's own vector, scaled to length 1, shape (dim,).

    Raises
    ------
    NoVectorsError
        The sample has none under this model (it is silent, say, or not embedded yet), or one that
        can't be compared.
    """
    query = statement("db/sample_vector", model_id=model.model_id)
    row = connection.execute(query, (sample_id,)).fetchone()
    if row is None:
        under = f"sample {sample_id} has no vector under {model.name} ({model.model_version})"
        raise NoVectorsError(f"{under}: {_why_without(connection, sample_id)}")
    vectors = from_blobs([row[0]], model.dim)
    if not usable_rows(vectors)[0]:
        raise NoVectorsError(
            f"the vector of sample {sample_id} can't be compared: it is no {model.dim} numbers "
            f"with a direction; `sqlclap doctor --repair {typed(connection.filename)}` removes it, "
            "and the next ingest makes it anew"
        )
    return unit_vector(vectors[0])


def _why_without(connection: Database, sample_id: int) -> str:
    """Say why a sample has no vector."""
    if connection.execute(statement("db/sample_status"), (sample_id,)).fetchone() == ("silent",):
        return "it is silent, so there is nothing to compare"
    return f"it failed, or waits for `sqlclap ingest {typed(connection.filename)}`"


PAGE_ROWS = 20_000
_LAST = ("db/own_last_id", "db/windows_last_id")
_LISTS = ("db/own_embeddings_after", "db/window_embeddings_after")
_WALKS = ("db/own_vectors_after", "db/window_vectors_after")


class OwnVectors(NamedTuple):
    """Samples' own vectors.

    Attributes
    ----------
    embedding_ids : np.ndarray [shape=(n,), dtype=int64]
        Ascending.
    sample_ids : np.ndarray [shape=(n,), dtype=int64]
    vectors : np.ndarray [shape=(n, dim), dtype=float32]
        Of any length but 0; mostly unit vectors.
    """

    embedding_ids: Int64Array
    sample_ids: Int64Array
    vectors: Float32Array

    def only(self, kept: npt.NDArray[np.bool_]) -> OwnVectors:
        """Return those that a mask of shape (n,) keeps."""
        if kept.all():
            return self
        return OwnVectors(self.embedding_ids[kept], self.sample_ids[kept], self.vectors[kept])


def count_own(database: Database, model: StoredModel) -> int:
    """Count the samples that have an embedding of their own under a model.

    Those whose vector is missing or can't be compared are counted, too: see `count_unusable`.
    """
    row = database.execute(statement("db/own_vectors_count"), (model.model_id,)).fetchone()
    return int(row[0])


def count_windows(database: Database, model: StoredModel) -> int:
    """Count the windows that have an embedding under a model, as `count_own` counts."""
    row = database.execute(statement("db/windows_count"), (model.model_id,)).fetchone()
    return int(row[0])


def own_vectors(
    database: Database,
    model: StoredModel,
    rows: int = PAGE_ROWS,
    after: int = 0,
    windows: bool = False,
) -> Iterator[OwnVectors]:
    """Walk samples' own vectors, or windows', in the order of embedding ids.

    They come `rows` at a time, those after the id `after`.
    No transaction is held: rows that go meanwhile may or may not be seen, and those that come
    after the walk began are left out. So it ends, however fast another program writes.
    Vectors that can't be compared are left out, with one warning.
    """
    end = database.execute(statement(_LAST[windows]), (model.model_id,)).fetchone()[0] or 0
    last, by_chunks = after, True
    while last < end:
        part = (last, rows, end)
        page = _page_of_chunks(database, model, part, windows) if by_chunks else None
        if page is None:
            by_chunks, page = False, _page_of_rows(database, model, part, windows)
        last, found = page
        usable = usable_rows(found.vectors)
        if not usable.all() and not windows:
            tell_of_skipped(database, model)
        if len(usable):
            yield found.only(usable)


def _page_of_chunks(
    database: Database, model: StoredModel, part: tuple[int, int, int], windows: bool
) -> tuple[int, OwnVectors] | None:
    """Read a page of a walk by whole chunks; None where that doesn't pay, or can't be done.

    With it comes the last id that has been looked at.
    """
    import numpy as np

    from sqlclap.db.vector_chunks import lies_dense, read_chunks

    rows = database.execute(statement(_LISTS[windows]), (*part, model.model_id)).fetchall()
    listed = np.array(rows, dtype=np.int64).reshape(-1, 2)
    ids = np.ascontiguousarray(listed[:, 0])
    if not len(ids) or not lies_dense(ids):
        return None
    read = read_chunks(database, model, ids, windows)
    if read is None:
        return None
    vectors, found = read
    return int(ids[-1]), OwnVectors(ids, listed[:, 1], vectors).only(found)


def _page_of_rows(
    database: Database, model: StoredModel, part: tuple[int, int, int], windows: bool
) -> tuple[int, OwnVectors]:
    """Read a page of a walk row by row: of samples' own vectors among many windows, say."""
    import numpy as np

    query = statement(_WALKS[windows], model_id=model.model_id)
    rows = database.execute(query, part).fetchall()
    ids, sample_ids, blobs = zip(*rows, strict=True) if rows else ((), (), ())
    columns = OwnVectors(
        np.array(ids, dtype=np.int64),
        np.array(sample_ids, dtype=np.int64),
        from_blobs(list(blobs), model.dim),
    )
    return ids[-1] if rows else part[2], columns


def vectors_of(
    database: Database, model: StoredModel, embedding_ids: Sequence[int], windows: bool = False
) -> tuple[Int64Array, Float32Array]:
    """Return the vectors of those embeddings that exist, in the order of their ids.

    They are samples' own, or windows'. Vectors that can't be compared are left out.

    Returns
    -------
    ids : np.ndarray [shape=(n,), dtype=int64]
    vectors : np.ndarray [shape=(n, dim), dtype=float32]
    """
    import numpy as np

    name = "db/window_vectors_by_id" if windows else "db/vectors_by_id"
    query = statement(name, model_id=model.model_id)
    ids_json = json.dumps(sorted(set(embedding_ids)))
    rows = database.execute(query, (ids_json,)).fetchall()
    if not rows:
        none: Float32Array = np.empty((0, model.dim), dtype=np.float32)
        return np.empty(0, dtype=np.int64), none
    ids, blobs = zip(*rows, strict=True)
    present_ids, vectors = np.array(ids, dtype=np.int64), from_blobs(list(blobs), model.dim)
    usable = usable_rows(vectors)
    return present_ids[usable], vectors[usable]


def vectors_of_samples(
    database: Database, model: StoredModel, sample_ids: Sequence[int]
) -> tuple[list[int], Float32Array]:
    """Read samples' own vectors.

    Returns
    -------
    sample_ids : list of int
        Those that have a vector that can be compared, in the order asked for.
    vectors : np.ndarray [shape=(n, dim), dtype=float32]
    """
    query = statement("db/vectors_of_samples", model_id=model.model_id)
    rows = database.execute(query, (json.dumps([int(key) for key in sample_ids]),)).fetchall()
    vectors = from_blobs([row[1] for row in rows], model.dim)
    usable = usable_rows(vectors)
    found = [int(row[0]) for row, fits in zip(rows, usable, strict=True) if fits]
    return found, vectors[usable]


def unit_rows(vectors: Float32Array) -> Float32Array:
    """Scale rows to length 1, shape (n, dim); what has no direction becomes zeros."""
    import numpy as np

    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    with np.errstate(divide="ignore", invalid="ignore"):
        scaled = vectors / norms
    scaled[~np.isfinite(scaled).all(axis=1)] = 0.0
    unit: Float32Array = scaled.astype(np.float32, copy=False)
    return unit
