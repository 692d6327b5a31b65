"""Keeps ids unique for ever: restores SQLite's counters that a copy or another program reset.

A vote outlives its sample, and an index knows changes by their numbers: given again, an id would
make one thing of two. Dumps may lose ``sqlite_sequence``, and rebuilt tables ``AUTOINCREMENT``.
The highest ids are known from the rows, and for deleted rows from ``ids_gone``.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from sqlclap.db.schema import missing_tables, told_of, writable_schema
from sqlclap.db.statements import migration_scripts, statement, write_transaction

if TYPE_CHECKING:
    import apsw

    from sqlclap.db.database import Database

_COUNTED = r"CREATE TABLE (\w+) \(\s+\w+ INTEGER PRIMARY KEY AUTOINCREMENT"
_KEY = r"(?i)\bINTEGER\s+PRIMARY\s+KEY\b(?!\s+AUTOINCREMENT)"


def sequences_behind(database: Database) -> dict[str, int]:
    """Return tables that would assign an id a second time, with the highest id assigned so far."""
    exists = "SELECT 1 FROM sqlite_schema WHERE name = 'sqlite_sequence'"
    if missing_tables(database) or not database.execute(exists).fetchone():
        return {}  # reported elsewhere: a table is missing, or no table counts any more
    rows = database.execute(statement("db/sequences_behind")).fetchall()
    return {str(name): int(highest) for name, highest, _ in rows}


def uncounted_tables(database: Database) -> list[str]:
    """Return our tables that lost ``AUTOINCREMENT`` and so may reuse a deleted id."""
    rows = database.execute("SELECT name, sql FROM sqlite_schema WHERE type = 'table'").fetchall()
    return sorted(
        name
        for name, sql in rows
        if name in _counted_tables() and "autoincrement" not in str(sql).lower()
    )


@cache
def _counted_tables() -> frozenset[str]:
    return frozenset(
        name for _, script in migration_scripts() for name in re.findall(_COUNTED, script)
    )


def bring_sequences_up_to_date(connection: apsw.Connection) -> list[str]:
    """Restore the counters of ids with a warning; return what was done."""
    if not uncounted_tables(connection) and not sequences_behind(connection):
        return []
    with write_transaction(connection):
        made = restore_sequences(connection)
    return told_of(connection, "a copy or another program had set back; written again", made)


def restore_sequences(connection: apsw.Connection) -> list[str]:
    """Like `bring_sequences_up_to_date`, in the caller's transaction, without a warning."""
    made = [f"AUTOINCREMENT of {name}" for name in _count_again(connection)]
    for name, highest in sequences_behind(connection).items():
        connection.execute("DELETE FROM sqlite_sequence WHERE name = ?", (name,))
        insert = "INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)"
        connection.execute(insert, (name, highest))
        made.append(f"sequence {name} (at {highest})")
    return made


def _count_again(connection: apsw.Connection) -> list[str]:
    """Restore ``AUTOINCREMENT`` of tables, by adding the word to the schema's text.

    Rows and indexes are stored the same with and without it, so that no table is rebuilt.
    """
    tables = uncounted_tables(connection)
    if not tables:
        return []
    # Creates sqlite_sequence if no table counted any more; it persists.
    connection.execute("CREATE TABLE sqlclap_counted (id INTEGER PRIMARY KEY AUTOINCREMENT)")
    connection.execute("DROP TABLE sqlclap_counted")
    made = []
    with writable_schema(connection):
        for name in tables:
            query = "SELECT sql FROM sqlite_schema WHERE type = 'table' AND name = ?"
            sql = str(connection.execute(query, (name,)).get)
            counted = re.sub(_KEY, "INTEGER PRIMARY KEY AUTOINCREMENT", sql, count=1)
            if counted == sql:
                continue  # another kind of key, which can't be restored here
            update = "UPDATE sqlite_schema SET sql = ? WHERE type = 'table' AND name = ?"
            connection.execute(update, (counted, name))
            made.append(name)
    return made
