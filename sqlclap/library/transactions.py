"""Write transactions."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from sqlclap.library.failures import clear_errors

if TYPE_CHECKING:
    from sqlclap.library.database import Database


@contextmanager
def write_transaction(connection: Database) -> Iterator[Database]:
    """Take the write lock, commit at the end, roll back on any error.

    The lock is taken at once (``BEGIN IMMEDIATE``): a transaction that reads first and then asks
    for the lock can be refused without waiting, however long the busy timeout is.

    Raises
    ------
    LibraryBusyError
        Another program held the lock for longer than the busy timeout.
    LibraryError
        The file can't be written: read-only, disk full, damaged.
    """
    with clear_errors(connection.filename):
        connection.execute("BEGIN IMMEDIATE")
        yield from _to_the_end(connection)


@contextmanager
def read_transaction(connection: Database) -> Iterator[Database]:
    """Let several statements see one state of the library, whatever is written meanwhile."""
    # A savepoint, so that it also works within a transaction.
    connection.execute("SAVEPOINT sqlclap_read")
    try:
        yield connection
    finally:
        connection.execute("RELEASE sqlclap_read")


def _to_the_end(connection: Database) -> Iterator[Database]:
    try:
        yield connection
        connection.execute("COMMIT")
    except BaseException:
        # SQLite may have rolled back by itself already (disk full, I/O error).
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
