"""Makes the schema of a new library: what all migrations together make, much quicker than they do.

Most of their time goes into changes of tables that a new library needs only as they are in the end.
A process applies them once, and makes all other libraries of the text that they left: the shards of
a set, say.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlclap.errors import MigrationError

if TYPE_CHECKING:
    import apsw

Scripts = tuple[tuple[str, str], ...]
"""Migrations as ``(name, text)``, in their order."""

_LEFT: dict[Scripts, str] = {}
"""What migrations left, as one script."""


def make_schema(connection: apsw.Connection, scripts: Scripts) -> None:
    """Make in an empty database what migrations make; in a transaction.

    Parameters
    ----------
    connection : apsw.Connection
        To a database without tables, but for the migrations' records.
    scripts : tuple of (str, str)

    Raises
    ------
    MigrationError
        One failed, and the transaction is to be rolled back.
    """
    known = _LEFT.get(scripts)
    if known is not None:
        apply_script(connection, "of all tables", known)
        return
    for name, script in scripts:
        apply_script(connection, name, script)
    _LEFT[scripts] = _text(connection)


def apply_script(connection: apsw.Connection, name: str, script: str) -> None:
    """Run a migration's statements.

    Raises
    ------
    MigrationError
    """
    import apsw

    try:
        connection.execute(script)
    except apsw.Error as error:
        raise MigrationError(
            f"migration {name} failed on {connection.filename}: {error}; "
            "the library is as it was before"
        ) from error


def _text(connection: apsw.Connection) -> str:
    """Write the statements that make what is there, in the order in which it was made.

    Tables that belong to a virtual one, or to SQLite, are made with that; the records are not here.
    """
    query = "SELECT name, tbl_name, sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY rowid"
    made = [(str(name), str(table), str(sql)) for name, table, sql in connection.execute(query)]
    virtual = tuple(f"{name}_" for name, _, sql in made if sql.startswith("CREATE VIRTUAL"))
    others = ("sqlclap_migrations", "sqlite_", *virtual)
    return ";\n".join(sql for _, table, sql in made if not table.startswith(others))
