"""``sqlclap serve``."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from sqlclap.cli.error_output import one_line, one_line_errors
from sqlclap.cli.options import LIBRARY
from sqlclap.errors import SetError
from sqlclap.quantities import printable, show_count

if TYPE_CHECKING:
    from sqlclap.db.connection import Mode

EPILOG = """\b
Examples:
    sqlclap serve sounds.db
    sqlclap serve sounds.db --port 9000 --no-browser
    sqlclap serve sounds.db --read-only --host 0.0.0.0
    sqlclap serve sounds.db --host 0.0.0.0 --allow-host studio.lan
    sqlclap serve set.toml               one page for all shards of a set
    sqlclap serve set.toml --shards      a page each, with its tables, for reading
"""


NODE_DEADLINE_S = 10.0
"""So long a page waits for nodes of a set; people don't wait for half a minute."""

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
@click.option("--shards", is_flag=True, help="Of a set: each shard's own page, for reading.")
@click.option("--browser/--no-browser", default=True, help="Open the page.")
@one_line_errors
def command(library: str, **options: Any) -> None:
    """Show a library or a set in the browser.

    There is a map to see, hear, search and label. It is served by Datasette, to this machine only
    unless --host says otherwise. The link that is printed signs you in; without it, others on this
    machine can look but not label. With another --host nobody gets in without a link: yours, or the
    one for others that is printed too.
    """
    serve_library(Path(library), options)


def serve_library(library: Path, options: dict[str, Any]) -> None:
    """Bring a library up to date, then serve it until Ctrl-C; a set is served as it is.

    Raises
    ------
    SqlclapError
        It can't be opened.
    click.ClickException
        Datasette is missing, or the address can't be used.
    """
    import sqlclap
    from sqlclap.opening import is_set

    check_page_extra()
    check_address(options["host"])
    # A library of an older schema is migrated; what is none is refused.
    mode: Mode = "read" if options["read_only"] else "write"
    by_shard = options.pop("shards", False)
    if is_set(library):
        if not by_shard:
            run_set_server(library, options, click.echo)
            return
        shards = _shards_to_show(library, mode)
        click.echo(
            f"{show_count(len(shards), 'shard')} of {printable(str(library))}, a page each and for "
            "reading only: a search there is of one shard, and the set's labels are not shown"
        )
        run_server(shards, {**options, "read_only": True}, click.echo)
        return
    if by_shard:
        raise SetError(f"--shards is for sets, and {library} is a library: leave it out")
    with sqlclap.open(library, mode=mode):
        pass
    run_server([library], options, click.echo)


def run_set_server(path: Path, options: dict[str, Any], say: Callable[[str], None]) -> None:
    """Serve a set until Ctrl-C; say first which shards can't be asked.

    Raises
    ------
    SetError
        None can.
    click.ClickException
        The address can't be used.
    """
    from sqlclap.shards import SetOptions, open_set
    from sqlclap.shards.jobs import Knock

    mode: Mode = "read" if options["read_only"] else "write"
    with open_set(path, SetOptions(mode=mode, deadline_s=NODE_DEADLINE_S)) as opened:
        found, _ = opened.session.ask(Knock())
        for missing in found.missing:
            click.echo(printable(f"not answering, {missing}"), err=True)
        if not found.parts:
            raise SetError(f"no shard of {path} answers")
        _ = opened.session.model  # told now, where the catalog can't be used
        from datasette_sqlclap.serving import Serving, serve_set

        with _told_addresses(options):
            serve_set(opened, Serving(**options), say)


def _shards_to_show(path: Path, mode: Mode) -> list[Path]:
    """Return the libraries of a set that can be opened here; say of each other one why not.

    Raises
    ------
    SetError
        There is none.
    """
    from sqlclap.shards import open_set
    from sqlclap.shards.visiting import Visit

    shown: list[Path] = []
    visit = Visit(open_set(path).shards)
    visit.each(mode, lambda shard, _: shown.append(shard.path))
    for missing in visit.left_out:
        click.echo(printable(f"not shown, {missing}"), err=True)
    if not shown:
        raise SetError(f"no shard of {path} can be opened here")
    return shown


def run_server(
    libraries: Sequence[Path], options: dict[str, Any], say: Callable[[str], None]
) -> None:
    """Serve libraries that are up to date until Ctrl-C.

    Raises
    ------
    click.ClickException
        The address can't be used.
    """
    from datasette_sqlclap.serving import Serving, serve

    with _told_addresses(options):
        serve(libraries, Serving(**options), say)


@contextmanager
def _told_addresses(options: dict[str, Any]) -> Iterator[None]:
    """Tell in one line why an address can't be listened on."""
    try:
        yield
    except OSError as error:
        address = f"{options['host']}:{options['port']}"
        raise click.ClickException(
            one_line(f"can't listen on {address}: {error.strerror}")
        ) from error


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
