"""Tells whether other programs have written since the rows of attached tables were looked at.

Only the files' sizes and times are asked for. To open them at each search, by another SQLite than
the one that a program itself has them open with, would drop its locks (see `sqlclap.sqlite_files`).
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from sqlclap.db.statements import statement

if TYPE_CHECKING:
    from sqlclap.db.database import Database


def stamp_of(database: Path) -> str:
    """Return what a database's files are like now; writing to it changes that."""
    return json.dumps([_stamp(database), _stamp(Path(f"{database}-wal"))])


def written_since(database: Database) -> dict[str, list[str]]:
    """Return the tables that may have changed since they were looked at, by their databases.

    Those of databases that aren't there are left out: nothing has changed that could be looked at.
    """
    folder = Path(database.filename).parent
    found: dict[str, list[str]] = {}
    for name, table, seen in database.execute(statement("attach/seen")):
        file = folder / name
        now = stamp_of(file)
        if now != seen and _stamp(file) is not None:
            found.setdefault(file.name, []).append(str(table))
    return found


def remark_on_rows(database: Database) -> str | None:
    """Return in words that rows may have changed or gone; None where nothing was written."""
    told = [
        f"{file} was written to since its rows ({', '.join(tables)}) were looked at: some that "
        "are named here may have changed or gone; the next ingest looks again"
        for file, tables in written_since(database).items()
    ]
    return "; ".join(told) or None


def _stamp(file: Path) -> list[int] | None:
    """Return a file's size and time; None where there is none, or it is an empty log."""
    try:
        details = file.stat()
    except (OSError, ValueError):
        return None
    return [details.st_size, details.st_mtime_ns] if details.st_size else None
