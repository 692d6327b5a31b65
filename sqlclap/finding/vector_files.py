"""Vectors from elsewhere as terms: read from a file, and compared by the model that made them."""

from __future__ import annotations

import json

from sqlclap.db.stored_models import StoredModel
from sqlclap.errors import QueryError
from sqlclap.finding.query import Query, Term
from sqlclap.homes import expand_home

WEIGHT = 1.0


def read_vector_term(file: str, space: str | None, weight: float = WEIGHT) -> Term:
    """Read a ``.npy`` file of one vector.

    Parameters
    ----------
    file : str
        An array of shape (numbers,) or (1, numbers); pickles are never read.
    space : str or None
        The model that made it: such a file doesn't say.
    weight : float

    Raises
    ------
    QueryError
        It can't be read, holds something else, or no space is named.
    """
    import numpy as np

    if space is None:
        raise QueryError(
            f"{file} doesn't say which model made it: name that model with --space, such as "
            "--space clap-htsat-fused; vectors of two models can't be compared, even where they "
            "are equally long"
        )
    try:
        array = np.load(expand_home(file), allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        reason = getattr(error, "strerror", None) or "it is no array of NumPy, or is cut off"
        raise QueryError(f"{file} can't be read: {reason}") from error
    if not isinstance(array, np.ndarray) or array.dtype.kind not in "fiu":
        raise QueryError(f"{file}: expected an array of numbers, such as numpy.save writes")
    if array.ndim == 2 and len(array) == 1:
        array = array[0]
    if array.ndim != 1:
        raise QueryError(f"{file}: expected one vector, got an array of shape {array.shape}")
    return Query().toward(array, weight, space=space).terms[0]


def refuse_other_space(term: Term, model: StoredModel) -> None:
    """Refuse a vector that is said to be another model's.

    A space is called by the model's name, its version, or the source that its contract states.

    Raises
    ------
    QueryError
    """
    names = (model.name, model.model_version, _source(model.contract))
    if term.space is None or term.space in names:
        return
    raise QueryError(
        f"the vector is of {term.space!r}, and those that it would be compared with are of "
        f"{model.name} ({model.model_version}): vectors of two models can't be compared; embed "
        f"the sound with {model.name}, or ask a library whose model is {term.space}"
    )


def _source(contract: str) -> str | None:
    try:
        found = json.loads(contract)
    except (TypeError, ValueError, RecursionError):  # another program may have written it
        return None
    source = found.get("source") if isinstance(found, dict) else None
    return source if isinstance(source, str) and source != "declared" else None
