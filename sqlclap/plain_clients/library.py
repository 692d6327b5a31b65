"""What other programs exchange vectors with, or find in a library: a part of `Library`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlclap.own_vectors.library import OwnVectorFiles

if TYPE_CHECKING:
    from sqlclap.plain_clients.neighbors import StoredNeighbors
    from sqlclap.plain_clients.queries import StoredQueries


class OtherPrograms(OwnVectorFiles):
    """Files of vectors, and what clients find that have no sqlclap."""

    @property
    def stored_queries(self) -> StoredQueries:
        """Queries kept as vectors: to make, to list, to remove."""
        from sqlclap.plain_clients.queries import StoredQueries

        return StoredQueries(self.session)

    @property
    def stored_neighbors(self) -> StoredNeighbors:
        """Neighbours kept as a table: to make, to bring up to date, to remove."""
        from sqlclap.plain_clients.neighbors import StoredNeighbors

        return StoredNeighbors(self.session)
