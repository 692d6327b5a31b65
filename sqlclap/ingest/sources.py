"""The sources of a library: the class behind `Library.sources`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from sqlclap.db.sources import Source, change_source, find_source, list_sources, remove_source
from sqlclap.db.statements import write_transaction
from sqlclap.ingest.scan import check_patterns
from sqlclap.session import LibraryPart

if TYPE_CHECKING:
    from sqlclap.ingest.relocate import RelocateOptions, RelocateReport
    from sqlclap.progress import ProgressListener


class LibrarySources(LibraryPart):
    """The folders and files that a library was filled from.

    Parameters
    ----------
    session : Session
    """

    def list(self) -> Sequence[Source]:
        """Return all sources, by root."""
        return list_sources(self._session.database)

    def find(self, folder: str | Path) -> Source:
        """Return the source of a folder.

        Raises
        ------
        UnknownSourceError
            The folder is no source.
        """
        return find_source(self._session.database, folder)

    def exclude(self, folder: str | Path, patterns: Iterable[str] = ()) -> Source:
        """Set the patterns that a source skips from now on; no patterns means nothing is skipped.

        Samples that match stay until an ingest prunes.

        Raises
        ------
        UnknownSourceError
            The folder is no source.
        IngestError
            A pattern says nothing.
        """
        checked = check_patterns(patterns)
        with write_transaction(self._session.database) as connection:
            return change_source(connection, find_source(connection, folder), exclude=checked)

    def remove(self, folder: str | Path) -> int:
        """Remove a source with its samples, and return how many those were.

        Their vectors and tags go; files are never touched. Anchors and votes come back with the
        same sounds.

        Raises
        ------
        UnknownSourceError
            The folder is no source.
        """
        with write_transaction(self._session.database) as connection:
            return remove_source(connection, find_source(connection, folder))

    def relocate(
        self,
        old: str | Path,
        new: str | Path,
        options: RelocateOptions | None = None,
        listener: ProgressListener | None = None,
    ) -> RelocateReport:
        """Let samples follow their files to another folder; see `sqlclap.ingest.relocate`."""
        from sqlclap.ingest.relocate import relocate

        return relocate(self._session.database, old, new, options, listener)
