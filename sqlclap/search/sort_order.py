"""The search option ``sort``: a column of ``samples``, or the score, by which sounds come."""

from __future__ import annotations

from dataclasses import dataclass

from sqlclap.descriptor_columns import is_samples_column
from sqlclap.errors import QueryError

SCORE = "score"

ENDS = {"asc": False, "desc": True}


@dataclass(frozen=True)
class SortOrder:
    """An order of sounds.

    Attributes
    ----------
    column : str
        Of ``samples``, or "score".
    descending : bool
    """

    column: str
    descending: bool


def read_sort(text: str) -> SortOrder:
    """Read ``COLUMN``, ``COLUMN:desc`` or ``COLUMN:asc``; scores come highest first by default.

    >>> read_sort("duration_s:desc"), read_sort("score")
    (SortOrder(column='duration_s', descending=True), SortOrder(column='score', descending=True))

    Raises
    ------
    QueryError
    """
    column, _, end = (part.strip() for part in text.partition(":"))
    if not is_samples_column(column) or (end and end not in ENDS):
        raise QueryError(
            f"expected a column to sort by, such as duration_s, path:desc or score; got {text!r}"
        )
    return SortOrder(column, ENDS.get(end, column == SCORE))
