"""What reading needs of a connection, whichever SQLite driver it comes from."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Protocol

READING = 1  # SQLITE_TXN_READ
WRITING = 2  # SQLITE_TXN_WRITE


class Cursor(Protocol):
    """The rows of a statement."""

    def fetchone(self) -> Any:
        """Return the next row, or None."""

    def fetchall(self) -> list[Any]:
        """Return all rows that are left."""

    def __iter__(self) -> Iterator[Any]: ...


class Database(Protocol):
    """A connection that can be read: apsw's own, or another driver's behind an adapter."""

    @property
    def filename(self) -> str:
        """The library's file."""

    def execute(self, statement: str, bindings: Any = (), /) -> Cursor:
        """Run a statement."""

    def txn_state(self, schema: str | None = None, /) -> int:
        """Return `WRITING` while changes may be pending that nobody else sees."""
