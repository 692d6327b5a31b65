"""The order of answers by a column of ``samples``, or by score, instead of best first."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sqlclap.db.exact import Scored
from sqlclap.db.measured_columns import column_values, sample_columns
from sqlclap.db.vectors import count_own
from sqlclap.errors import QueryError
from sqlclap.search.results import Answer
from sqlclap.search.sort_order import SCORE

if TYPE_CHECKING:
    from sqlclap.db.database import Database
    from sqlclap.search.ranking import Ranking
    from sqlclap.search.request import Request
    from sqlclap.search.sort_order import SortOrder

_KINDS: dict[type, int] = {str: 1, bytes: 2}
_EVERY = """
SELECT sample_id FROM samples ORDER BY "{0}" IS NULL, "{0}" COLLATE BINARY {1}, sample_id
"""
MANY = 100_000
"""Of so many samples, all are sorted, and the others left out."""


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
    values = _values(database, found, order.column)
    by_id = {one.sample_id: one for one in found}
    return [by_id[sample_id] for sample_id in in_order(by_id, values, order.descending)]


def ids_in_order(
    database: Database, order: SortOrder, sample_ids: Iterable[int] | None = None
) -> list[int]:
    """Return sample ids in the order of a column of ``samples``, each once; see `nearest_in_order`.

    Parameters
    ----------
    database : Database
    order : SortOrder
    sample_ids : iterable of int, optional
        All samples by default; ids that there aren't are left out.

    Raises
    ------
    QueryError
        ``samples`` has no such column.
    """
    wanted = None if sample_ids is None else {*sample_ids}
    if wanted is None or len(wanted) >= MANY:
        every = _every_in_order(database, order)
        return every if wanted is None else [one for one in every if one in wanted]
    found = column_values(database, wanted, (order.column,))
    values = {sample_id: value for sample_id, (value,) in found.items()}
    return in_order(values, values, order.descending)


def _every_in_order(database: Database, order: SortOrder) -> list[int]:
    """Have SQLite sort all samples, which takes a third of the time of sorting them here."""
    column_values(database, (), (order.column,))  # tells of columns that there aren't
    sql = _EVERY.format(order.column, "DESC" if order.descending else "ASC")
    return [sample_id for (sample_id,) in database.execute(sql)]


def in_order(sample_ids: Iterable[int], values: Mapping[int, Any], descending: bool) -> list[int]:
    """Return ids by their values, each once: equal ones by ascending id, those without one last."""
    by_id = sorted(sample_ids)
    known = [one for one in by_id if values.get(one) is not None]
    unknown = [one for one in by_id if values.get(one) is None]
    # A stable sort: reversed, it leaves those with the same value as they are.
    known.sort(key=lambda one: comparable(values[one]), reverse=descending)
    return [*known, *unknown]


def comparable(value: Any) -> tuple[int, Any]:
    """Return a key by which values compare as in SQLite: numbers, then text, then bytes."""
    return _KINDS.get(type(value), 0), value


def _values(database: Database, found: list[Scored], column: str) -> dict[int, Any]:
    if column == SCORE:
        return {one.sample_id: one.score for one in found}
    check_column(database, column)
    rows = column_values(database, (one.sample_id for one in found), (column,))
    return {sample_id: value for sample_id, (value,) in rows.items()}


def check_column(database: Database, column: str) -> None:
    """Check that ``samples`` has a column.

    Raises
    ------
    QueryError
    """
    there = sample_columns(database)
    if column not in there:
        raise QueryError(f"no column {column!r} to sort by: expected score, {', '.join(there)}")
