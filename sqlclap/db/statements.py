"""SQL text from the package's `sql` folder, and write transactions."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from sqlclap.db.sqlite_errors import clear_errors

if TYPE_CHECKING:
    from sqlclap.db.database import Database

_SQL = Path(*import_module("sqlclap.sql").__path__)
_COMMENT = re.compile(r"^\s*--.*$", re.MULTILINE)


_PART = re.compile(r"/\* (\w+/\w+) \*/")


@cache
def _query_text(name: str) -> str:
    """Read a query; ``/* room/part */`` stands for a part in a file of its own."""
    text = (_SQL / "queries" / f"{name}.sql").read_text(encoding="utf-8")
    return _PART.sub(lambda part: _query_text(part[1]), _COMMENT.sub("", text)).strip()


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
def columns_statement(name: str, columns: tuple[str, ...]) -> str:
    """Read a named query that is about descriptor columns.

    Parameters
    ----------
    name : str
        As for `statement`.
    columns : tuple of str
        What goes into ``{columns}`` (by name), ``{counts}`` (of values), ``{values}`` (as named
        parameters), ``{updates}`` (from ``excluded``) and ``{assignments}`` (from parameters).

    Raises
    ------
    ValueError
        One is no column's name; only names of declared columns may come here.
    """
    from sqlclap.descriptor_columns import is_samples_column

    wrong = [column for column in columns if not is_samples_column(column)]
    if wrong:
        raise ValueError(f"expected columns' names, got {wrong}")
    return _query_text(name).format(
        columns=", ".join(columns),
        counts=", ".join(f"count({column})" for column in columns),
        values=", ".join(f":{column}" for column in columns),
        updates=", ".join(f"{column} = excluded.{column}" for column in columns),
        assignments=", ".join(f"{column} = :{column}" for column in columns),
    )


@cache
def _written_migrations() -> dict[str, str]:
    scripts = (_SQL / "migrations").glob("*.sql")
    return {script.stem: script.read_text(encoding="utf-8") for script in scripts}


@cache
def migration_scripts() -> tuple[tuple[str, str], ...]:
    """List the migrations as ``(name, text)`` in the order in which they are applied.

    They are the files of ``sql/migrations`` and what descriptor columns declare beside them.
    """
    from sqlclap.descriptor_columns import column_migrations

    return tuple(sorted((dict(column_migrations()) | _written_migrations()).items()))


@cache
def is_optional_to_read(migration: str) -> bool:
    """Whether a library can be read without a migration: it only adds descriptors, as NULL."""
    from sqlclap.descriptor_columns import column_migrations

    return migration in column_migrations() and migration not in _written_migrations()


@cache
def view_bodies() -> tuple[tuple[str, str], ...]:
    """List the views as ``(name, SELECT)``; ``{model_id}`` stands for the default model."""
    bodies = {
        view.stem: _COMMENT.sub("", view.read_text(encoding="utf-8")).strip()
        for view in (_SQL / "views").glob("*.sql")
    }
    return tuple(sorted(bodies.items()))


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
    with clear_errors(connection.filename), _begun(connection):
        yield connection
        connection.execute("COMMIT")


@contextmanager
def dry_run_transaction(connection: Database) -> Iterator[Database]:
    """Take the write lock as `write_transaction` does, and roll back at the end in any case."""
    with clear_errors(connection.filename), _begun(connection):
        yield connection


@contextmanager
def read_transaction(connection: Database) -> Iterator[Database]:
    """Let several statements see one state of the library, whatever is written meanwhile."""
    # A savepoint, so that it also works within a transaction.
    is_within = connection.in_transaction
    try:
        connection.execute("SAVEPOINT sqlclap_read")
        yield connection
    finally:
        # Ctrl-C may come when it has just been made, or fail it.
        if is_within or connection.in_transaction:
            connection.execute("RELEASE sqlclap_read")


@contextmanager
def _begun(connection: Database) -> Iterator[None]:
    """Take the write lock, and roll back whatever was not committed at the end."""
    is_within = connection.in_transaction  # then it can't be begun
    try:
        connection.execute("BEGIN IMMEDIATE")  # Ctrl-C may come when it has just been
        yield
    finally:
        # SQLite may have rolled back by itself already (disk full, I/O error).
        if connection.in_transaction and not is_within:
            connection.execute("ROLLBACK")
