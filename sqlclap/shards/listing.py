"""Lists of a set's sounds: rows, orders by a column, folders and facets, as of one library.

Each shard tells of its own, and what they tell is merged: orders and counts are exact.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import numpy as np

from sqlclap.db.database import CachedByState, Snapshot
from sqlclap.db.samples import ListedSample, count_samples, list_with_columns
from sqlclap.errors import QueryError, UnknownFolderError
from sqlclap.search.facets import FacetCounts, FacetValue, count_facets
from sqlclap.search.folder_tree import FolderBelow, folders_below
from sqlclap.search.sorting import ids_in_order, in_order
from sqlclap.shards.filters import in_shards
from sqlclap.shards.ids import held_ids, told_ids
from sqlclap.shards.page_points import ask_here

if TYPE_CHECKING:
    from sqlclap.arrays import Int64Array
    from sqlclap.search.facets import Facet
    from sqlclap.search.request import Filter
    from sqlclap.search.sorting import SortOrder
    from sqlclap.shards.fleet import Missing
    from sqlclap.shards.reader import ShardReader
    from sqlclap.shards.session import SetSession

T = TypeVar("T")

_SAMPLES = CachedByState(count_samples)
"""Pages ask every few seconds: what hasn't changed isn't counted again."""

EVERY_VALUE = 2**31
OF_CATALOG = frozenset({"label", "collection"})
"""Facets by what is said in the catalog, which shards don't know."""


class Listed(NamedTuple):
    """Rows of a list.

    Attributes
    ----------
    rows : list of ListedSample
        With the set's ids.
    values : dict of int to tuple
        Columns by the set's ids.
    missing : tuple of Missing
    """

    rows: list[ListedSample]
    values: dict[int, tuple[Any, ...]]
    missing: tuple[Missing, ...]


def list_set_sounds(
    session: SetSession, sample_ids: Sequence[int], columns: Sequence[str]
) -> Listed:
    """Return sounds of a list of ids, in its order; see `sqlclap.db.samples.list_with_columns`.

    Raises
    ------
    QueryError
        ``samples`` has no such column.
    """
    wanted = np.array(sample_ids, dtype=np.int64)

    def read(reader: ShardReader) -> tuple[list[ListedSample], dict[int, tuple[Any, ...]]]:
        numbers = held_ids(reader.ids, wanted)
        told = reader.ids.told
        rows, values = list_with_columns(reader.database, numbers, columns)
        return (
            [one._replace(sample_id=told(one.sample_id)) for one in rows],
            {told(number): with_set_id(told(number), row) for number, row in values.items()},
        )

    def with_set_id(whole: int, row: tuple[Any, ...]) -> tuple[Any, ...]:
        pairs = zip(columns, row, strict=True)
        return tuple(whole if name == "sample_id" else one for name, one in pairs)

    found = ask_here(session, read)
    rows = {one.sample_id: one for part, _ in found.answers for one in part}
    values = {whole: row for _, part in found.answers for whole, row in part.items()}
    return Listed([rows[one] for one in sample_ids if one in rows], values, found.missing)


def set_ids_in_order(
    session: SetSession, order: SortOrder, sample_ids: Iterable[int] | None = None
) -> tuple[list[int], tuple[Missing, ...]]:
    """Return sounds in the order of a column; see `sqlclap.search.sorting.ids_in_order`.

    Those with the same value come by ascending id of the set.

    Raises
    ------
    QueryError
        ``samples`` has no such column.
    """
    wanted = None if sample_ids is None else np.array([*sample_ids], dtype=np.int64)

    def read(reader: ShardReader) -> tuple[Int64Array, list[Any]]:
        among = None if wanted is None else held_ids(reader.ids, wanted)
        numbers = ids_in_order(reader.database, order, among)
        return told_ids(reader.ids, np.array(numbers, dtype=np.int64)), _values(
            reader, numbers, order.column
        )

    found = ask_here(session, read)
    values = {
        whole: value
        for ids, part in found.answers
        for whole, value in zip(ids.tolist(), part, strict=True)
    }
    return in_order(values, values, order.descending), found.missing


def _values(reader: ShardReader, numbers: Sequence[int], column: str) -> list[Any]:
    from sqlclap.db.measured_columns import column_values

    if column == "sample_id":  # the library's own ids mean nothing in a set
        return [reader.ids.told(one) for one in numbers]
    rows = column_values(reader.database, numbers, (column,))
    return [rows[one][0] if one in rows else None for one in numbers]


def set_folders_below(
    session: SetSession, folder: str = ""
) -> tuple[tuple[FolderBelow, ...], tuple[Missing, ...]]:
    """Return the folders right below one; see `sqlclap.search.folder_tree.folders_below`."""
    found = ask_here(session, lambda reader: folders_below(reader.database, folder))
    together: dict[str, FolderBelow] = {}
    for one in (one for part in found.answers for one in part):
        before = together.get(one.path)
        samples = one.samples + (before.samples if before else 0)
        has_folders = one.has_folders or bool(before and before.has_folders)
        together[one.path] = FolderBelow(one.path, one.name, samples, has_folders)
    by_name = sorted(together.values(), key=lambda one: one.name.encode())
    return tuple(by_name), found.missing


def count_set_facets(
    session: SetSession, facets: Sequence[Facet], only: Filter, n: int
) -> tuple[list[FacetCounts], tuple[Missing, ...]]:
    """Count the sounds that pass a filter by facets; see `sqlclap.search.facets.count_facets`.

    Raises
    ------
    QueryError
        The filter can't be used, or a facet is by what is said in the catalog.
    UnknownFolderError
        The filter's folder is in no shard.
    """
    said = [one.name for one in facets if one.name in OF_CATALOG]
    if said:
        raise QueryError(f"a set's sounds are not counted by {said[0]}: its catalog lists those")
    asked = in_shards(session, only)

    def count(reader: ShardReader) -> list[FacetCounts] | UnknownFolderError:
        try:
            return count_facets(reader.session, facets, asked, EVERY_VALUE)
        except UnknownFolderError as error:
            return error

    found = ask_here(session, count)
    counted = [one for one in found.answers if isinstance(one, list)]
    if not counted:
        for one in found.answers:
            if isinstance(one, UnknownFolderError):
                raise one
    together = [
        _together(facet.name, [part[at] for part in counted], n) for at, facet in enumerate(facets)
    ]
    return together, found.missing


def _together(name: str, parts: Sequence[FacetCounts], n: int) -> FacetCounts:
    sounds: Counter[str | int] = Counter()
    for part in parts:
        for one in part.values:
            sounds[one.value] += one.sounds
    ordered = sorted(sounds.items(), key=lambda one: (-one[1], _as_sqlite(one[0])))
    values = tuple(FacetValue(value, count) for value, count in ordered)
    others = values[n:]
    return FacetCounts(
        facet=name,
        counted=sum(one.counted for one in parts),
        without=sum(one.without for one in parts),
        values=values[:n],
        other_values=len(others),
        other_sounds=sum(one.sounds for one in others),
    )


def _as_sqlite(value: str | int) -> tuple[int, int, bytes]:
    """Return a key by which values compare as in SQLite: numbers, then text by its bytes."""
    if isinstance(value, str):
        return 1, 0, value.encode("utf-8", "surrogatepass")
    return 0, value, b""


def count_set_sounds(session: SetSession) -> tuple[int, tuple[Missing, ...]]:
    """Count all sounds of the shards that can be asked."""

    def count(reader: ShardReader) -> int:
        with Snapshot(reader.database) as snapshot:
            return _SAMPLES.of(snapshot)

    found = ask_here(session, count)
    return sum(found.answers), found.missing
