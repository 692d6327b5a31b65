"""``sqlclap query``."""

from __future__ import annotations

import sys
from contextlib import nullcontext
from typing import Any

import click

from sqlclap.cli.arguments import LIBRARY, MODEL
from sqlclap.cli.failing import one_line_errors, quiet_libraries
from sqlclap.cli.narrowing import parameter_option, parameter_value
from sqlclap.cli.output import Column, format_options, print_rows

EPILOG = """\b
Examples:
    sqlclap query sounds.db "SELECT path FROM samples WHERE duration_s > 10"
    sqlclap query sounds.db "SELECT path, score FROM clap_search('deep kick', 5)" --csv
    sqlclap query sounds.db "SELECT * FROM clap_search(:words)" -p words rain --json
    sqlclap query sounds.db - < report.sql
"""


@click.command(name="query", epilog=EPILOG)
@LIBRARY
@click.argument("sql")
@parameter_option("Value of a :parameter.")
@MODEL
@format_options
@one_line_errors
def command(
    library: str, sql: str, params: tuple[tuple[str, str], ...], model: str | None, output: str
) -> None:
    """Run one SQL statement on LIBRARY, with sqlclap's functions at hand.

    The library is opened for reading only. SQL is the statement, or - to read it from standard
    input. docs/sql.md lists the functions.
    """
    import sqlclap
    from sqlclap.functions import register_functions

    text = sys.stdin.read() if sql == "-" else sql
    values = {name: parameter_value(value) for name, value in params}
    # Only these functions decode; numpy is not loaded for the others.
    quiet = quiet_libraries() if "clap_audio" in text.lower() else nullcontext()
    with quiet, sqlclap.open(library, mode="read") as opened:
        register_functions(opened.connection, model)
        names, rows = _run(opened.connection, text, values)
    columns = [Column(name, _show(name)) for name in names]
    print_rows([dict(zip(names, row, strict=True)) for row in rows], columns, output, names)


def _run(
    connection: Any, sql: str, values: dict[str, Any]
) -> tuple[list[str], list[tuple[Any, ...]]]:
    import apsw.ext

    from sqlclap.errors import QueryError

    info = apsw.ext.query_info(connection, sql)
    if info.query_remaining and info.query_remaining.strip():
        raise QueryError("expected one statement; run several with `sqlclap shell`")
    rows = connection.execute(sql, values).fetchall()
    return [name for name, _ in info.description], [_plain(row) for row in rows]


def _plain(row: tuple[Any, ...]) -> tuple[Any, ...]:
    """Write BLOBs as hexadecimal: JSON and CSV hold none."""
    return tuple(value.hex() if isinstance(value, bytes) else value for value in row)


def _show(name: str) -> Any:
    def cell(row: Any) -> str:
        value = row[name]
        return "" if value is None else str(value)

    return cell
