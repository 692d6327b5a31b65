"""Bringing a library's schema up to date, all or nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlclap.errors import (
    LibraryTooNewError,
    MigrationError,
    NotALibraryError,
)
from sqlclap.library.schema import told_of
from sqlclap.library.statements import migration_scripts, statement
from sqlclap.library.transactions import read_transaction, write_transaction

if TYPE_CHECKING:
    import apsw

    from sqlclap.library.database import Database

APPLICATION_ID = 0x73716C63  # "sqlc"; `file sounds.db` and SQLite tools can tell it apart

_CREATE_RECORDS = """
CREATE TABLE IF NOT EXISTS sqlclap_migrations (
    name TEXT PRIMARY KEY,
    applied_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
)
"""


def schema_number(connection: apsw.Connection) -> int:
    """Return how many migrations a library has had; 0 for an empty file.

    Raises
    ------
    NotALibraryError
        The database belongs to another program.
    LibraryTooNewError
        The library was written by a newer sqlclap.
    """
    with read_transaction(connection):  # another program may be making it
        number = int(connection.pragma("user_version"))
        is_library = connection.execute(statement("is_library"), (APPLICATION_ID,)).get
        recorded = _recorded(connection) if is_library else set()
        marked = connection.pragma("application_id")
        used = marked or number or connection.execute("SELECT 1 FROM sqlite_schema LIMIT 1").get
    known = [name for name, _ in migration_scripts()]
    if not is_library or (marked != APPLICATION_ID and not recorded.intersection(known)):
        if used:
            raise NotALibraryError(
                f"{connection.filename} is another program's SQLite database and is left alone; "
                "give the library a file of its own"
            )
        return 0
    newest = max(number, len(recorded))
    if newest > len(known) or not recorded.issubset(known):
        raise LibraryTooNewError(
            f"{connection.filename} has schema {newest}, this sqlclap knows {len(known)}; "
            "upgrade with `pip install -U sqlclap` (the file was not touched)"
        )
    if recorded != set(known[: len(recorded)]):
        raise NotALibraryError(
            f"{connection.filename} lacks records in sqlclap_migrations; restore it from a copy"
        )
    return newest


def schema_trouble(database: Database) -> str | None:
    """Say why this sqlclap can't use a library as it is; None where it can.

    Unlike `schema_number`, for any driver's connection to what is a library.
    """
    known = {name for name, _ in migration_scripts()}
    recorded = _recorded(database)
    if recorded - known:
        return (
            f"has schema {len(recorded)}, this sqlclap knows {len(known)}: "
            "upgrade with `pip install -U sqlclap`"
        )
    if known - recorded:
        return (
            f"has schema {len(recorded)}, this sqlclap needs {len(known)}: open it once for "
            "writing, say with `sqlclap ingest`"
        )
    return None


def _recorded(connection: Database) -> set[str]:
    return {str(name) for (name,) in connection.execute("SELECT name FROM sqlclap_migrations")}


def restore_marks(connection: apsw.Connection) -> list[str]:
    """Write the file's marks again where a dump and reload lost them; return which, and say so.

    Copies made by way of SQL (``.dump``, ``sqlite-utils``) keep the tables, not these two numbers
    in the file's header. What the library has had stands in ``sqlclap_migrations``.
    """

    def lost() -> dict[str, int]:
        number = schema_number(connection)
        wanted = {"application_id": APPLICATION_ID, "user_version": number} if number else {}
        return {name: mark for name, mark in wanted.items() if connection.pragma(name) != mark}

    if not lost():
        return []
    with write_transaction(connection):
        marks = lost()
        for name, mark in marks.items():
            connection.pragma(name, mark)
    made = [f"pragma {name}" for name in marks]
    return told_of(connection, "a copy by way of SQL loses; written again", made)


def migrate(connection: apsw.Connection) -> list[str]:
    """Apply the migrations that are missing, each with its record in one transaction.

    Returns
    -------
    list of str
        Names of the migrations applied now.

    Raises
    ------
    MigrationError
        One failed; nothing of it stays, those before it do.
    """
    applied = []
    for position, (name, script) in enumerate(migration_scripts(), start=1):
        if schema_number(connection) < position and _apply(connection, position, (name, script)):
            applied.append(name)
    return applied


def _apply(connection: apsw.Connection, position: int, migration: tuple[str, str]) -> bool:
    import apsw

    name, script = migration
    with write_transaction(connection):
        # Another process may have been first while this one waited for the lock.
        if schema_number(connection) >= position:
            return False
        try:
            connection.execute(_CREATE_RECORDS)
            connection.execute(script)
            connection.execute("INSERT INTO sqlclap_migrations (name) VALUES (?)", (name,))
            connection.pragma("application_id", APPLICATION_ID)
            connection.pragma("user_version", position)
        except apsw.Error as error:
            raise MigrationError(
                f"migration {name} failed on {connection.filename}: {error}; "
                "the library is as it was before"
            ) from error
    return True
