"""A database of its own for what one piece of work has to look up, and nobody else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlclap.db.statements import statement

if TYPE_CHECKING:
    import apsw


def scratch_database(schema: str) -> apsw.Connection:
    """Make a database of which SQLite keeps two megabytes in memory, and the rest in its own file.

    The file goes with the connection. It may be used by several threads, one at a time.

    Parameters
    ----------
    schema : str
        Name of the statement that makes its tables; see `sqlclap.db.statements.statement`.
    """
    import apsw

    connection = apsw.Connection("")  # SQLite's name for a temporary file
    connection.execute(statement(schema))
    # Nothing of it is to outlive this: no row is worth a transaction.
    connection.pragma("journal_mode", "off")
    connection.pragma("synchronous", "off")
    return connection
