"""Adapts connections of Python's sqlite3 and of pysqlite3 to the `Database` protocol.

Everything runs on the caller's own connection and its snapshot: a second SQLite in the same process
must never open the same file (https://sqlite.org/howtocorrupt.html, 2.2).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from sqlclap.db.database import WRITING


class SQLite3Cursor:
    """Adapts a cursor to the `Cursor` protocol."""

    def __init__(self, cursor: Any) -> None:
        self._cursor = cursor

    def __iter__(self) -> Iterator[tuple[Any, ...]]:
        return iter(self._cursor)

    def fetchone(self) -> tuple[Any, ...] | None:
        """Return the next row."""
        row: tuple[Any, ...] | None = self._cursor.fetchone()
        return row

    def fetchall(self) -> list[tuple[Any, ...]]:
        """Return all rows that are left."""
        rows: list[tuple[Any, ...]] = self._cursor.fetchall()
        return rows

    @property
    def description(self) -> Any:
        """A tuple a column, its name first."""
        return self._cursor.description

    @property
    def get(self) -> Any:
        """The one value of a single column and row, or all rows."""
        rows = self._cursor.fetchall()
        if len(rows) == 1:
            return rows[0][0] if len(rows[0]) == 1 else rows[0]
        return rows or None


class SQLite3Database:
    """A connection of sqlite3 or pysqlite3 as a `Database`.

    Parameters
    ----------
    connection : sqlite3.Connection or pysqlite3's
    """

    def __init__(self, connection: Any) -> None:
        self._connection = connection
        self._filename: str | None = None

    @property
    def filename(self) -> str:
        """The main database's file; empty for one in memory."""
        if self._filename is None:
            row = self.execute("SELECT file FROM pragma_database_list WHERE name = 'main'")
            row_found = row.fetchone()
            self._filename = str((row_found and row_found[0]) or "")
        return self._filename

    @property
    def in_transaction(self) -> bool:
        """Whether a transaction is open."""
        return bool(self._connection.in_transaction)

    def execute(self, statement: str, bindings: Any = (), /) -> SQLite3Cursor:
        """Run a statement; rows are tuples, whatever the caller's row factory makes."""
        cursor = self._connection.cursor()
        cursor.row_factory = None
        return SQLite3Cursor(cursor.execute(statement, bindings))

    def executemany(self, statement: str, bindings: Iterable[Any], /) -> None:
        """Run a statement once for each of the bindings."""
        self._connection.executemany(statement, bindings)

    def changes(self) -> int:
        """Return how many rows the last statement changed."""
        return int(self.execute("SELECT changes()").get)

    def total_changes(self) -> int:
        """Return how many rows this connection has changed."""
        return int(self._connection.total_changes)

    def last_insert_rowid(self) -> int:
        """Return the id of the row inserted last."""
        return int(self.execute("SELECT last_insert_rowid()").get)

    def txn_state(self, schema: str | None = None, /) -> int:
        """Return `WRITING` in any transaction: these drivers don't tell its kind."""
        return WRITING if self._connection.in_transaction else 0
