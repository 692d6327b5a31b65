"""What shards are asked for lists: rows, orders by a column, folders, counts.

As `sqlclap.shards.jobs`: values that can travel to the node that has the shard.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from sqlclap.curation.keeping import kept_of, kept_order
from sqlclap.db.database import CachedByState, Snapshot
from sqlclap.db.measured_columns import column_values
from sqlclap.db.samples import ListedSample, count_samples, list_with_columns
from sqlclap.db.statements import read_transaction
from sqlclap.errors import QueryError, UnknownFolderError
from sqlclap.search.contents import find_samples
from sqlclap.search.facets import FACETS, FacetCounts, count_facets
from sqlclap.search.folder_tree import FolderBelow, folders_below
from sqlclap.search.sorting import ids_in_order
from sqlclap.shards.ids import held_ids, told_ids
from sqlclap.shards.said_facets import IN_SHARDS

if TYPE_CHECKING:
    from sqlclap.arrays import Int64Array
    from sqlclap.curation.keeping import KeptSample
    from sqlclap.search.request import Filter
    from sqlclap.search.sort_order import SortOrder
    from sqlclap.shards.reader import ShardReader
    from sqlclap.shards.said_facets import SaidOfSounds

_SAMPLES = CachedByState(count_samples)
"""Pages ask every few seconds: what hasn't changed isn't counted again."""

EVERY_VALUE = 2**31


@dataclass(frozen=True, eq=False)
class ListSounds:
    """List some sounds of the set, with columns of them."""

    set_ids: Int64Array
    columns: tuple[str, ...]

    def __call__(
        self, reader: ShardReader
    ) -> tuple[list[ListedSample], dict[int, tuple[Any, ...]]]:
        """Return rows and columns of those that lie here, with the set's ids."""
        told = reader.ids.told
        numbers = held_ids(reader.ids, self.set_ids)
        rows, values = list_with_columns(reader.database, numbers, self.columns)
        return (
            [one._replace(sample_id=told(one.sample_id)) for one in rows],
            {told(number): self._with_set_id(told(number), row) for number, row in values.items()},
        )

    def _with_set_id(self, whole: int, row: tuple[Any, ...]) -> tuple[Any, ...]:
        pairs = zip(self.columns, row, strict=True)
        return tuple(whole if name == "sample_id" else one for name, one in pairs)


@dataclass(frozen=True, eq=False)
class OrderSounds:
    """Put a shard's sounds in order by a column; all, or some of the set."""

    order: SortOrder
    set_ids: Int64Array | None

    def __call__(self, reader: ShardReader) -> tuple[Int64Array, list[Any]]:
        """Return their ids in the set, and what they are ordered by."""
        among = None if self.set_ids is None else held_ids(reader.ids, self.set_ids)
        numbers = ids_in_order(reader.database, self.order, among)
        ids = told_ids(reader.ids, np.array(numbers, dtype=np.int64))
        return ids, self._values(reader, numbers)

    def _values(self, reader: ShardReader, numbers: Sequence[int]) -> list[Any]:
        column = self.order.column
        if column == "sample_id":  # the library's own ids mean nothing in a set
            return [reader.ids.told(one) for one in numbers]
        rows = column_values(reader.database, numbers, (column,))
        return [rows[one][0] if one in rows else None for one in numbers]


@dataclass(frozen=True)
class FoldersBelow:
    """List the folders right below one."""

    folder: str

    def __call__(self, reader: ShardReader) -> tuple[FolderBelow, ...]:
        """Return them."""
        return folders_below(reader.database, self.folder)


@dataclass(frozen=True, eq=False)
class CountFacets:
    """Count the sounds that pass a filter by facets, which are named."""

    facets: tuple[str, ...]
    only: Filter
    said: SaidOfSounds | None = None

    def __call__(self, reader: ShardReader) -> list[FacetCounts] | UnknownFolderError:
        """Return all values; the error where the filter's folder or site is none of the shard."""
        unknown = [one for one in self.facets if one not in FACETS]
        if unknown:
            raise QueryError(f"there is no facet {unknown[0][:60]!r}")
        facets = [IN_SHARDS.get(one, FACETS[one]) for one in self.facets]
        try:
            told = None if self.said is None else self.said.bindings(reader)
            return count_facets(reader.session, facets, self.only, EVERY_VALUE, told)
        except UnknownFolderError as error:
            return error


@dataclass(frozen=True)
class CountSounds:
    """Count a shard's sounds."""

    def __call__(self, reader: ShardReader) -> int:
        """Return the number."""
        with Snapshot(reader.database) as snapshot:
            return _SAMPLES.of(snapshot)


@dataclass(frozen=True, eq=False)
class PassingSounds:
    """Find the sounds of a shard that pass filters."""

    filters: tuple[Filter, ...]

    def __call__(self, reader: ShardReader) -> tuple[Int64Array, ...] | UnknownFolderError:
        """Return the set's ids by filters; the error where a folder or site is none of the shard.

        All are of one state of the library.
        """
        try:
            with read_transaction(reader.database):
                found = [find_samples(reader.session, one).sample_ids for one in self.filters]
        except UnknownFolderError as error:
            return error
        return tuple(told_ids(reader.ids, one) for one in found)


@dataclass(frozen=True, eq=False)
class KeptOf:
    """Tell what is kept of some sounds of the set."""

    set_ids: Int64Array

    def __call__(self, reader: ShardReader) -> dict[int, KeptSample]:
        """Return it by the set's ids."""
        kept = kept_of(reader.database, held_ids(reader.ids, self.set_ids))
        return {reader.ids.told(one.sample_id): one for one in kept}


KEPT_ORDERS = ("curation/favourites", "curation/rated", "curation/noted", "curation/recent")


@dataclass(frozen=True)
class KeptOrder:
    """List the sounds of which something is kept, such as the favourites.

    Attributes
    ----------
    name : str
        One of `KEPT_ORDERS`.
    bindings : tuple
    """

    name: str
    bindings: tuple[object, ...] = ()

    def __call__(self, reader: ShardReader) -> list[tuple[int, Any]]:
        """Return the set's ids, and what they are ordered by."""
        if self.name not in KEPT_ORDERS:
            raise QueryError(f"there is no list {self.name[:60]!r}")
        rows = kept_order(reader.database, self.name, self.bindings)
        return [(reader.ids.told(number), key) for number, key in rows]


LISTING_JOBS = (
    *(ListSounds, OrderSounds, FoldersBelow, CountFacets, CountSounds),
    *(KeptOf, KeptOrder, PassingSounds),
)
