"""The order of answers by a column of ``samples``, or by score, instead of best first."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from sqlclap.db.exact import Scored
from sqlclap.db.measured_columns import sample_columns
from sqlclap.db.statements import columns_statement
from sqlclap.db.vectors import count_own
from sqlclap.descriptor_columns import is_column_name
from sqlclap.errors import QueryError
from sqlclap.search.results import Answer

if TYPE_CHECKING:
    from sqlclap.db.database import Database
    from sqlclap.search.ranking import Ranking
    from sqlclap.search.request import Request

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
    if not is_column_name(column) or (end and end not in ENDS):
        raise QueryError(
            f"expected a column to sort by, such as duration_s, path:desc or score; got {text!r}"
        )
    return SortOrder(column, ENDS.get(end, column == SCORE))


def nearest_in_order(
    database: Database, ranking: Ranking, request: Request, order: SortOrder
) -> Answer:
    """Return what a request asks for in another order; see `Ranking.nearest`.

    All sounds that the filter and the least score let through are put in order, so that pages of
    any depth join up. Sounds with the same value come by ascending id, those without one last.

    Raises
    ------
    QueryError
        ``samples`` has no such column.
    """
    everything = max(1, count_own(database, ranking.model))
    answer = ranking.nearest(database, replace(request, limit=everything, offset=0, sort=None))
    in_order = _sorted(database, answer.nearest, order)
    page = in_order[request.offset : request.offset + request.limit]
    return answer._replace(nearest=page)


def _sorted(database: Database, found: list[Scored], order: SortOrder) -> list[Scored]:
    """Put sounds in order."""
    by_id = sorted(found, key=lambda one: one.sample_id)
    values = _values(database, by_id, order.column)
    known = [one for one in by_id if values.get(one.sample_id) is not None]
    unknown = [one for one in by_id if values.get(one.sample_id) is None]
    # A stable sort: reversed, it leaves those with the same value as they are.
    known.sort(key=_comparable(values), reverse=order.descending)
    return [*known, *unknown]


def _comparable(values: dict[int, Any]) -> Callable[[Scored], tuple[int, Any]]:
    """Return the key of a value as SQLite compares: numbers, then text, then bytes."""
    kinds: dict[type, int] = {str: 1, bytes: 2}
    return lambda one: (kinds.get(type(values[one.sample_id]), 0), values[one.sample_id])


def _values(database: Database, found: list[Scored], column: str) -> dict[int, Any]:
    if column == SCORE:
        return {one.sample_id: one.score for one in found}
    check_column(database, column)
    ids = json.dumps([one.sample_id for one in found])
    return dict(database.execute(columns_statement("search/sort_values", (column,)), (ids,)))


def check_column(database: Database, column: str) -> None:
    """Check that ``samples`` has a column.

    Raises
    ------
    QueryError
    """
    there = sample_columns(database)
    if column not in there:
        raise QueryError(f"no column {column!r} to sort by: expected score, {', '.join(there)}")
