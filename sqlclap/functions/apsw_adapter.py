"""The functions on apsw: scalar, aggregate and table-valued; errors keep their words."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from sqlclap.errors import QueryError
from sqlclap.functions.spec import Spec
from sqlclap.functions.specs import SPECS
from sqlclap.functions.virtual_table import TableFunction, as_apsw
from sqlclap.library.extension import load_sqlite_vec
from sqlclap.session import Session

if TYPE_CHECKING:
    import apsw

    from sqlclap.library import Database


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
    """Tell SQLite from where a function may be called.

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
