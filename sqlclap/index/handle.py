"""One model's index as an object, kept in shape."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from sqlclap.db.sqlite_errors import TranslatesErrors
from sqlclap.db.statements import read_transaction
from sqlclap.db.stored_models import StoredModel
from sqlclap.db.vectors import count_own
from sqlclap.errors import IndexFileError
from sqlclap.index.build import Way, build_index
from sqlclap.index.files import LOCK, builder_lock, leftovers, remove_leftovers, sidecar_folder
from sqlclap.index.generation import BuildLocation, clear_write_errors
from sqlclap.index.inspection import IndexStatus, IndexVerdict, index_status, verify_index
from sqlclap.index.meta import IndexMeta, changed_ids, folders_in_force, forget, read_state, settle
from sqlclap.index.settings import IndexParams, is_worth_building, is_worth_refreshing
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
        state = read_state(site.connection, site.model.model_id)
    except IndexFileError:  # what is in force can't be used
        state = None
    if state is None:
        worth = is_worth_building(count_own(site.connection, site.model))
    else:
        live, touched = settle(state.changes), changed_ids(state.changes)
        dead = state.meta.dead + len(touched) - len(live)
        worth = is_worth_refreshing(state.meta.count + state.meta.dead, dead, len(live))
    return build_index(site, "auto", listener) if worth else None


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
