"""``sqlclap shell``."""

from __future__ import annotations

import sys
from typing import Any

import click

from sqlclap.cli.error_output import (
    INTERRUPTED,
    hear_ctrl_c,
    one_line_errors,
)
from sqlclap.cli.options import LIBRARY, MODEL, REQUIRE_ALL
from sqlclap.cli.query import opened_tables, tell_missing

EPILOG = """\b
Examples:
    sqlclap shell sounds.db
    echo "SELECT * FROM clap_search('deep kick', 5);" | sqlclap shell sounds.db
    sqlclap shell set.toml
"""


@click.command(name="shell", epilog=EPILOG)
@LIBRARY
@MODEL
@REQUIRE_ALL
@one_line_errors
def command(library: str, **chosen: Any) -> None:
    """Open a SQL shell, with sqlclap's functions.

    Databases with attached tables are opened beside it, for reading. What is deleted here takes its
    vectors along; .help lists the shell's own commands.

    On a set there are table functions over all shards, as for `sqlclap query`, and no tables of the
    set; tables that you make there go when the shell ends.
    """
    from sqlclap.opening import is_set

    if is_set(library):
        _open_on_set(library, chosen)
    else:
        _open_on_library(library, chosen["model"])


def _open_on_library(library: str, model: str | None) -> None:
    import apsw.shell

    import sqlclap
    from sqlclap.attach.joining import attach_databases
    from sqlclap.sqlfunctions.adapters import register_functions

    with sqlclap.open(library, mode="write") as opened:
        register_functions(opened.connection, model)
        attach_databases(opened.connection)
        hear_ctrl_c(opened.connection)
        _loop(apsw.shell.Shell(db=opened.connection))


def _open_on_set(library: str, chosen: dict[str, Any]) -> None:
    import apsw.shell

    class SetShell(apsw.shell.Shell):
        """Says after each line which shards lacked in what it answered."""

        def process_sql(self, *asked: Any, **how: Any) -> None:
            try:
                super().process_sql(*asked, **how)
            finally:
                tell_missing(tables)

    with opened_tables(library, **chosen) as (connection, tables):
        told = f"No tables, but functions over all shards: {', '.join(tables.names)}\n"
        _loop(SetShell(db=connection), told)


def _loop(shell: Any, told: str | None = None) -> None:
    """Run a shell; at a terminal it begins with what is told."""
    try:
        shell.cmdloop(transient=told)
    except KeyboardInterrupt:  # at a terminal the shell takes it, and goes on
        click.echo("interrupted", err=True)
        sys.exit(INTERRUPTED)
