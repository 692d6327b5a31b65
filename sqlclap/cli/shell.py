"""``sqlclap shell``."""

from __future__ import annotations

from typing import Any

import click

from sqlclap.cli.arguments import LIBRARY, MODEL
from sqlclap.cli.failing import one_line_errors

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
    """Open a SQL shell on LIBRARY, with sqlclap's functions at hand.

    What is deleted here takes its vectors along; .help lists the shell's own commands.
    """
    import apsw.shell

    import sqlclap
    from sqlclap.functions import register_functions

    with sqlclap.open(library, mode="write") as opened:
        register_functions(opened.connection, model)
        shell: Any = apsw.shell.Shell(db=opened.connection)
        shell.cmdloop()
