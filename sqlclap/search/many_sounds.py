"""What a library answers for many sounds at once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from sqlclap.db.sqlite_errors import TranslatesErrors

if TYPE_CHECKING:
    from sqlclap.search.duplicate_groups import DuplicateGroups
    from sqlclap.search.facets import FacetCounts
    from sqlclap.search.neighbors import Neighbors
    from sqlclap.search.request import Filter, SearchOptions
    from sqlclap.session import Session


class ManySounds(TranslatesErrors):
    """Answers for many sounds at once: a part of `Library`."""

    session: Session

    def similar_many(
        self, sample_ids: Sequence[int], n: int = 10, exact: bool = False
    ) -> Neighbors:
        """Return the sounds that sound most like each of many; faster than as many `similar`.

        Parameters
        ----------
        sample_ids : sequence of int
        n : int
            Neighbours of each, 1 to 1,000.
        exact : bool
            Compare all vectors, whether there is an index or not.

        Raises
        ------
        UnknownSoundError
            The library has no such sample.
        QueryError
            `n` is below 1 or above 1,000.
        NoVectorsError
            The library is empty.
        """
        from sqlclap.search.neighbors import join_neighbors

        return join_neighbors([*self.neighbors_of(sample_ids, n, exact)], n)

    def facets(
        self, facets: str, n: int = 10, options: SearchOptions | None = None
    ) -> list[FacetCounts]:
        """Return how many of the sounds that pass the filters there are by folder, format, ...

        Parameters
        ----------
        facets : str
            Such as ``"folder,format"``; `sqlclap.search.facets.FACETS` has them all. Of folders,
            those right below ``options.folder`` are counted, each with all that lies below it.
        n : int
            How many values of each are told: those of most sounds.
        options : SearchOptions, optional
            Filters. What a ranking asks for is refused: it has no end, so that all are counted.

        Raises
        ------
        QueryError
            There is no such facet, `n` is below 1, or an option is no filter or can't be used.
        """
        from sqlclap.search.facets import count_facets, counted_filter, read_facets
        from sqlclap.search.request import SearchOptions

        only = counted_filter(options or SearchOptions())
        return count_facets(self.session, read_facets(facets), only, n)

    def neighbors_of(
        self, sample_ids: Sequence[int] | None = None, n: int = 10, exact: bool = False
    ) -> Iterator[Neighbors]:
        """Yield the same lot by lot, of some sounds or (None) of all, in one state of the library.

        See `similar_many`.
        """
        from sqlclap.search.neighbors import NeighborsQuery
        from sqlclap.search.planner import Planner

        session = self.session
        planner = session.cache(Planner)
        query = NeighborsQuery(planner, session.database, session.model, n, exact)
        return query.of_all() if sample_ids is None else query.of(sample_ids)

    def duplicates(
        self, threshold: float = 0.995, kinds: Sequence[str] = (), only: Filter | None = None
    ) -> DuplicateGroups:
        """Return groups of sounds that are the same, or nearly so; largest first.

        In tables and data frames they are a sound a row.

        Parameters
        ----------
        threshold : float
            Cosine similarity from which two sounds count as near-duplicates.
        kinds : sequence of str
            How they may be alike: "copy", "format", "near", "length", "level"; all by default.
        only : Filter, optional
            Which sounds are looked at.

        Raises
        ------
        QueryError
            `threshold` is not between 0 and 1, there is no such kind, or a filter can't be used.
        NoVectorsError
        """
        from sqlclap.search.duplicate_groups import DuplicateGroups
        from sqlclap.search.duplicate_kinds import KINDS
        from sqlclap.search.duplicates import find_duplicates
        from sqlclap.search.planner import Planner

        session, passing = self.session, None
        if only is not None and not only.is_empty:
            filters = session.cache(Planner).filters
            passing = {*filters.sample_ids(session.database, only).tolist()}
        found = find_duplicates(session.database, session.model, threshold, kinds or KINDS, passing)
        return DuplicateGroups(found)
