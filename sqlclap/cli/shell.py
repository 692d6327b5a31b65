"""``sqlclap shell``."""

from __future__ import annotations

import sys
from typing import Any

import click

from sqlclap.cli.error_output import INTERRUPTED, hear_ctrl_c, one_line_errors
from sqlclap.cli.options import LIBRARY, MODEL

EPILOG = """\b
Examples:
    sqlclap shell sounds.db
    echo "SELECT * FROM clap_search('deep kick', 5);" | sqlclap shell sounds.db
"""


@click.command(name="shell", epilog=EPILOG)
@LIBRARY
@MODEL
@one_line_errors
def command(library: str, model: str | None) -> None:
    """Open a SQL shell, with sqlclap's functions.

    Databases with attached tables are opened beside it, for reading. What is deleted here takes its
    vectors along; .help lists the shell's own commands.
    """
    import apsw.shell

    import sqlclap
    from sqlclap.attach.joining import attach_databases
    from sqlclap.sqlfunctions.adapters import register_functions

    with sqlclap.open(library, mode="write") as opened:
        register_functions(opened.connection, model)
        attach_databases(opened.connection)
        hear_ctrl_c(opened.connection)
        shell: Any = apsw.shell.Shell(db=opened.connection)
        try:
            shell.cmdloop()
        except KeyboardInterrupt:  # at a terminal the shell takes it, and goes on
            click.echo("interrupted", err=True)
            sys.exit(INTERRUPTED)
