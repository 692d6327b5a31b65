"""``sqlclap query``."""

from __future__ import annotations

import math
import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING, Any

import click

from sqlclap.cli.error_output import hear_ctrl_c, one_line_errors, quiet_libraries
from sqlclap.cli.options import (
    LIBRARY,
    MODEL,
    REQUIRE_ALL,
    open_asked,
    parameter_option,
    parameter_value,
)
from sqlclap.cli.program_errors import Stopped
from sqlclap.cli.table_output import Column, format_options, print_rows
from sqlclap.quantities import printable, typed

if TYPE_CHECKING:
    from sqlclap.shards.tables import SetTables

EPILOG = """\b
Examples:
    sqlclap query sounds.db "SELECT path FROM samples WHERE duration_s > 10"
    sqlclap query sounds.db "SELECT path, score FROM clap_search('deep kick', 5)" --csv
    sqlclap query sounds.db "SELECT * FROM clap_search(:words)" -p words rain --json
    sqlclap query sounds.db - < report.sql
    sqlclap query clips.db "SELECT c.title FROM clips AS c JOIN attached_sounds ON row_key = c.id"
"""


@click.command(name="query", epilog=EPILOG)
@LIBRARY
@click.argument("sql")
@parameter_option("Value of a :parameter.")
@MODEL
@REQUIRE_ALL
@format_options
@one_line_errors
def command(
    library: str,
    sql: str,
    params: tuple[tuple[str, str], ...],
    output: str,
    **chosen: Any,
) -> None:
    """Run one SQL statement, with sqlclap's functions.

    The library is opened for reading only. SQL is the statement, or - to read it from standard
    input. Databases with attached tables are opened beside the library, so that their tables can
    be joined. docs/sql.md lists the functions.

    On a set there are table functions over all shards (clap_search, clap_query and others, see
    docs/shards.md), and no tables.
    """
    import sqlclap
    from sqlclap.attach.joining import attach_databases
    from sqlclap.opening import is_set
    from sqlclap.sqlfunctions.adapters import register_functions

    text = sys.stdin.read() if sql == "-" else sql
    values = {name: parameter_value(value) for name, value in params}
    # Only these functions decode; numpy is not loaded for the others.
    quiet = quiet_libraries() if "clap_audio" in text.lower() else nullcontext()
    if is_set(library):
        names, rows = _run_on_set(library, text, values, chosen)
    else:
        with quiet, sqlclap.open(library, mode="read") as opened:
            register_functions(opened.connection, chosen["model"])
            attach_databases(opened.connection)
            hear_ctrl_c(opened.connection)
            names, rows = _run(opened.connection, text, values)
    columns = [Column(name, _show(name)) for name in names]
    print_rows([dict(zip(names, row, strict=True)) for row in rows], columns, output, names)


def _run_on_set(
    library: str, sql: str, values: dict[str, Any], chosen: dict[str, Any]
) -> tuple[list[str], list[tuple[Any, ...]]]:
    """Run a statement over a set; standard error says which shards are missing."""
    with quiet_libraries(), opened_tables(library, **chosen) as (connection, tables):
        try:
            return _run(connection, sql, values)
        finally:
            tell_missing(tables)


@contextmanager
def opened_tables(library: str, **chosen: Any) -> Iterator[tuple[Any, SetTables]]:
    """Open a set as a connection that has its table functions, and no tables."""
    import apsw

    from sqlclap.shards.tables import SetTables

    with open_asked(library, **chosen) as opened:
        tables, connection = SetTables(opened), apsw.Connection(":memory:")
        tables.register(connection)
        hear_ctrl_c(connection)
        try:
            yield connection, tables
        finally:
            connection.close()


def tell_missing(tables: SetTables) -> None:
    """Say on standard error which shards of a set lack in what was answered since."""
    for remark in tables.take_remarks():
        click.echo(printable(remark), err=True)


def _run(
    connection: Any, sql: str, values: dict[str, Any]
) -> tuple[list[str], list[tuple[Any, ...]]]:
    import apsw.ext

    from sqlclap.db.sqlite_errors import no_utf8
    from sqlclap.errors import QueryError
    from sqlclap.search.where_expressions import says_nothing

    try:
        info = apsw.ext.query_info(connection, sql)
        if says_nothing(sql):
            raise QueryError("expected a statement, got none: check your shell's quotes")
        if not says_nothing(info.query_remaining):
            raise QueryError("expected one statement; run several with `sqlclap shell`")
        _check_parameters(info, values)
        rows = connection.execute(sql, values).fetchall()
    except (KeyboardInterrupt, apsw.InterruptError):
        raise Stopped("interrupted") from None
    except apsw.ReadOnlyError as error:
        raise QueryError(
            f"query only reads; write with `sqlclap shell {typed(connection.filename)}`"
        ) from error
    except apsw.SQLError as error:  # of the statement, not of the library
        raise QueryError(f"SQLite says {error}") from error
    except UnicodeDecodeError as error:
        raise no_utf8(error) from error
    return _distinct([name for name, _ in info.description]), [_plain(row) for row in rows]


def _distinct(names: list[str]) -> list[str]:
    """Number names that stand more than once, as SQLite does for a subquery: path, path:1.

    Rows are printed by name, and of two columns of one name only the last would be seen.
    """
    distinct: list[str] = []
    for name in names:
        number, told = 0, name
        while told in distinct or (number and told in names):
            number += 1
            told = f"{name}:{number}"
        distinct.append(told)
    return distinct


def _check_parameters(info: Any, values: dict[str, Any]) -> None:
    """Check that each parameter has a value, and each value a parameter."""
    from sqlclap.errors import QueryError

    names = [name for name in info.bindings_names if name is not None and not name.isdigit()]
    if len(names) < info.bindings_count:
        raise QueryError("expected parameters with names, such as :x, got one without (?)")
    missing = [name for name in names if name not in values]
    if missing:
        give = " ".join(f"-p {name} VALUE" for name in missing)
        raise QueryError(f"no value for :{', :'.join(missing)}: give {give}")
    unused = [name for name in values if name not in names]
    if unused:
        known = f":{', :'.join(names)}" if names else "none"
        raise QueryError(f"no parameter :{', :'.join(unused)} in the statement; it has {known}")


def _plain(row: tuple[Any, ...]) -> tuple[Any, ...]:
    """Format BLOBs as hexadecimal and infinity as SQLite's shell does."""
    return tuple(_plain_value(value) for value in row)


def _plain_value(value: Any) -> Any:
    if isinstance(value, float) and math.isinf(value):
        return "Inf" if value > 0 else "-Inf"
    return value.hex() if isinstance(value, bytes) else value


def _show(name: str) -> Any:
    def cell(row: Any) -> str:
        value = row[name]
        return "" if value is None else str(value)

    return cell
