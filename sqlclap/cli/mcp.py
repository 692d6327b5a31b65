"""``sqlclap mcp``."""

from __future__ import annotations

import sys

import click

from sqlclap.cli.error_output import one_line_errors
from sqlclap.cli.options import LIBRARY, MODEL

EPILOG = """\b
Examples:
    sqlclap mcp sounds.db
    claude mcp add sounds -- sqlclap mcp ~/sounds.db
    sqlclap mcp sounds.db --write

\b
In the settings of a client that has a list of servers:
    {"mcpServers": {"sounds": {"command": "sqlclap", "args": ["mcp", "/home/me/sounds.db"]}}}
"""


@click.command(name="mcp", epilog=EPILOG)
@LIBRARY
@MODEL
@click.option("--write", is_flag=True, help="Let it make labels, votes, ratings, notes, too.")
@click.option("--files", is_flag=True, help="Let it name sound files outside of the library.")
@one_line_errors
def command(library: str, model: str | None, write: bool, files: bool) -> None:
    """Serve LIBRARY to assistants (Model Context Protocol).

    A client starts it and talks to it over standard input and output; nothing listens on the
    network. It only reads, unless --write is there; sound files are never written, and every
    change can be undone. SQL runs on a connection that can't write, for 5 seconds at most.
    """
    import sqlclap
    from sqlclap.mcp_server.server import make_server

    with sqlclap.open(library, model=model, mode="write" if write else "read") as opened:
        server = make_server(opened, files=files, write=write)
        if sys.stdin.isatty():
            click.echo("Waiting for a client on standard input; Ctrl-C ends it.", err=True)
        server.run("stdio")
