"""Running Datasette for one person on their own machine."""

from __future__ import annotations

import asyncio
import errno
import ipaddress
import socket
import webbrowser
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from datasette_sqlclap.entering import issue_ticket

if TYPE_CHECKING:
    from datasette.app import Datasette

PORTS_TRIED = 20


@dataclass(frozen=True)
class Serving:
    """How to serve.

    Attributes
    ----------
    host : str
    port : int
        The next free one is taken where it is in use.
    read_only : bool
        No one is signed in, and no one may label.
    browser : bool
        Open it.
    """

    host: str = "127.0.0.1"
    port: int = 8001
    read_only: bool = False
    browser: bool = True


def serve(library: Path, serving: Serving, say: Callable[[str], None]) -> None:
    """Serve a library until it is stopped.

    Parameters
    ----------
    library : Path
    serving : Serving
    say : callable
        Takes lines for the person at the terminal.
    """
    import uvicorn

    datasette = make_datasette(library, serving.read_only)
    asyncio.run(datasette.invoke_startup())
    listening = listen(serving.host, serving.port)
    host, port = serving.host, listening.getsockname()[1]
    shown = f"[{host}]" if ":" in host else host
    path = datasette.urls.path("/-/sqlclap") if serving.read_only else issue_ticket(datasette)
    address = f"http://{shown}:{port}{path}"
    say(f"Serving {library} on http://{shown}:{port}/ (Ctrl-C ends it)")
    say(f"Open {address}" + ("" if serving.read_only else " (signs you in, once)"))
    if serving.browser:
        webbrowser.open(address)  # the socket listens already: the request waits for the server
    plain_tracebacks()
    app = only_for_hosts(datasette.app(), {host, "127.0.0.1", "localhost", "[::1]"})
    config = uvicorn.Config(app, log_level="warning")
    uvicorn.Server(config).run(sockets=[listening])


def make_datasette(library: Path, read_only: bool = False) -> Datasette:
    """Return a Datasette over a library, with the plugin set up for it."""
    from datasette.app import Datasette

    settings = {"plugins": {"sqlclap": {"read-only": read_only}}}
    named = "config" if hasattr(Datasette, "allowed") else "metadata"
    return Datasette([str(library)], **{named: settings})


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


def plain_tracebacks() -> None:
    """Keep Datasette from printing errors through rich, which sqlclap brings along.

    It prints every page that isn't there, with local variables, and fails on some of them: the
    answer is 500 instead of 404.
    """
    from datasette import handle_exception

    handle_exception.rich = None


App = Callable[[dict[str, Any], Any, Any], Awaitable[None]]


def only_for_hosts(app: App, hosts: set[str]) -> App:
    """Refuse requests under other names: a web page must not reach us by rebinding its own."""
    if any(is_any_address(host) for host in hosts):
        return app

    async def check(scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            sent = dict(scope["headers"]).get(b"host", b"").decode("latin-1")
            if sent.rpartition(":")[0] not in hosts and sent not in hosts:
                headers = [[b"content-type", b"text/plain"]]
                await send({"type": "http.response.start", "status": 421, "headers": headers})
                await send({"type": "http.response.body", "body": b"unknown host\n"})
                return
        await app(scope, receive, send)

    return check


def is_any_address(host: str) -> bool:
    """Tell whether a host stands for all addresses of this machine."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_unspecified
    except ValueError:
        return False
