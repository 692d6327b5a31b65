"""Library files that were made and came to nothing."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from sqlclap.library.statements import statement

if TYPE_CHECKING:
    import apsw


def table_names(connection: apsw.Connection) -> set[str]:
    """Return the names of all tables."""
    rows = connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")
    return {str(name) for (name,) in rows}


def remove_unused(path: Path, tables: Iterable[str]) -> bool:
    """Remove a library in which nothing is stored, if no one else has it open.

    Parameters
    ----------
    path : Path
    tables : iterable of str
        Those it was made with; one that is none of them is someone's.

    Returns
    -------
    bool
        Whether it was removed. One that holds sounds, failures, labels or another program's tables
        is kept, as is one that can't be looked at.
    """
    import apsw

    connection = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READWRITE)
    try:
        connection.set_busy_timeout(0)
        # Leaving the write-ahead log takes the file for oneself: others would refuse it.
        if connection.pragma("journal_mode", "delete") != "delete":
            return False
        known = connection.execute("SELECT 1 FROM sqlite_schema WHERE name = 'samples'").fetchone()
        if known is None:
            is_used = bool(connection.execute("SELECT count(*) FROM sqlite_schema").get)
        else:
            made = (json.dumps(sorted(tables)),)
            is_used = bool(connection.execute(statement("library_is_used"), made).get)
    except apsw.Error:
        return False
    finally:
        connection.close()
    if not is_used:
        path.unlink(missing_ok=True)
    return not is_used
