"""Lists of a library's sounds, or of all of a set's with the shards that are missing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from datasette_sqlclap.sets.whole_set import WholeSet

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlclap.db.samples import ListedSample
    from sqlclap.search.facets import Facet, FacetCounts
    from sqlclap.search.folder_tree import FolderBelow
    from sqlclap.search.request import Filter
    from sqlclap.search.sorting import SortOrder
    from sqlclap.session import Session
    from sqlclap.shards.fleet import Missing

Gone = tuple["Missing", ...]


def list_with_columns(
    session: Session, sample_ids: Sequence[int], columns: Sequence[str]
) -> tuple[list[ListedSample], dict[int, tuple[Any, ...]], Gone]:
    """Return sounds of a list of ids, and columns of them; see `sqlclap.db.samples`."""
    if isinstance(session, WholeSet):
        from sqlclap.shards.listing import list_set_sounds

        return list_set_sounds(session.asked, sample_ids, columns)
    from sqlclap.db.samples import list_with_columns as of_library

    return *of_library(session.database, sample_ids, columns), ()


def ids_in_order(
    session: Session, order: SortOrder, sample_ids: Sequence[int] | None
) -> tuple[list[int], Gone]:
    """Return ids in the order of a column; see `sqlclap.search.sorting`."""
    if isinstance(session, WholeSet):
        from sqlclap.shards.listing import set_ids_in_order

        return set_ids_in_order(session.asked, order, sample_ids)
    from sqlclap.search.sorting import ids_in_order as of_library

    return of_library(session.database, order, sample_ids), ()


def folders_below(session: Session, folder: str) -> tuple[tuple[FolderBelow, ...], Gone]:
    """Return the folders right below one; see `sqlclap.search.folder_tree`."""
    if isinstance(session, WholeSet):
        from sqlclap.shards.listing import set_folders_below

        return set_folders_below(session.asked, folder)
    from sqlclap.search.folder_tree import folders_below as of_library

    return of_library(session.database, folder), ()


def count_facets(
    session: Session, facets: Sequence[Facet], only: Filter, n: int
) -> tuple[list[FacetCounts], Gone]:
    """Count the sounds that pass a filter by facets; see `sqlclap.search.facets`."""
    if isinstance(session, WholeSet):
        from sqlclap.shards.listing import count_set_facets

        return count_set_facets(session.asked, facets, only, n)
    from sqlclap.search.facets import count_facets as of_library

    return of_library(session, facets, only, n), ()
