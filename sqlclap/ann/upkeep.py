"""Keeping an index in shape: refreshing it after changes, and removing it."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from sqlclap.ann.build import build_index
from sqlclap.ann.files import leftovers, remove_leftovers, sidecar_folder
from sqlclap.ann.generation import Site, clear_write_errors
from sqlclap.ann.lock import LOCK, builder_lock
from sqlclap.ann.meta import IndexMeta, folders_in_force, forget, read_state
from sqlclap.ann.policy import is_worth_building, is_worth_refreshing
from sqlclap.ann.tail import changed_ids, settle
from sqlclap.errors import IndexFileError
from sqlclap.progress import ProgressListener
from sqlclap.vectors import count_own

if TYPE_CHECKING:
    from sqlclap.library import Database


def refresh_index(site: Site, listener: ProgressListener | None = None) -> IndexMeta | None:
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


def drop_index(site: Site) -> int:
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
