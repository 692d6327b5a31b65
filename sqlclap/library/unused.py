"""Library files that were made and came to nothing."""

from __future__ import annotations

from pathlib import Path

from sqlclap.library.statements import statement


def remove_unused(path: Path) -> bool:
    """Remove a library in which nothing is stored, if no one else has it open.

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
            is_used = bool(connection.execute(statement("library_is_used")).get)
    except apsw.Error:
        return False
    finally:
        connection.close()
    if not is_used:
        path.unlink(missing_ok=True)
    return not is_used
