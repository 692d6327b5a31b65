"""Datasette's own connections, as the library's code takes them.

Everything runs on Datasette's connections: a second SQLite in the same process must never open the
same file (https://sqlite.org/howtocorrupt.html, 2.2).
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from typing import Any

from sqlclap.functions.sqlite3_adapter import HostConnection


class HostCursor:
    """A cursor of sqlite3 with what the library's code uses of apsw's."""

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
    def get(self) -> Any:
        """The one value of a single column and row, or all rows."""
        rows = self._cursor.fetchall()
        if len(rows) == 1:
            return rows[0][0] if len(rows[0]) == 1 else rows[0]
        return rows or None


class Host(HostConnection):
    """A connection that also writes; `execute` gives cursors like apsw's.

    Parameters
    ----------
    connection : sqlite3.Connection or pysqlite3's
    """

    def execute(self, statement: str, bindings: Any = (), /) -> HostCursor:
        """Run a statement; rows are tuples."""
        return HostCursor(super().execute(statement, bindings))

    def executemany(self, statement: str, bindings: Iterable[Any], /) -> None:
        """Run a statement once a row."""
        self._connection.executemany(statement, bindings)

    def changes(self) -> int:
        """Return how many rows the last statement changed."""
        return int(self.execute("SELECT changes()").get)

    def total_changes(self) -> int:
        """Return how many rows this connection has changed."""
        return int(self._connection.total_changes)

    @property
    def in_transaction(self) -> bool:
        """Whether a transaction is open."""
        return bool(self._connection.in_transaction)


class Hosts:
    """Hosts by connection: what is cached for a connection has to find it again."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._hosts: dict[int, tuple[Any, Host]] = {}

    def of(self, connection: Any) -> Host:
        """Return the host of a connection, always the same one."""
        with self._lock:
            known = self._hosts.get(id(connection))
            if known is None:
                known = self._hosts[id(connection)] = (connection, Host(connection))
            return known[1]
