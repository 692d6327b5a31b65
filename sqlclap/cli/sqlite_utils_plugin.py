"""The sqlite-utils plugin: the SQL functions in every database, and two commands.

`sqlite-utils query sounds.db "select ... clap_neighbors(...)"` knows the functions, and
`sqlite-utils clap-search` and `clap-similar` are sqlclap's own `search` and `similar`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlite_utils import hookimpl

if TYPE_CHECKING:
    import click


@hookimpl
def prepare_connection(conn: Any) -> None:
    """Register the functions; no model or index is loaded before one is called."""
    from sqlclap.sqlfunctions.adapters import register_where_possible

    register_where_possible(conn)


@hookimpl
def register_commands(cli: click.Group) -> None:
    """Add ``clap-search`` and ``clap-similar``."""
    from sqlclap.cli import search, similar

    cli.add_command(search.command, name="clap-search")
    cli.add_command(similar.command, name="clap-similar")
