"""Vectors as BLOBs and back: float32, little-endian, as sqlite-vec reads them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlclap.errors import QueryError

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Vector = npt.NDArray[np.float32]

UNIT_TOLERANCE = 1e-3
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

    Raises
    ------
    QueryError
        A blob is not ``4 * dim`` bytes long.
    """
    import numpy as np

    joined = b"".join(blobs)
    if len(joined) != 4 * dim * len(blobs):
        raise QueryError(f"expected vectors of {dim} floats ({4 * dim} bytes each)")
    return np.frombuffer(joined, dtype="<f4").reshape(-1, dim).astype(np.float32)
