"""One model's index as an object: what `Library.index` gives."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlclap.ann.build import Way, build_index
from sqlclap.ann.generation import Site
from sqlclap.ann.inspection import IndexStatus, IndexVerdict, index_status, verify_index
from sqlclap.ann.meta import IndexMeta
from sqlclap.ann.policy import IndexParams
from sqlclap.ann.upkeep import drop_index, refresh_index
from sqlclap.library import read_transaction
from sqlclap.library.failures import clear_errors_of
from sqlclap.progress import ProgressListener
from sqlclap.vectors import StoredModel

if TYPE_CHECKING:
    from sqlclap.library.database import Database


@clear_errors_of(lambda index: index._site.connection.filename)
class LibraryIndex:
    """The index of a model beside its library.

    Parameters
    ----------
    connection : Database
        Open for writing, to build or drop.
    model : StoredModel
    params : IndexParams, optional
    """

    def __init__(
        self, connection: Database, model: StoredModel, params: IndexParams | None = None
    ) -> None:
        self._site = Site(connection, model, params or IndexParams())

    def build(self, way: Way = "auto", listener: ProgressListener | None = None) -> IndexMeta:
        """Bring the index up to date, however small the library; see `build_index`."""
        return build_index(self._site, way, listener)

    def refresh(self, listener: ProgressListener | None = None) -> IndexMeta | None:
        """Build it, or let it catch up, if that is worth it; see `refresh_index`."""
        return refresh_index(self._site, listener)

    def status(self) -> IndexStatus:
        """Return its state."""
        return index_status(self._site.connection, self._site.model)

    def verify(self) -> IndexVerdict:
        """Compare all of it with the stored vectors; see `verify_index`."""
        with read_transaction(self._site.connection):
            return verify_index(self._site.connection, self._site.model)

    def drop(self) -> int:
        """Remove it; searches are exact, and the library loses nothing."""
        return drop_index(self._site)
