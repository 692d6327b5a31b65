"""One state of a library for a few statements, and what tells it from any other state."""

from __future__ import annotations

from types import TracebackType
from typing import TYPE_CHECKING, Any

from sqlclap.library.database import READING, WRITING

if TYPE_CHECKING:
    from sqlclap.library.database import Database

Version = tuple[Any, ...]

BEGIN = "PRAGMA data_version"
ALL = """
SELECT data_version, total_changes(), schema_version
FROM pragma_data_version, pragma_schema_version
"""
"""What others changed, what we did, and what a backup restored into this very connection did."""


class Snapshot:
    """Holds a connection to one state of its library while it is entered.

    On apsw, everything that is read meanwhile is of that state, and one within another costs three
    calls into SQLite. Other drivers only tell the state's version.

    Attributes
    ----------
    database : Database
    version : tuple
        Changes with every change to the library, ours or others'; only for this connection.
    pending : bool
        Changes may be pending that can still be rolled back: a rollback alters no version, so what
        is read meanwhile must not be kept under it.
    """

    __slots__ = ("_cursor", "database", "pending", "version")

    def __init__(self, database: Database) -> None:
        self.database: Any = database
        self._cursor: Any = None
        self.version: Version = ()
        self.pending = False

    def __enter__(self) -> Snapshot:
        database = self.database
        # Of the library alone: a statement may be reading or writing something else beside it.
        state = database.txn_state("main")
        self.pending = state == WRITING
        if not hasattr(database, "data_version"):
            self.version = asked_version(database)
            return self
        if state not in (READING, WRITING):
            # SQLite's read transaction stays open as long as a statement is at work. A savepoint
            # would do, too, but not within a statement that writes.
            self._cursor = database.execute(BEGIN)
            self._cursor.fetchone()
        self.version = (database.data_version(), database.total_changes())
        return self

    def renew(self) -> bool:
        """Move on to the newest state; False where a transaction around this holds it."""
        held = self._cursor is None and hasattr(self.database, "data_version")
        if held or self.pending:
            return False
        self._end()
        self.__enter__()
        return True

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._end()

    def _end(self) -> None:
        if self._cursor is not None:
            self._cursor.close()
            self._cursor = None


def asked_version(database: Database) -> Version:
    """Return a library's version by a query, which every driver can run."""
    return tuple(database.execute(ALL).fetchone())
