"""The functions on Python's sqlite3 and on pysqlite3: scalar and aggregate.

These drivers put "user-defined function raised exception" in place of what a function says; its
words are given as a `FunctionWarning`.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

from sqlclap.functions.call import Call, Memory
from sqlclap.functions.specs import SPECS, Spec
from sqlclap.library.database import WRITING


class FunctionWarning(UserWarning):
    """What a SQL function has to say of an error that the driver keeps to itself."""


class HostConnection:
    """A sqlite3 connection as the library's reading code takes it.

    Everything runs on the caller's own connection and its snapshot: a second SQLite in the same
    process must never open the same file (https://sqlite.org/howtocorrupt.html, 2.2).

    Parameters
    ----------
    connection : sqlite3.Connection or pysqlite3's
    """

    def __init__(self, connection: Any) -> None:
        self._connection = connection
        self._filename: str | None = None

    @property
    def filename(self) -> str:
        """The main database's file; empty for one in memory."""
        if self._filename is None:
            row = self.execute("SELECT file FROM pragma_database_list WHERE name = 'main'")
            self._filename = str(row.fetchone()[0] or "")
        return self._filename

    def execute(self, statement: str, bindings: Any = (), /) -> Any:
        """Run a statement; rows are tuples, whatever the caller's row factory makes."""
        cursor = self._connection.cursor()
        cursor.row_factory = None
        return cursor.execute(statement, bindings)

    def txn_state(self, schema: str | None = None, /) -> int:
        """Return `WRITING` in any transaction: these drivers don't tell its kind."""
        return WRITING if self._connection.in_transaction else 0


def register_on_sqlite3(connection: Any, model: str | None, files: bool) -> None:
    """Register every spec but the table-valued ones, which these drivers can't define."""
    load_sqlite_vec(connection)
    database, memory = HostConnection(connection), Memory(model)
    for spec in SPECS:
        if spec.needs_files and not files:
            continue
        if spec.kind == "scalar":
            run = _telling(lambda *values, spec=spec: spec.run(Call(database, memory), *values))
            for arity in spec.arities:
                connection.create_function(spec.name, arity, run, deterministic=spec.deterministic)
        elif spec.kind == "aggregate":
            for arity in spec.arities:
                connection.create_aggregate(spec.name, arity, _aggregate(spec))


def load_sqlite_vec(connection: Any) -> None:
    """Load sqlite-vec, where this Python's SQLite lets extensions be loaded.

    Where it doesn't, functions that need no stored vectors still work.
    """
    import sqlite_vec

    if not hasattr(connection, "enable_load_extension"):
        return
    connection.enable_load_extension(True)
    try:
        connection.load_extension(sqlite_vec.loadable_path())
    finally:
        connection.enable_load_extension(False)


def _telling(run: Callable[..., Any]) -> Callable[..., Any]:
    """Make a function say aloud what the driver would keep to itself."""

    def told(*arguments: Any) -> Any:
        try:
            return run(*arguments)
        except Exception as error:
            warnings.warn(_in_words(error), FunctionWarning, stacklevel=2)
            raise

    return told


def _in_words(error: Exception) -> str:
    if "no such module: vec0" in str(error):
        return (
            "this Python's sqlite3 can't load extensions, so sqlite-vec is not there: use apsw, "
            "`sqlclap query`, or pysqlite3 (pip install pysqlite3-binary)"
        )
    return str(error)


def _aggregate(spec: Spec) -> type:
    """Make an aggregate class whose errors are told."""

    class Told:
        def __init__(self) -> None:
            inner = spec.run()
            self.step = _telling(inner.step)
            self.finalize = _telling(inner.finalize)

    return Told
