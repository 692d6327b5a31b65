"""What a set answers for many sounds at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlclap.counts import check_count
from sqlclap.errors import PartialAnswerError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sqlclap.search.duplicate_groups import DuplicateGroups
    from sqlclap.search.facets import FacetCounts
    from sqlclap.search.neighbors import Neighbors
    from sqlclap.search.request import Filter, SearchOptions
    from sqlclap.shards.session import SetSession


class SetManySounds:
    """Answers for many sounds at once: a part of `ShardSet`."""

    @property
    def session(self) -> SetSession:
        """What answers questions."""
        raise NotImplementedError

    def similar_many(
        self, sample_ids: Sequence[int], n: int = 10, exact: bool = False
    ) -> Neighbors:
        """Return the sounds that sound most like each of many; see `Library.similar_many`.

        Raises
        ------
        PartialAnswerError
            A shard can't be asked.
        """
        from sqlclap.search.neighbors import join_neighbors

        return join_neighbors([*self.neighbors_of(sample_ids, n, exact)], n)

    def neighbors_of(
        self, sample_ids: Sequence[int] | None = None, n: int = 10, exact: bool = False
    ) -> Iterator[Neighbors]:
        """Yield the same lot by lot, of some sounds or (None) of all; ids are the set's."""
        from sqlclap.shards.neighbors import SetNeighborsQuery

        query = SetNeighborsQuery(self.session, n, exact)
        return query.of_all() if sample_ids is None else query.of(sample_ids)

    def duplicates(
        self, threshold: float = 0.995, kinds: Sequence[str] = (), only: Filter | None = None
    ) -> DuplicateGroups:
        """Return groups of sounds of all shards that are the same, or nearly so.

        See `Library.duplicates`; ids are the set's, and so is the order in which sounds came in.

        Raises
        ------
        PartialAnswerError
            A shard can't be asked.
        """
        from sqlclap.shards.duplicates import SetDuplicates

        return SetDuplicates(self.session, threshold, kinds, only).found()

    def facets(
        self, facets: str, n: int = 10, options: SearchOptions | None = None
    ) -> list[FacetCounts]:
        """Return how many of all shards' sounds there are by folder, format, ...

        See `Library.facets`.

        Raises
        ------
        PartialAnswerError
            A shard can't be asked: what a part counts looks like the whole.
        """
        from sqlclap.search.facets import counted_filter, read_facets
        from sqlclap.search.request import SearchOptions
        from sqlclap.shards.listing import count_set_facets

        n = check_count(n, "a number of values")
        only = counted_filter(options or SearchOptions())
        counts, missing = count_set_facets(self.session, read_facets(facets), only, n)
        if missing:
            raise PartialAnswerError("; ".join(f"missing {one}" for one in missing))
        return counts
