"""What the library's code asks of a connection, whichever SQLite driver it comes from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Protocol

READING = 1  # SQLITE_TXN_READ
WRITING = 2  # SQLITE_TXN_WRITE


class Cursor(Protocol):
    """The rows of a statement."""

    def fetchone(self) -> Any:
        """Return the next row, or None."""

    def fetchall(self) -> list[Any]:
        """Return all rows that are left."""

    @property
    def get(self) -> Any:
        """The one value of a single column and row, or all rows; None where there are none."""

    def __iter__(self) -> Iterator[Any]: ...


class Database(Protocol):
    """A connection: apsw's own, or another driver's behind `SQLite3Database`."""

    @property
    def filename(self) -> str:
        """The library's file; empty for a database in memory."""

    @property
    def in_transaction(self) -> bool:
        """Whether a transaction is open."""

    def execute(self, statement: str, bindings: Any = (), /) -> Cursor:
        """Run a statement; rows are tuples."""

    def executemany(self, statement: str, bindings: Iterable[Any], /) -> Any:
        """Run a statement once for each of the bindings."""

    def changes(self) -> int:
        """Return how many rows the last statement changed."""

    def total_changes(self) -> int:
        """Return how many rows this connection has changed."""

    def last_insert_rowid(self) -> int:
        """Return the id of the row inserted last."""

    def txn_state(self, schema: str | None = None, /) -> int:
        """Return `WRITING` while changes may be pending that nobody else sees."""
