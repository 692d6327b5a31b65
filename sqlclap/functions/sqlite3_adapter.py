"""The functions on Python's sqlite3 and on pysqlite3: scalar and aggregate.

These drivers put "user-defined function raised exception" in place of what a function says; its
words are given as a `FunctionWarning`, by `clap_last_error` and by `function_errors`.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

from sqlclap.errors import NoExtensionsError
from sqlclap.functions.call import Call, Memory
from sqlclap.functions.failures import function_errors, note_failure
from sqlclap.functions.spec import Spec
from sqlclap.functions.specs import SPECS
from sqlclap.library.database import WRITING

INTERRUPTED = "interrupted"  # what SQLite says
SOME_STEPS = (  # enough of them that a time limit is looked at
    "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c LIMIT 1000) "
    "SELECT count(*) FROM c"
)
CANT_LOAD = (
    "this Python's sqlite3 can't load extensions, so that sqlite-vec is not there: use `sqlclap "
    "query` or apsw (both are there with sqlclap), or pysqlite3 (pip install pysqlite3-binary)"
)


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
        with function_errors():
            return cursor.execute(statement, bindings)

    def txn_state(self, schema: str | None = None, /) -> int:
        """Return `WRITING` in any transaction: these drivers don't tell its kind."""
        return WRITING if self._connection.in_transaction else 0


def register_on_sqlite3(
    connection: Any, model: str | None, files: bool, reading: bool = False
) -> None:
    """Register every spec but the table-valued ones, which these drivers can't define."""
    load_sqlite_vec(connection)
    may_interrupt = connection if reading else None
    database, memory = HostConnection(connection), Memory(model)
    for spec in SPECS:
        if spec.needs_files and not files:
            continue
        if spec.kind == "scalar":
            run = _telling(spec.scalar(lambda: Call(database, memory)), memory, may_interrupt)
            for arity in spec.arities:
                connection.create_function(spec.name, arity, run, deterministic=spec.deterministic)
        elif spec.kind == "aggregate":
            for arity in spec.arities:
                connection.create_aggregate(spec.name, arity, _aggregate(spec, memory))


def load_sqlite_vec(connection: Any) -> None:
    """Load sqlite-vec, where it isn't there yet.

    Raises
    ------
    NoExtensionsError
        This SQLite can't load extensions: Python can be built without.
    """
    import sqlite_vec

    if _has_sqlite_vec(connection):
        return
    try:
        connection.enable_load_extension(True)
    except Exception as error:  # the method is missing, or refuses, by the build
        raise NoExtensionsError(CANT_LOAD) from error
    try:
        connection.load_extension(sqlite_vec.loadable_path())
    except Exception as error:
        raise NoExtensionsError(f"{CANT_LOAD} ({error})") from error
    finally:
        connection.enable_load_extension(False)


def _has_sqlite_vec(connection: Any) -> bool:
    try:
        connection.execute("SELECT vec_version()").fetchone()
    except Exception:  # of sqlite3 or pysqlite3: no such function
        return False
    return True


def _telling(run: Callable[..., Any], memory: Memory, reading: Any = None) -> Callable[..., Any]:
    """Make a function say aloud what the driver would keep to itself.

    A statement that was interrupted within a function fails as one whose function failed. Where a
    connection only reads (`reading`), it ends as interrupted: the NULL reaches nobody, for SQLite
    looks for the interruption before it gives the row away.
    """

    def told(*arguments: Any) -> Any:
        try:
            return run(*arguments)
        except Exception as error:
            if reading is not None and _is_interrupted(reading, error):
                reading.interrupt()
                return None
            memory.last_error = _in_words(error)
            note_failure(error, memory.last_error)
            warnings.warn(memory.last_error, FunctionWarning, stacklevel=2)
            raise

    return told


def _is_interrupted(connection: Any, error: Exception) -> bool:
    """Whether a statement was interrupted; sqlite-vec has other words for it ("Could not ...")."""
    try:
        connection.execute(SOME_STEPS).fetchone()
    except Exception as again:
        return INTERRUPTED in (str(error), str(again))
    return str(error) == INTERRUPTED


def _in_words(error: Exception) -> str:
    return CANT_LOAD if "no such module: vec0" in str(error) else " ".join(str(error).split())


def _aggregate(spec: Spec, memory: Memory) -> type:
    """Make an aggregate class whose errors are told."""

    class Told:
        def __init__(self) -> None:
            inner = spec.run()
            self.step = _telling(inner.step, memory)
            self.finalize = _telling(inner.finalize, memory)

    return Told
