"""Lists of a set's sounds: rows, orders by a column, folders and facets, as of one library.

Each shard tells of its own, and what they tell is merged: orders and counts are exact.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import numpy as np

from sqlclap.db.samples import ListedSample
from sqlclap.search.facets import FacetCounts, FacetValue
from sqlclap.search.folder_tree import FolderBelow
from sqlclap.search.sorting import in_order
from sqlclap.shards.asking import answered
from sqlclap.shards.filters import in_shards
from sqlclap.shards.lacking_tags import shards_lacking_tags
from sqlclap.shards.listing_jobs import (
    CountFacets,
    CountSounds,
    FoldersBelow,
    ListSounds,
    OrderSounds,
)
from sqlclap.shards.said_facets import said_for

if TYPE_CHECKING:
    from sqlclap.search.facets import Facet
    from sqlclap.search.request import Filter
    from sqlclap.search.sort_order import SortOrder
    from sqlclap.shards.missing import Missing
    from sqlclap.shards.session import SetSession

T = TypeVar("T")


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
    found = session.fleet.ask(session.shards, ListSounds(wanted, tuple(columns)))
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
    found = session.fleet.ask(session.shards, OrderSounds(order, wanted))
    values = {
        whole: value
        for ids, part in found.answers
        for whole, value in zip(ids.tolist(), part, strict=True)
    }
    return in_order(values, values, order.descending), found.missing


def set_folders_below(
    session: SetSession, folder: str = ""
) -> tuple[tuple[FolderBelow, ...], tuple[Missing, ...]]:
    """Return the folders right below one; see `sqlclap.search.folder_tree.folders_below`."""
    found = session.fleet.ask(session.shards, FoldersBelow(folder))
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
        The filter can't be used.
    UnknownFolderError
        The filter's folder is in no shard.
    """
    names = tuple(one.name for one in facets)
    job = CountFacets(names, in_shards(session, only), said_for(session, facets))
    found = session.fleet.ask(session.shards, job)
    counted = answered(found.answers)
    together = [
        _together(facet.name, [part[at] for part in counted], n) for at, facet in enumerate(facets)
    ]
    by_label = any(one.name == "label" for one in facets)
    lacking = shards_lacking_tags(session, None if by_label else [only.label])
    return together, (*found.missing, *lacking)


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
    found = session.fleet.ask(session.shards, CountSounds())
    return sum(found.answers), found.missing
