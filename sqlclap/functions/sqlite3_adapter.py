"""The functions on Python's sqlite3 and on pysqlite3: scalar and aggregate.

These drivers put "user-defined function raised exception" in place of what a function says; its
words are given as a `FunctionWarning`, by `clap_last_error` and by `function_errors`.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

from sqlclap.errors import NoExtensionsError
from sqlclap.functions.failures import function_errors, note_failure
from sqlclap.functions.spec import Spec
from sqlclap.functions.specs import SPECS
from sqlclap.library.sqlite3_database import SQLite3Cursor, SQLite3Database
from sqlclap.session import Session

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


class _FunctionDatabase(SQLite3Database):
    """The caller's connection, for the statements of functions: their errors keep their words."""

    def execute(self, statement: str, bindings: Any = (), /) -> SQLite3Cursor:
        """Run a statement; see `SQLite3Database.execute`."""
        with function_errors():
            return super().execute(statement, bindings)


def register_on_sqlite3(
    connection: Any, model: str | None, files: bool, reading: bool = False
) -> None:
    """Register every spec but the table-valued ones, which these drivers can't define."""
    load_sqlite_vec(connection)
    may_interrupt = connection if reading else None
    database = _FunctionDatabase(connection)
    session = Session(lambda: database, model=model)
    for spec in SPECS:
        if spec.needs_files and not files:
            continue
        if spec.kind == "scalar":
            run = _telling(spec.scalar(session), session, may_interrupt)
            for arity in spec.arities:
                connection.create_function(spec.name, arity, run, deterministic=spec.deterministic)
        elif spec.kind == "aggregate":
            for arity in spec.arities:
                connection.create_aggregate(spec.name, arity, _aggregate(spec, session))


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


def _telling(run: Callable[..., Any], session: Session, reading: Any = None) -> Callable[..., Any]:
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
            session.last_error = _in_words(error)
            note_failure(error, session.last_error)
            warnings.warn(session.last_error, FunctionWarning, stacklevel=2)
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


def _aggregate(spec: Spec, session: Session) -> type:
    """Make an aggregate class whose errors are told."""

    class Told:
        def __init__(self) -> None:
            inner = spec.run()
            self.step = _telling(inner.step, session)
            self.finalize = _telling(inner.finalize, session)

    return Told
