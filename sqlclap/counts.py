"""Numbers of things that are asked for."""

from __future__ import annotations

import operator

from sqlclap.errors import QueryError, SqlclapError


def check_count(n: int, noun: str, least: int = 1, error: type[SqlclapError] = QueryError) -> int:
    """Check a number of things that is asked for, such as a number of results, and return it.

    Parameters
    ----------
    n : int
        numpy's whole numbers are taken as well.
    noun : str
        What the message calls it, with its article.
    least : int
    error : type
        What is raised.

    Raises
    ------
    QueryError
        Or what `error` names: `n` is less, or no whole number.
    """
    try:
        whole = operator.index(n)
    except TypeError:
        whole = None
    if whole is None or whole < least:
        raise error(f"expected {noun} of at least {least}, got {n}")
    return whole
