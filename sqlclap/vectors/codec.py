"""Vectors as BLOBs and back: float32, little-endian, as sqlite-vec reads them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlclap.errors import QueryError

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Vector = npt.NDArray[np.float32]

UNIT_TOLERANCE = 1e-3
SHORTEST, LONGEST = 1e-15, 1e15
"""Lengths between which a vector has a direction that 32-bit floats can compare: beyond them the
squares of its numbers vanish or overflow."""

UNIT_ALREADY = 1e-6  # as near to 1 as the square of a float32 vector's length comes


def to_blob(vector: Vector) -> bytes:
    """Encode a float32 vector of shape (dim,)."""
    return vector.astype("<f4", copy=False).tobytes()


def from_blob(blob: bytes, dim: int) -> Vector:
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


def pool_windows(vectors: Vector, seconds: Vector) -> Vector:
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
        first: Vector = vectors[0]
        return first
    pooled: Vector = (mean / norm).astype(np.float32)
    return pooled


def unit_vector(vector: Vector) -> Vector:
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


def from_blobs(blobs: list[bytes], dim: int) -> Vector:
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


def usable_rows(vectors: Vector) -> npt.NDArray[np.bool_]:
    """Tell which rows of a matrix can be compared, shape (n,): finite, and not without length.

    A vector of any other length than 1 can: a cosine doesn't depend on it. Zeros, NaN, infinities
    and what is too short or too long for 32-bit floats have no direction.
    """
    import numpy as np

    with np.errstate(over="ignore", invalid="ignore", under="ignore"):
        squares = np.einsum("ij,ij->i", vectors, vectors)
    usable: npt.NDArray[np.bool_] = (squares >= SHORTEST**2) & (squares <= LONGEST**2)
    return usable
