"""The `Database` protocol, its adapter for sqlite3, and the state that a statement sees."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Generic, Protocol, TypeVar
from weakref import WeakKeyDictionary

from sqlclap.errors import LibraryError

READING = 1  # SQLITE_TXN_READ
WRITING = 2  # SQLITE_TXN_WRITE


class Cursor(Protocol):
    """The rows of a statement."""

    def fetchone(self) -> Any:
        """Return the next row, or None."""

    def fetchall(self) -> list[Any]:
        """Return all rows that are left."""

    @property
    def description(self) -> Any:
        """A tuple a column, its name first; apsw has it as long as there are rows."""

    @property
    def get(self) -> Any:
        """The value of a single row and column; otherwise all rows; None if there are none."""

    def __iter__(self) -> Iterator[Any]: ...


def named_rows(cursor: Cursor) -> Iterator[dict[str, Any]]:
    """Yield the rows of a statement by the names of their columns."""
    names: list[str] = []
    for row in cursor:
        names = names or [column[0] for column in cursor.description]
        yield dict(zip(names, row, strict=True))


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

    def create_scalar_function(self, name: str, function: Callable[..., Any], /) -> None:
        """Let statements call a function of any number of values."""

    def txn_state(self, schema: str | None = None, /) -> int:
        """Return `WRITING` while changes may be pending that nobody else sees."""


Version = tuple[Any, ...]

BEGIN = "PRAGMA data_version"
ALL = """
SELECT data_version, total_changes(), schema_version
FROM pragma_data_version, pragma_schema_version
"""
"""Counters of changes by other connections, by this one, and by backups restored into it."""


class Snapshot:
    """A context manager in which a connection sees one state of its library.

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
        """Move on to the newest state; False if an outer transaction holds this one."""
        is_held = self._cursor is None and hasattr(self.database, "data_version")
        if is_held or self.pending:
            return False
        self._end()
        self.__enter__()
        return True

    def __exit__(self, *error: object) -> None:
        self._end()

    def _end(self) -> None:
        if self._cursor is not None:
            self._cursor.close()
            self._cursor = None


Kept = TypeVar("Kept")


class CachedByState(Generic[Kept]):
    """A value read from the library, cached per connection until the library changes."""

    def __init__(self, read: Callable[[Database], Kept]) -> None:
        self._read = read
        self._cache: WeakKeyDictionary[Database, tuple[Version, Kept]] = WeakKeyDictionary()

    def of(self, snapshot: Snapshot) -> Kept:
        """Return the value as of a snapshot."""
        cached = self._cache.get(snapshot.database)
        if cached is not None and cached[0] == snapshot.version:
            return cached[1]
        value = self._read(snapshot.database)
        if not snapshot.pending:
            self._cache[snapshot.database] = (snapshot.version, value)
        return value


def asked_version(database: Database) -> Version:
    """Return a library's version with a query, for drivers that have no counters."""
    return tuple(database.execute(ALL).fetchone())


def read_document(
    text: object, kind: type, where: str, advice: str, needed: tuple[str, ...] = ()
) -> Any:
    """Read a JSON column.

    Parameters
    ----------
    text : object
        The column's value.
    kind : type
        dict or list: what the document must be.
    where : str
        The place of the column, for errors, such as ``layouts.params of map 3``.
    advice : str
        What to do about it, as a clause.
    needed : tuple of str
        Keys that it must have.

    Raises
    ------
    LibraryError
        It is no JSON, of another kind, or lacks a key.
    """
    document: Any
    try:
        document = json.loads(str(text))
    except ValueError as error:
        raise damaged(where, str(error), advice) from error
    if not isinstance(document, kind):
        raise damaged(where, f"{type(document).__name__} instead of {kind.__name__}", advice)
    keys: Any = document
    absent = [key for key in needed if key not in keys]
    if absent:
        raise damaged(where, f"no {', '.join(absent)}", advice)
    return document


def damaged(where: str, reason: str, advice: str) -> LibraryError:
    """Return the error for a column with a value that sqlclap never writes."""
    return LibraryError(f"{where} is damaged ({reason}): another program wrote there; {advice}")


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

    def create_scalar_function(self, name: str, function: Callable[..., Any], /) -> None:
        """Let statements call a function of any number of values."""
        self._connection.create_function(name, -1, function)

    def txn_state(self, schema: str | None = None, /) -> int:
        """Return `WRITING` in any transaction: these drivers don't tell its kind."""
        return WRITING if self._connection.in_transaction else 0
