"""SQL text from the package's `sql` folder, and write transactions."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from sqlclap.db.sqlite_errors import clear_errors

if TYPE_CHECKING:
    from sqlclap.db.database import Database

_COMMENT = re.compile(r"^\s*--.*$", re.MULTILINE)


@cache
def _query_text(name: str) -> str:
    text = files("sqlclap.sql").joinpath("queries", f"{name}.sql").read_text(encoding="utf-8")
    return _COMMENT.sub("", text).strip()


@cache
def statement(name: str, **numbers: int) -> str:
    """Read a named query from ``sql/queries``.

    Parameters
    ----------
    name : str
        File name without ``.sql``.
    **numbers : int
        Values for the braces in the text, such as ``model_id``. Only integers are taken: they are
        the one thing that SQLite can't bind (parts of table names), and they can't carry SQL.

    Returns
    -------
    str
        The statement's text without comment lines.
    """
    text = _query_text(name)
    return text.format(**{key: int(value) for key, value in numbers.items()}) if numbers else text


@cache
def migration_scripts() -> tuple[tuple[str, str], ...]:
    """List the migrations as ``(name, text)`` in the order in which they are applied."""
    folder = files("sqlclap.sql").joinpath("migrations")
    scripts = [entry for entry in folder.iterdir() if entry.name.endswith(".sql")]
    ordered = sorted(scripts, key=lambda entry: entry.name)
    return tuple(
        (entry.name.removesuffix(".sql"), entry.read_text(encoding="utf-8")) for entry in ordered
    )


@cache
def view_bodies() -> tuple[tuple[str, str], ...]:
    """List the views as ``(name, SELECT)``; ``{model_id}`` stands for the default model."""
    folder = files("sqlclap.sql").joinpath("views")
    entries = [entry for entry in folder.iterdir() if entry.name.endswith(".sql")]
    bodies = [
        (entry.name.removesuffix(".sql"), _COMMENT.sub("", entry.read_text(encoding="utf-8")))
        for entry in entries
    ]
    return tuple(sorted((name, body.strip()) for name, body in bodies))


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
