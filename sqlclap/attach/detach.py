"""Takes attached tables away, and with the last of them the library that was made for them."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from sqlclap.attach.attachment import Attachment, find_attachment, list_attachments, pieces_folder
from sqlclap.db.database import named_rows
from sqlclap.db.library_file import LibraryFile
from sqlclap.db.sources import list_sources
from sqlclap.db.statements import statement, write_transaction
from sqlclap.errors import AttachError, LibraryBusyError
from sqlclap.index.files import sidecar_folder

if TYPE_CHECKING:
    from sqlclap.db.database import Database


@dataclass
class DetachReport:
    """What detaching took away.

    Attributes
    ----------
    tables : list of str
    rows, sounds : int
    library_removed : bool
        With its index and its pieces: nothing else was in it.
    kept : dict of str to int
        What people made in a library that is left, and how much of it.
    """

    tables: list[str] = field(default_factory=list)
    rows: int = 0
    sounds: int = 0
    library_removed: bool = False
    kept: dict[str, int] = field(default_factory=dict)


def said_in(database: Database) -> dict[str, int]:
    """Count what people said and made in a library, which can't be computed again."""
    counts = next(named_rows(database.execute(statement("attach/said_count"))))
    return {name: int(count) for name, count in counts.items() if count}


def plan_detach(database: Database, table: str | None = None) -> DetachReport:
    """Return what detaching would take away.

    Raises
    ------
    AttachError
        No such table is attached.
    """
    going = find_attachment(database, table)
    left = len(list_attachments(database)) - len(going)
    sources = {one.source_id for one in going}
    others = [one for one in list_sources(database) if one.source_id not in _own(database, sources)]
    report = DetachReport([one.table.table for one in going], kept=said_in(database))
    for one in going:
        number = (one.attachment_id,)
        report.rows += int(database.execute(statement("attach/rows_count"), number).get)
    numbers = (json.dumps([one.attachment_id for one in going]),)
    report.sounds = int(database.execute(statement("attach/sounds_count"), numbers).get)
    report.library_removed = not left and not others
    return report


def _own(database: Database, sources: set[int]) -> set[int]:
    """Return sources with that of the pieces."""
    rows = database.execute("SELECT pieces_id FROM attachments WHERE pieces_id IS NOT NULL")
    return sources | {int(number) for (number,) in rows}


def detach_tables(
    database: Database, table: str | None = None, keep_sounds: bool = False
) -> DetachReport:
    """Follow a table, or all, no more.

    Their sounds leave the library; what people said of them waits for the same sounds.

    Parameters
    ----------
    database : Database
        Of the library, open for writing.
    table : str, optional
        One of them.
    keep_sounds : bool
        Their sounds stay, as files that were named one by one.

    Raises
    ------
    AttachError
        No such table is attached.
    """
    report = plan_detach(database, table)
    going = find_attachment(database, table)
    with write_transaction(database):
        before = _count(database)
        for one in going:
            _remove(database, one, keep_sounds)
        report.sounds = before - _count(database)
    if not keep_sounds:
        folder = pieces_folder(Path(database.filename))
        for one in going:
            shutil.rmtree(folder / str(one.attachment_id), ignore_errors=True)
        if folder.is_dir() and not any(folder.iterdir()):
            folder.rmdir()
    report.library_removed = False
    return report


def _count(database: Database) -> int:
    return int(database.execute("SELECT count(*) FROM samples").get)


def _remove(database: Database, one: Attachment, keep_sounds: bool) -> None:
    run = database.execute
    if not keep_sounds:
        run("DELETE FROM attached_rows WHERE attachment_id = ?", (one.attachment_id,))
        run(statement("attach/unnamed_failures_remove"))
        run(statement("attach/unnamed_remove"))
    run("DELETE FROM attachments WHERE attachment_id = ?", (one.attachment_id,))
    if not keep_sounds:
        run(statement("attach/sources_remove"))


def remove_library(path: Path) -> None:
    """Remove a library with its index and its pieces, if no other program has it open.

    Killed at any moment, it leaves a library that can be opened and removed again, or none.

    Raises
    ------
    LibraryBusyError
        Another program has it open.
    """
    import apsw

    if not path.exists():
        raise AttachError(f"no library at {path}: there is nothing to detach")
    connection = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READWRITE)
    try:
        connection.set_busy_timeout(1000)
        # Leaving WAL mode needs exclusive access, and takes the log into the file.
        alone = connection.pragma("journal_mode", "delete") == "delete"
    except apsw.BusyError:
        alone = False
    finally:
        connection.close()
    if not alone:
        raise LibraryBusyError(
            f"{path} is open in another program (a page that is served, say): end that, and "
            "detach again"
        )
    for folder in (pieces_folder(path), sidecar_folder(path)):
        shutil.rmtree(folder, ignore_errors=True)
    path.unlink()


def detach(path: Path, table: str | None = None, keep_sounds: bool = False) -> DetachReport:
    """Detach a table of a library, or all; a library in which nothing else is goes as a whole.

    Parameters
    ----------
    path : Path
        The library.
    table : str, optional
    keep_sounds : bool
        See `detach_tables`; the library stays, too.

    Raises
    ------
    AttachError
        No such table is attached.
    LibraryBusyError
        Another program has the library open.
    """
    with LibraryFile(path, "write") as file:
        report = plan_detach(file.connection, table)
        goes = report.library_removed and not keep_sounds
        if not goes:
            return detach_tables(file.connection, table, keep_sounds)
    remove_library(path)
    return report
