"""Bringing a library's schema up to date, all or nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlclap.errors import LibraryTooNewError, MigrationError, NotALibraryError
from sqlclap.library.statements import migration_scripts
from sqlclap.library.transactions import read_transaction, write_transaction

if TYPE_CHECKING:
    import apsw

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
        application_id = connection.pragma("application_id")
        number = int(connection.pragma("user_version"))
        tables = int(connection.execute("SELECT count(*) FROM sqlite_schema").get)
    if application_id != APPLICATION_ID:
        if tables or number or application_id:
            raise NotALibraryError(
                f"{connection.filename} is another program's SQLite database and is left alone; "
                "give the library a file of its own"
            )
        return 0
    known = len(migration_scripts())
    if number > known:
        raise LibraryTooNewError(
            f"{connection.filename} has schema {number}, this sqlclap knows {known}; "
            "upgrade with `pip install -U sqlclap` (the file was not touched)"
        )
    return number


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
