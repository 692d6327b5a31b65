"""Reads the rows of another program's table; nothing is written there."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlclap.attach.attachment import AttachedTable, folded
from sqlclap.db.connection import open_foreign
from sqlclap.db.statements import statement
from sqlclap.errors import AttachError
from sqlclap.homes import expand_home

if TYPE_CHECKING:
    import apsw

ROWID = "rowid"
_ENCODINGS = {"UTF-8": "utf-8", "UTF-16le": "utf-16-le", "UTF-16be": "utf-16-be"}

Key = int | float | str


class UserRow(NamedTuple):
    """A row as its table has it.

    Attributes
    ----------
    key : int, float, str or None
        None where it is NULL or a BLOB, which is no key.
    place : bytes, str or None
        What its path column holds: text as bytes, anything else as a word about it, such as
        "a number"; None for NULL. Of a BLOB column, None: see `UserTable.blob`.
    start, end : any
        As they stand there.
    """

    key: Key | None
    place: bytes | str | None
    start: Any
    end: Any


class UserTable:
    """A table of a database that is open for reading.

    Parameters
    ----------
    connection : apsw.Connection
    table : AttachedTable
    """

    def __init__(self, connection: apsw.Connection, table: AttachedTable) -> None:
        self._connection = connection
        self._table = table
        self._encoding = _ENCODINGS[str(connection.pragma("encoding"))]

    def rows(self) -> list[UserRow]:
        """Return all rows, of one moment.

        They are read at once: as long as one reads, other programs may have to wait.
        """
        return [self._row(row) for row in self._connection.execute(self._filled("user_rows"))]

    def blob(self, key: Key) -> Any:
        """Return what a row's BLOB column holds now; None for a row that is gone."""
        found = self._connection.execute(self._filled("user_blob"), (key,)).fetchone()
        return None if found is None else found[0]

    def _filled(self, name: str) -> str:
        return filled(name, self._table)

    def _row(self, row: tuple[Any, ...]) -> UserRow:
        kind, key, what, place, start, end = row
        if kind == "text":
            key = key.decode(self._encoding, "backslashreplace")
        elif kind in ("null", "blob"):
            key = None
        if what == "text" and self._encoding != "utf-8":
            place = place.decode(self._encoding, "replace").encode("utf-8")
        if what in ("integer", "real"):
            place = "a number"
        return UserRow(key, None if what == "null" else place, start, end)


def filled(name: str, table: AttachedTable) -> str:
    """Return a query of ``sql/queries/attach`` with a table's names, quoted: no name is SQL."""
    columns = {
        "key": table.key,
        "place": table.path or table.key,
        "blob": table.blob,
        "start": table.start,
        "end": table.end,
    }
    names = {part: "NULL" if name is None else quoted(name) for part, name in columns.items()}
    return statement(f"attach/{name}").format(table=quoted(table.table), **names)


def quoted(name: str) -> str:
    """Return a name as SQL takes any."""
    return '"' + name.replace('"', '""') + '"'


@contextmanager
def open_table(table: AttachedTable) -> Iterator[UserTable]:
    """Open the database of a table, and check that the table is as it was attached.

    Raises
    ------
    AttachError
        The table or a column isn't there, or can't be read.
    LibraryError
        The database can't be opened.
    """
    import apsw

    with open_foreign(table.database) as connection:
        check_columns(connection, table)
        try:
            yield UserTable(connection, table)
        except apsw.SQLError as error:  # a view over functions of another program's, say
            raise AttachError(f"{table} can't be read: {error}") from error


def check_columns(connection: apsw.Connection, table: AttachedTable) -> AttachedTable:
    """Check that a table and the columns that were named are there; return them as they are spelt.

    Raises
    ------
    AttachError
    """
    known = _column_names(connection, table)
    spelt = {folded(name): name for name in known}
    parts = ("key", "path", "blob", "start", "end")
    named = {part: name for part in parts if (name := getattr(table, part)) is not None}
    lacking = [
        name for name in named.values() if folded(name) not in spelt and folded(name) != ROWID
    ]
    if lacking:
        raise AttachError(
            f"{table} has no column {', '.join(lacking)}: expected some of {', '.join(known)}"
        )
    return replace(table, **{part: spelt.get(folded(name), name) for part, name in named.items()})


def _column_names(connection: apsw.Connection, table: AttachedTable) -> dict[str, int]:
    """Return a table's columns, and their places in the primary key."""
    import apsw

    query = "SELECT name, pk FROM pragma_table_xinfo(?)"
    try:
        known = {str(name): int(pk) for name, pk in connection.execute(query, (table.table,))}
    except apsw.SQLError as error:
        raise AttachError(f"{table} can't be read: {error}") from error
    if not known:
        rows = connection.execute(
            "SELECT name FROM sqlite_schema WHERE type IN ('table', 'view') ORDER BY name"
        )
        listed = ", ".join(str(name) for (name,) in rows) or "none"
        raise AttachError(f"{table.database} has no table {table.table!r}; it has: {listed}")
    return known


def with_key(table: AttachedTable) -> AttachedTable:
    """Return a table spelt as its database has it, with its key: by default the primary key.

    Raises
    ------
    AttachError
        It has none of one column, a view has none, or several rows have the same key.
    """
    with open_foreign(table.database) as connection:
        known = _column_names(connection, table)
        parts = [name for name, place in known.items() if place]
        if not table.key and len(parts) == 1:
            table = replace(table, key=parts[0])
        named = check_columns(connection, replace(table, key=table.key or next(iter(known))))
        if not table.key:
            raise AttachError(
                f"{table} has no primary key of one column: name the column that tells its rows "
                f"apart with --key (of {', '.join(known)}; of a table without one, --key rowid)"
            )
        named = replace(named, table=_spelling(connection, table.table))
        _check_key(connection, named)
    return named


def _spelling(connection: apsw.Connection, table: str) -> str:
    query = "SELECT name FROM sqlite_schema WHERE type IN ('table', 'view')"
    names = (str(name) for (name,) in connection.execute(query))
    return next((name for name in names if folded(name) == folded(table)), table)


def _check_key(connection: apsw.Connection, table: AttachedTable) -> None:
    import apsw

    try:
        named, different = connection.execute(filled("user_keys_count", table)).fetchall()[0]
    except apsw.SQLError as error:
        raise AttachError(f"{table} can't be read: {error}") from error
    if named != different:
        raise AttachError(
            f"{table.key} of {table} doesn't tell its rows apart: {named:,} rows have "
            f"{different:,} values of it; name another column with --key"
        )


def absolute_table(database: str | Path, table: AttachedTable) -> AttachedTable:
    """Return a table with its database's path in full."""
    return replace(table, database=expand_home(database).resolve())
