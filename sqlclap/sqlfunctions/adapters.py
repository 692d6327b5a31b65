"""Registering the functions on each driver, and keeping them as long as SQLite does."""

from __future__ import annotations

import sys
import threading
import warnings
import weakref
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from sqlclap.db.database import SQLite3Cursor, SQLite3Database
from sqlclap.db.vector_extension import load_sqlite_vec
from sqlclap.errors import NoExtensionsError, QueryError
from sqlclap.session import Session
from sqlclap.sqlfunctions.failures import function_errors, note_failure
from sqlclap.sqlfunctions.spec import Spec
from sqlclap.sqlfunctions.specs import SPECS
from sqlclap.sqlfunctions.tables import TableFunction, as_apsw

if TYPE_CHECKING:
    import apsw

    from sqlclap.db.database import Database


@dataclass
class _Kept:
    function: partial[Any]
    alone: int = 0

    def references(self) -> int:
        return sys.getrefcount(self.function)


class KeptFunctions:
    """Functions that SQLite may hold; safe from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: list[_Kept] = []

    def __len__(self) -> int:
        return len(self._kept)

    def keep(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """Return a callable for SQLite; those that it has given back since are let go."""
        kept = _Kept(partial(function))
        kept.alone = kept.references()
        with self._lock:
            self._kept = [one for one in self._kept if one.references() > one.alone]
            self._kept.append(kept)
        return kept.function


KEPT = KeptFunctions()


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
    """The message of a SQL function's error that the driver hides."""


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
    load_sqlite_vec_on_sqlite3(connection)
    may_interrupt = connection if reading else None
    database = _FunctionDatabase(connection)
    session = Session(lambda: database, model=model)
    for spec in SPECS:
        if spec.needs_files and not files:
            continue
        if spec.kind == "scalar":
            run = KEPT.keep(_telling(spec.scalar(session), session, may_interrupt))
            for arity in spec.arities:
                connection.create_function(spec.name, arity, run, deterministic=spec.deterministic)
        elif spec.kind == "aggregate":
            kept = KEPT.keep(_aggregate(spec, session))
            for arity in spec.arities:
                connection.create_aggregate(spec.name, arity, kept)


def load_sqlite_vec_on_sqlite3(connection: Any) -> None:
    """Load sqlite-vec unless it is loaded.

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
    """Wrap a function so that its errors, which the driver hides, are reported.

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
    """Return an aggregate class whose errors are reported."""

    class Told:
        def __init__(self) -> None:
            inner = spec.run()
            self.step = _telling(inner.step, session)
            self.finalize = _telling(inner.finalize, session)

    return Told


def register_on_apsw(connection: apsw.Connection, model: str | None, files: bool) -> None:
    """Register every spec."""
    load_sqlite_vec(connection)
    # SQLite holds the functions, and the connection holds SQLite: a strong link would be a knot.
    link = weakref.ref(connection)

    def find_database() -> Database:
        database = link()
        if database is None:
            raise QueryError("the connection has been closed")
        return database

    session = Session(find_database, model=model)

    for spec in SPECS:
        if spec.needs_files and not files:
            continue
        if spec.kind == "scalar":
            _register_scalar(connection, spec, session)
        elif spec.kind == "aggregate":
            _register_aggregate(connection, spec)
        else:
            _register_table(connection, spec, session)


def _register_scalar(connection: apsw.Connection, spec: Spec, session: Session) -> None:
    import apsw

    answer, flags = spec.scalar(session), _flags(spec)
    link = weakref.ref(connection)

    def run(*arguments: Any) -> Any:
        try:
            return answer(*arguments)
        except Exception as error:
            # sqlite-vec has other words for it ("Could not open metadata blob").
            if (database := link()) is not None and database.is_interrupted:
                raise apsw.InterruptError("interrupted") from error
            session.last_error = " ".join(str(error).split())
            raise

    for arity in spec.arities:
        connection.create_scalar_function(
            spec.name, run, arity, deterministic=spec.deterministic, flags=flags
        )


def _flags(spec: Spec) -> int:
    """Return SQLite's flags that restrict from where a function may be called.

    What reads files must not be reachable from a view or trigger that came with the database.
    """
    import apsw

    if spec.needs_files:
        return apsw.SQLITE_DIRECTONLY
    return apsw.SQLITE_INNOCUOUS if spec.innocuous else 0


def _register_aggregate(connection: apsw.Connection, spec: Spec) -> None:
    def step(aggregate: Any, *arguments: Any) -> None:
        aggregate.step(*arguments)

    def start() -> tuple[Any, Callable[..., None], Callable[[Any], Any]]:
        return spec.run(), step, lambda aggregate: aggregate.finalize()

    for arity in spec.arities:
        connection.create_aggregate_function(spec.name, start, arity, flags=_flags(spec))


def _register_table(connection: apsw.Connection, spec: Spec, session: Session) -> None:
    parameters = tuple(name.strip("[]") for name in spec.arguments)
    function: Any = as_apsw(TableFunction(spec.columns, parameters, spec.rows(session)))
    connection.create_module(
        spec.name, function, use_bestindex_object=True, eponymous=True, eponymous_only=True
    )


def register_functions(
    connection: Any, model: str | None = None, files: bool = True, reading: bool = False
) -> None:
    """Give a connection sqlclap's SQL functions, and sqlite-vec's.

    Nothing else is loaded until a function is called: no model, no index.

    Parameters
    ----------
    connection : apsw.Connection, sqlite3.Connection or pysqlite3's
    model : str, optional
        Name or folder of the model; by default what the environment variable SQLCLAP_MODEL says,
        or the library's own.
    files : bool
        Whether SQL may name files of this machine (``clap_audio_file``).
    reading : bool
        The connection only reads, or is never interrupted. On sqlite3 and pysqlite3, a statement
        that is interrupted within a function then says so, and not that a function failed.

    Raises
    ------
    TypeError
        The connection belongs to an unknown driver.
    NoExtensionsError
        Its SQLite can't load extensions.
    """
    if hasattr(connection, "create_scalar_function"):
        register_on_apsw(connection, model, files)
    elif hasattr(connection, "create_function"):
        register_on_sqlite3(connection, model, files, reading)
    else:
        raise TypeError(
            f"expected a connection of apsw, sqlite3 or pysqlite3, got {type(connection).__name__}"
        )


def register_where_possible(
    connection: Any, model: str | None = None, files: bool = True, reading: bool = False
) -> None:
    """Register the functions as a plugin does, in every database that its host opens.

    Where this SQLite can't load extensions, the functions are not there, and a `FunctionWarning`
    says why: databases that have nothing to do with sqlclap go on working.
    """
    try:
        register_functions(connection, model, files, reading)
    except NoExtensionsError as error:
        warnings.warn(
            f"sqlclap's SQL functions are missing: {error}", FunctionWarning, stacklevel=2
        )
