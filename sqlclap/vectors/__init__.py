"""Vectors in sqlite-vec tables: codec, storage, exact search."""

from sqlclap.vectors.codec import UNIT_TOLERANCE, from_blob, pool_windows, to_blob
from sqlclap.vectors.exact import Neighbour, nearest
from sqlclap.vectors.models import (
    StoredModel,
    default_model,
    find_model,
    has_vectors,
    make_default,
    register_model,
)
from sqlclap.vectors.store import WindowVectors, replace_vectors, sample_vector

__all__ = [
    "UNIT_TOLERANCE",
    "Neighbour",
    "StoredModel",
    "WindowVectors",
    "default_model",
    "find_model",
    "from_blob",
    "has_vectors",
    "make_default",
    "nearest",
    "pool_windows",
    "register_model",
    "replace_vectors",
    "sample_vector",
    "to_blob",
]
