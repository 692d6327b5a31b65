"""The attached tables of a library: to add, to look at, to bring up to date, to take away."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from sqlclap.arrays import plain_number
from sqlclap.attach.attachment import (
    AttachedTable,
    Attachment,
    add_attachment,
    as_stored,
    folded,
    list_attachments,
)
from sqlclap.attach.follow import FollowReport, check_root, follow_tables, preview
from sqlclap.attach.row_keys import row_names
from sqlclap.attach.user_rows import absolute_table, open_table, with_key
from sqlclap.db.sources import add_source, list_sources
from sqlclap.db.statements import statement, write_transaction
from sqlclap.errors import AttachError
from sqlclap.homes import expand_home
from sqlclap.quantities import typed
from sqlclap.session import LibraryPart

if TYPE_CHECKING:
    from sqlclap.attach.detach import DetachReport
    from sqlclap.db.database import Database
    from sqlclap.db.samples import RowKey
    from sqlclap.progress import ProgressListener


class Attachments(LibraryPart):
    """The tables of other databases whose rows a library follows.

    Parameters
    ----------
    session : Session
    """

    def list(self) -> Sequence[Attachment]:
        """Return the attached tables."""
        return list_attachments(self._session.database)

    def add(
        self,
        table: AttachedTable,
        root: str | Path | None = None,
        listener: ProgressListener | None = None,
    ) -> FollowReport:
        """Attach a table; `Library.ingest` then takes in the sounds of its rows.

        Parameters
        ----------
        table : AttachedTable
            An empty `key` stands for the primary key.
        root : str or Path, optional
            Folder that paths are below; by default the database's.
        listener : ProgressListener, optional

        Raises
        ------
        AttachError
            The table or a column isn't there, its key doesn't tell rows apart, or it is attached.
        LibraryError
            A database can't be opened.
        """
        database = self._session.database
        wanted, folder = checked(table, root)
        with write_transaction(database):
            _check_new(database, wanted)
            number = add_attachment(database, wanted, _source_of(database, folder))
        reports = follow_tables(database, listener)
        places = [one.attachment_id for one in list_attachments(database)]
        return reports[places.index(number)]

    def follow(self, listener: ProgressListener | None = None) -> Sequence[FollowReport]:
        """Look at the rows of all attached tables, without taking in their sounds."""
        return follow_tables(self._session.database, listener)

    def remove(self, table: str | None = None, keep_sounds: bool = False) -> DetachReport:
        """Follow a table, or all, no more; see `sqlclap.attach.detach.detach_tables`."""
        from sqlclap.attach.detach import detach_tables

        return detach_tables(self._session.database, table, keep_sounds)

    def sample_of(self, key: int | float | str) -> int | None:
        """Return the sample of the row with a key; None where it has none."""
        found = self._session.database.execute(
            statement("attach/sample_of"), (plain_number(key),)
        ).fetchone()
        return None if found is None else int(found[0])

    def row_keys(self, sample_ids: Iterable[int]) -> dict[int, RowKey]:
        """Return the keys of the rows that name samples; of several, the first one's."""
        named = row_names(self._session.database, sample_ids)
        return {sample_id: one.row_key for sample_id, one in named.items()}


def checked(table: AttachedTable, root: str | Path | None) -> tuple[AttachedTable, Path]:
    """Return a table that can be attached, with its key, and its root.

    Raises
    ------
    AttachError, LibraryError
        As for `Attachments.add`.
    """
    wanted = absolute_table(table.database, table)
    if (wanted.path is None) == (wanted.blob is None):
        raise AttachError("expected a column of paths or one of BLOBs: --path or --blob COLUMN")
    folder = wanted.database.parent if root is None else expand_home(root).resolve()
    check_root(folder)
    wanted = with_key(wanted)
    with open_table(wanted):
        pass
    return wanted, folder


def preview_table(table: AttachedTable, root: str | Path | None) -> FollowReport:
    """Return what `Attachments.add` would find; no library is needed, and nothing is made."""
    wanted, folder = checked(table, root)
    return preview(Attachment(0, wanted, 0, folder))


def _check_new(database: Database, table: AttachedTable) -> None:
    if table.database == Path(database.filename):
        raise AttachError(f"{table.database} can't be attached to itself")
    known = {
        as_stored(database, one.table.database) + "\0" + folded(one.table.table)
        for one in list_attachments(database)
    }
    if as_stored(database, table.database) + "\0" + folded(table.table) in known:
        raise AttachError(
            f"{table} is attached already: `sqlclap ingest {typed(database.filename)}` follows its "
            f"rows, `sqlclap detach {typed(database.filename)} --table {typed(table.table)}` "
            "ends that"
        )


def _source_of(database: Database, folder: Path) -> int:
    for source in list_sources(database):
        if source.root == str(folder):
            if source.kind == "tree":
                raise AttachError(
                    f"{folder} is taken into {database.filename} as a whole: attach the table to "
                    "a library of its own, with --library"
                )
            return source.source_id
    return add_source(database, folder, "files").source_id
