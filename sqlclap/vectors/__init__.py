"""Vectors in sqlite-vec tables: codec, storage, exact search."""

from sqlclap.vectors.codec import (
    UNIT_TOLERANCE,
    from_blob,
    from_blobs,
    pool_windows,
    to_blob,
    unit_vector,
    usable_rows,
)
from sqlclap.vectors.exact import nearest
from sqlclap.vectors.fetch import (
    OwnVectors,
    count_own,
    own_vectors,
    unit_rows,
    vectors_of,
)
from sqlclap.vectors.models import (
    StoredModel,
    default_model,
    find_model,
    has_vectors,
    list_models,
    make_default,
    register_model,
)
from sqlclap.vectors.scoring import Scored, score_embeddings, score_known, score_samples
from sqlclap.vectors.skipped import (
    SkippedVector,
    count_unusable,
    describe_skipped,
    look_for_skipped,
    skipped_vectors,
    tell_of_skipped,
)
from sqlclap.vectors.store import WindowVectors, replace_vectors, sample_vector

__all__ = [
    "UNIT_TOLERANCE",
    "OwnVectors",
    "Scored",
    "SkippedVector",
    "StoredModel",
    "WindowVectors",
    "count_own",
    "count_unusable",
    "default_model",
    "describe_skipped",
    "find_model",
    "from_blob",
    "from_blobs",
    "has_vectors",
    "list_models",
    "look_for_skipped",
    "make_default",
    "nearest",
    "own_vectors",
    "pool_windows",
    "register_model",
    "replace_vectors",
    "sample_vector",
    "score_embeddings",
    "score_known",
    "score_samples",
    "skipped_vectors",
    "tell_of_skipped",
    "to_blob",
    "unit_rows",
    "unit_vector",
    "usable_rows",
    "vectors_of",
]
