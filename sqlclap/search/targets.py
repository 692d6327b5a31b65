"""Targets of searches: texts, sounds by any name, and vectors of the caller."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, cast

from sqlclap.db.samples import Sample
from sqlclap.db.stored_models import default_model
from sqlclap.errors import QueryError
from sqlclap.search.background import Backgrounds
from sqlclap.search.judgement import judge_text_vector
from sqlclap.search.query import (
    rank_by_vector,
    search_embedded,
    search_sample,
    search_sound,
    search_words,
)
from sqlclap.search.request import Target, resolve_target

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from sqlclap.arrays import Float32Array
    from sqlclap.db.stored_models import StoredModel
    from sqlclap.search.request import Request
    from sqlclap.search.results import Matches
    from sqlclap.session import Session

    Vector = npt.NDArray[Any] | Sequence[float]


def is_vector(query: object) -> bool:
    """Whether a query is an array or a list of numbers, not a number of numpy's."""
    return isinstance(query, list | tuple) or getattr(query, "ndim", 0) > 0


def as_query_vector(value: Any, model: StoredModel) -> Float32Array:
    """Check a vector and scale it to length 1.

    Parameters
    ----------
    value : array_like [shape=(dim,)]
        Numbers of any type and length; what counts is their direction.
    model : StoredModel

    Returns
    -------
    np.ndarray [shape=(dim,), dtype=float32]

    Raises
    ------
    QueryError
        It has another shape, holds what is no finite number, or is zero.
    """
    import numpy as np

    try:
        vector = np.asarray(value)
    except (TypeError, ValueError) as error:  # lists of several lengths
        raise QueryError(f"expected a vector of {model.dim} numbers: {error}") from error
    if vector.dtype.kind not in "fiu":
        raise QueryError(f"expected a vector of numbers, got an array of {vector.dtype}")
    if vector.shape != (model.dim,):
        raise QueryError(
            f"expected a vector of {model.dim} numbers, as {model.name} makes them: shape "
            f"({model.dim},); got shape {vector.shape}"
        )
    exact = vector.astype(np.float64)
    if not np.isfinite(exact).all():
        raise QueryError("expected a vector of finite numbers, got one with NaN or infinity")
    largest = float(np.abs(exact).max())
    if largest == 0:
        raise QueryError("expected a vector with a direction, got zeros")
    exact = exact / largest  # so that squares neither vanish nor overflow
    unit: Float32Array = (exact / np.linalg.norm(exact)).astype(np.float32)
    return unit


def search_described(session: Session, query: str | Vector, request: Request) -> Matches:
    """Return the samples that words, or a vector of words, describe best; see `Library.search`."""
    if isinstance(query, str):
        return search_words(session, query, request)
    model = session.query_model
    vector = as_query_vector(query, model.stored)
    background = session.cache(Backgrounds).of(session.database, model.stored, model.encoder)
    judge = partial(judge_text_vector, model.encoder, background, vector)
    return rank_by_vector(session, model.stored, vector, request, judge)


def search_similar(session: Session, sound: Target | Vector, request: Request) -> Matches:
    """Return the samples that sound most like a sound, or lie nearest; see `Library.similar`."""
    database = session.database
    default_model(database)  # an empty library is told before a sound is looked for
    if is_vector(sound):
        model = session.model
        return search_embedded(session, model, as_query_vector(sound, model), request)
    target = resolve_target(database, cast("Target", sound))
    if isinstance(target, Sample):
        return search_sample(session, target, request)
    return search_sound(session, target, request)
