"""Write transactions."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from sqlclap.errors import LibraryBusyError

if TYPE_CHECKING:
    import apsw


@contextmanager
def write_transaction(connection: apsw.Connection) -> Iterator[apsw.Connection]:
    """Take the write lock, commit at the end, roll back on any error.

    The lock is taken at once (``BEGIN IMMEDIATE``): a transaction that reads first and then asks
    for the lock can be refused without waiting, however long the busy timeout is.

    Raises
    ------
    LibraryBusyError
        Another program held the lock for longer than the busy timeout.
    """
    import apsw

    try:
        connection.execute("BEGIN IMMEDIATE")
    except apsw.BusyError as error:
        raise LibraryBusyError(
            f"{connection.filename} is locked by another program; wait for it to finish "
            "(an ingest, say) and try again"
        ) from error
    try:
        yield connection
        connection.execute("COMMIT")
    except BaseException:
        # SQLite may have rolled back by itself already (disk full, I/O error).
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
