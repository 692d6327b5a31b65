"""The sqlite-utils plugin: the SQL functions in every database, and sqlclap's questions.

`sqlite-utils query sounds.db "select clap_neighbors(...)"` knows the functions, and
`sqlite-utils clap-search`, `clap-similar`, `clap-find`, `clap-neighbors` and `clap-matches` are
sqlclap's own commands.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlite_utils import hookimpl

if TYPE_CHECKING:
    import click

QUESTIONS = ("search", "similar", "find", "neighbors", "matches")


@hookimpl
def prepare_connection(conn: Any) -> None:
    """Register the functions; no model or index is loaded before one is called."""
    from sqlclap.sqlfunctions.adapters import register_where_possible

    register_where_possible(conn)


@hookimpl
def register_commands(cli: click.Group) -> None:
    """Add the commands that ask, each as ``clap-`` and its own name."""
    from importlib import import_module

    for name in QUESTIONS:
        cli.add_command(import_module(f"sqlclap.cli.{name}").command, name=f"clap-{name}")
