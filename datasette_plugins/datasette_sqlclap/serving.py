"""Runs Datasette for one user on their own machine."""

from __future__ import annotations

import asyncio
import errno
import socket
import webbrowser
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from datasette_sqlclap.auth import gate, hosts_served, is_loopback, issue_guest_link, issue_ticket
from sqlclap.quantities import show_count

if TYPE_CHECKING:
    from datasette.app import Datasette

    from datasette_sqlclap.sets.served import ServedSet
    from sqlclap.shards import ShardSet

PORTS_TRIED = 20


@dataclass(frozen=True)
class Serving:
    """How to serve.

    Attributes
    ----------
    host : str
    port : int
        If it is in use, the next free port is taken.
    read_only : bool
        Whether labelling is forbidden.
    browser : bool
        Whether to open the browser.
    allow_host : tuple of str
        Further names under which browsers may reach it.
    """

    host: str = "127.0.0.1"
    port: int = 8001
    read_only: bool = False
    browser: bool = True
    allow_host: tuple[str, ...] = ()


def serve(libraries: Sequence[Path], serving: Serving, say: Callable[[str], None]) -> None:
    """Serve libraries, a page each, until it is stopped.

    Parameters
    ----------
    libraries : sequence of Path
    serving : Serving
    say : callable
        Prints a line for the user at the terminal.
    """
    served = str(libraries[0]) if len(libraries) == 1 else f"{len(libraries)} libraries"
    _run(make_datasette(libraries, serving.read_only), served, serving, say)


def serve_set(opened: ShardSet, serving: Serving, say: Callable[[str], None]) -> None:
    """Serve a set, one page for all of its shards, until it is stopped; see `serve`."""
    datasette, served = make_datasette_of_set(opened, serving.read_only)
    told = f"{opened.path}, {show_count(len(opened.shards), 'shard')},"
    try:
        _run(datasette, told, serving, say)
    finally:
        served.close()


def _run(datasette: Datasette, served: str, serving: Serving, say: Callable[[str], None]) -> None:
    import uvicorn

    asyncio.run(datasette.invoke_startup())
    listening = listen(serving.host, serving.port)
    host, port = serving.host, listening.getsockname()[1]
    shown = f"[{host}]" if ":" in host else host
    address = f"http://{shown}:{port}{issue_ticket(datasette)}"
    say(f"Serving {served} on http://{shown}:{port}/ (Ctrl-C ends it)")
    say(f"Open {address} (signs you in, once)")
    if not is_loopback(host):
        guests = f"http://{shown}:{port}{issue_guest_link(datasette)}"
        say(f"Others need {guests} (to look and listen; whoever has it may)")
    if serving.browser:
        webbrowser.open(address)  # the socket listens already: the request waits for the server
    app = gate(datasette, hosts_served(host, serving.allow_host), not is_loopback(host))
    config = uvicorn.Config(app, log_level="warning")
    uvicorn.Server(config).run(sockets=[listening])


def make_datasette_of_set(opened: ShardSet, read_only: bool = False) -> tuple[Datasette, ServedSet]:
    """Return a Datasette with a set, whose files it does not open; and the set, to be closed."""
    from datasette_sqlclap.sets.served import add_set

    datasette = make_datasette([], read_only)
    served = add_set(datasette, opened)
    datasette.remove_database("_memory")  # it comes where no file is served
    return datasette, served


def make_datasette(libraries: Sequence[Path], read_only: bool = False) -> Datasette:
    """Return a Datasette over libraries, with the plugin set up for them."""
    from datasette.app import Datasette

    settings = {"plugins": {"sqlclap": {"read-only": read_only, "hide-paths": True}}}
    files = [str(one) for one in libraries]
    if hasattr(Datasette, "allowed"):
        return Datasette(files, config=settings)
    return Datasette(files, metadata=settings)


def listen(host: str, port: int) -> socket.socket:
    """Return a listening socket on the first free port from `port` on.

    Raises
    ------
    OSError
        There is none, or the host is not ours.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    for tried in range(port, min(port + PORTS_TRIED, 65_536)):
        # asyncio sends at once only on sockets that name TCP: else an answer in two parts waits
        # 40 ms for the browser to acknowledge the first.
        opened = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            opened.bind((host, tried))
            opened.listen(128)
        except OSError as error:
            opened.close()
            if tried == port + PORTS_TRIED - 1 or error.errno != errno.EADDRINUSE:
                raise
        else:
            return opened
    raise OSError(f"no free port from {port} on")
