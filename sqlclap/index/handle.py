"""One model's index as an object, kept in shape."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from sqlclap.db.sqlite_errors import TranslatesErrors
from sqlclap.db.statements import read_transaction
from sqlclap.db.stored_models import StoredModel
from sqlclap.db.vectors import count_own, count_windows
from sqlclap.errors import IndexFileError
from sqlclap.index.build import Way, build_index
from sqlclap.index.files import LOCK, builder_lock, leftovers, remove_leftovers, sidecar_folder
from sqlclap.index.generation import BuildLocation, clear_write_errors
from sqlclap.index.inspection import (
    IndexStatus,
    IndexVerdict,
    generation_rows,
    index_status,
    verify_index,
)
from sqlclap.index.meta import IndexMeta, folders_in_force, forget, read_state
from sqlclap.index.settings import Codes, IndexParams, is_worth_building, is_worth_refreshing
from sqlclap.index.tail import changed_ids, settle
from sqlclap.progress import ProgressListener

if TYPE_CHECKING:
    from sqlclap.db.database import Database


def refresh_index(
    site: BuildLocation, listener: ProgressListener | None = None
) -> IndexMeta | None:
    """Build an index where one is worth having, or let it catch up where much has changed.

    Returns
    -------
    IndexMeta or None
        None where nothing had to be done.

    Raises
    ------
    IndexBusyError
        Another program is building.
    IndexWriteError
        It can't be written.
    """
    try:
        waiting = [_waiting(site, windows) for windows in (False, True)]
    except (
        IndexFileError,
        OSError,
        ValueError,
    ):  # what is in force can't be used: it is of an older format, say
        waiting = [None]
    if None in waiting:
        counts = count_own(site.connection, site.model), count_windows(site.connection, site.model)
        worth = any(map(is_worth_building, counts))
    else:
        worth = any(is_worth_refreshing(*one) for one in waiting if one)
    return build_index(site, "auto", listener) if worth else None


def _waiting(site: BuildLocation, windows: bool) -> tuple[int, int, int] | None:
    """Count positions, dead ones among them, and vectors outside; None where there is no index.

    Raises
    ------
    IndexFileError
        It can't be used.
    """
    state = read_state(site.connection, site.model.model_id, windows=windows)
    if state is None:
        return None
    rows = generation_rows(site.folder / state.meta.path, state.meta, windows)
    live, touched = settle(state.changes), changed_ids(state.changes)
    held = sum(len(one.held(touched)) for one in rows)
    dead = sum(one.dead_count for one in rows) + held
    return sum(one.count for one in rows), dead, len(live)


def drop_index(site: BuildLocation) -> int:
    """Remove a model's index; return how many folders that left behind are gone.

    Raises
    ------
    IndexBusyError
        A program is building it now.
    IndexWriteError
        The folder can't be written.
    """
    forget(site.connection, site.model.model_id)
    if not site.folder.is_dir():
        return 0
    with clear_write_errors(site.folder), builder_lock(site.folder):
        kept = folders_in_force(site.connection)
        removed = remove_leftovers(site.folder, kept)
        if not kept:
            with suppress(OSError):
                (site.folder / LOCK).unlink()
                site.folder.rmdir()
    return len(removed)


def stray_folders(database: Database) -> list[str]:
    """Return drafts and generations beside a library that it doesn't name."""
    folder = sidecar_folder(Path(database.filename))
    return leftovers(folder, folders_in_force(database))


def remove_strays(connection: Database) -> list[str]:
    """Remove them; return their names.

    Raises
    ------
    IndexBusyError
        A program is building there now: it may be one of its drafts.
    """
    if not stray_folders(connection):
        return []
    folder = sidecar_folder(Path(connection.filename))
    with clear_write_errors(folder), builder_lock(folder):
        return remove_leftovers(folder, folders_in_force(connection))


class LibraryIndex(TranslatesErrors):
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
        self._site = BuildLocation(connection, model, params or IndexParams())

    @property
    def _library_name(self) -> str:
        return self._site.connection.filename

    def build(
        self,
        way: Way = "auto",
        listener: ProgressListener | None = None,
        codes: Codes | None = None,
    ) -> IndexMeta:
        """Bring the index up to date, however small the library; see `build_index`.

        Other `codes` than it has, "fp16" or "compact", let it be built anew; None keeps them.
        There are no others (`QueryError`).
        """
        site = self._site
        if codes is not None:
            site = replace(site, params=replace(site.params, codes=codes))
        return build_index(site, way, listener)

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
