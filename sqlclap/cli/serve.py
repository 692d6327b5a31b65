"""``sqlclap serve``."""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import click

from sqlclap.cli.error_output import one_line, one_line_errors
from sqlclap.cli.options import LIBRARY

EPILOG = """\b
Examples:
    sqlclap serve sounds.db
    sqlclap serve sounds.db --port 9000 --no-browser
    sqlclap serve sounds.db --read-only --host 0.0.0.0
    sqlclap serve sounds.db --host 0.0.0.0 --allow-host studio.lan
"""


ALLOW_HOST = click.option(
    "--allow-host", multiple=True, metavar="NAME", help="Name that browsers may reach it by."
)


@click.command(name="serve", epilog=EPILOG)
@LIBRARY
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=8001,
    show_default=True,
    help="Port; the next free one if it is in use, 0 for any.",
)
@ALLOW_HOST
@click.option("--read-only", is_flag=True, help="No one may label.")
@click.option("--browser/--no-browser", default=True, help="Open the page.")
@one_line_errors
def command(library: str, **options: Any) -> None:
    """Show LIBRARY in the browser: a map to see, hear, search and label.

    It is served by Datasette, to this machine only unless --host says otherwise. The link that
    is printed signs you in; without it, others on this machine can look but not label. With
    another --host nobody gets in without a link: yours, or the one for others that is printed too.
    """
    serve_library(Path(library), options)


def serve_library(library: Path, options: dict[str, Any]) -> None:
    """Bring a library up to date, then serve it until Ctrl-C.

    Raises
    ------
    SqlclapError
        It can't be opened.
    click.ClickException
        Datasette is missing, or the address can't be used.
    """
    import sqlclap

    refuse_set(library)
    check_page_extra()
    check_address(options["host"])
    with sqlclap.open(library, mode="read" if options["read_only"] else "write"):
        pass  # a library of an older schema is migrated; what is none is refused
    run_server(library, options, click.echo)


def run_server(library: Path, options: dict[str, Any], say: Callable[[str], None]) -> None:
    """Serve a library that is up to date until Ctrl-C.

    Raises
    ------
    click.ClickException
        The address can't be used.
    """
    from datasette_sqlclap.serving import Serving, serve

    try:
        serve(library, Serving(**options), say)
    except OSError as error:
        address = f"{options['host']}:{options['port']}"
        raise click.ClickException(
            one_line(f"can't listen on {address}: {error.strerror}")
        ) from error


def refuse_set(library: Path) -> None:
    """Refuse a set: the page is of one library.

    Raises
    ------
    click.ClickException
        It says what to do instead.
    """
    from sqlclap.opening import is_set

    if not is_set(library):
        return
    from sqlclap.shards import open_set

    with open_set(library) as opened:
        shard = opened.shards[0].path
    raise click.ClickException(
        one_line(
            f"{library} is a set, and the page is of one library: `sqlclap serve {shard}` shows "
            f"one of its shards, on the set's map, and `sqlclap search {library} WORDS` asks all"
        )
    )


def check_address(host: str) -> None:
    """Check the address to listen on, before any work is done.

    Raises
    ------
    click.ClickException
        Nothing is reached by it.
    """
    try:
        if not host.strip():  # it would stand for all addresses of this machine
            raise ValueError("it is empty")
        import socket

        socket.getaddrinfo(host, None)
    except (OSError, ValueError) as error:
        raise click.ClickException(
            one_line(f"can't listen on {host!r}: {error}; try --host 127.0.0.1")
        ) from error


def check_page_extra() -> None:
    """Check that the page's extra is installed, before any work is done.

    Raises
    ------
    click.ClickException
        It names what to install.
    """
    for name in ("datasette", "datasette_sqlclap"):
        if find_spec(name) is None:
            raise click.ClickException(
                f"{name} is missing: the page needs pip install 'sqlclap[datasette]'"
            )
