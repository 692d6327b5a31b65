"""What a library knows of the tables that are attached to it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlclap.db.migrations import APPLICATION_ID
from sqlclap.db.statements import statement
from sqlclap.errors import AttachError
from sqlclap.homes import expand_home
from sqlclap.sqlite_files import read_header

if TYPE_CHECKING:
    from sqlclap.db.database import Database

SUFFIX = ".sqlclap.db"
"""Of the library that is made beside a database: ``clips.db`` has ``clips.sqlclap.db``."""


@dataclass(frozen=True)
class AttachedTable:
    """Where the rows are, and which of their columns say what.

    Attributes
    ----------
    database : Path
        Absolute.
    table : str
        Or a view.
    key : str
        Column that tells rows apart.
    path : str or None
        Column of paths or addresses; None where `blob` is given.
    blob : str or None
        Column of encoded sound.
    start, end : str or None
        Columns of spans, in seconds.
    urls : bool
        Fetch rows that are addresses, such as ``https://...``.
    """

    database: Path
    table: str
    key: str
    path: str | None = None
    blob: str | None = None
    start: str | None = None
    end: str | None = None
    urls: bool = False

    @property
    def cuts(self) -> bool:
        """Whether rows may be spans of what they name."""
        return self.start is not None or self.end is not None

    def __str__(self) -> str:
        return f"{self.table} of {self.database}"


@dataclass(frozen=True)
class Attachment:
    """A table that is attached to a library.

    Attributes
    ----------
    attachment_id : int
    table : AttachedTable
    source_id : int
    root : Path
        Folder that relative paths are below; no row names a file outside of it.
    """

    attachment_id: int
    table: AttachedTable
    source_id: int
    root: Path


def list_attachments(database: Database) -> list[Attachment]:
    """Return the tables that are attached to a library, in the order in which they were."""
    folder = Path(database.filename).parent
    return [
        Attachment(number, _table(folder, *columns), source_id, Path(root))
        for number, source_id, root, *columns in database.execute(statement("attach/list"))
    ]


def _table(folder: Path, file: str, *columns: Any) -> AttachedTable:
    table, key, path, blob, start, end, urls = columns
    return AttachedTable(folder / file, table, key, path, blob, start, end, bool(urls))


def add_attachment(database: Database, table: AttachedTable, source_id: int) -> int:
    """Store a table as attached, and return its number; in a write transaction."""
    columns = (table.path, table.blob, table.start, table.end, int(table.urls))
    names = (as_stored(database, table.database), table.table, table.key)
    return int(database.execute(statement("attach/insert"), (*names, *columns, source_id)).get)


def as_stored(database: Database, file: Path) -> str:
    """Return a file's path as it is stored: both may move together."""
    folder = Path(database.filename).parent
    return os.path.relpath(file, folder) if file.is_relative_to(folder) else str(file)


def find_attachment(database: Database, table: str | None = None) -> list[Attachment]:
    """Return the attached table of a name, or all of them.

    Raises
    ------
    AttachError
        There is none.
    """
    every = list_attachments(database)
    found = [one for one in every if table is None or folded(one.table.table) == folded(table)]
    if not found:
        known = ", ".join(one.table.table for one in every) or "none"
        wanted = "no table is attached" if table is None else f"no table {table!r} is attached"
        raise AttachError(
            f"{wanted} to {database.filename} (attached: {known}); attach one with "
            "`sqlclap attach DATABASE --table NAME --path COLUMN`"
        )
    return found


def folded(name: str) -> str:
    """Return a name as SQLite compares it: capitals of ASCII's letters make no difference."""
    return "".join(letter.lower() if letter.isascii() else letter for letter in name)


def pieces_folder(library: Path) -> Path:
    """Return the folder of sounds that are no files of their own: BLOBs, downloads, spans."""
    return library.with_name(library.name + "-attached")


def library_beside(database: Path) -> Path:
    """Return where the library of a database's attached tables is made."""
    return database.with_name(database.stem + SUFFIX)


def library_of(path: Path) -> Path:
    """Return the library of a database with attached tables; any other path is returned as it is.

    So commands take the user's own database in a library's place.
    """
    beside = library_beside(path)
    if path.name.endswith(SUFFIX) or not _is_file(beside) or not _is_file(path):
        return path
    header = read_header(path)
    is_library = header[68:72] == APPLICATION_ID.to_bytes(4, "big")
    return path if is_library or not header else beside


def find_library(path: str | os.PathLike[str]) -> Path:
    """Return the library that a path names, ``~`` being the home folder; see `library_of`."""
    return library_of(expand_home(path))


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False
