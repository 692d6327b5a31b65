"""Access to the server: host names, cookies, and the one-time link."""

from __future__ import annotations

import ipaddress
import secrets
import socket
from http.cookies import CookieError, SimpleCookie
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from weakref import WeakKeyDictionary

from datasette.utils.asgi import Response

from datasette_sqlclap.datasette_versions import hidden_tables, sign_in, signed_in
from datasette_sqlclap.early_refusals import is_of_api, refuse
from datasette_sqlclap.permissions import GUEST, LOCAL_USER, TELLS_PATHS, is_local_user
from datasette_sqlclap.responses import RefusedError

if TYPE_CHECKING:
    from datasette.app import Datasette
    from datasette.utils.asgi import Request

    from datasette_sqlclap.own_output import App, Receive, Scope, Send

LOOPBACK = frozenset({"127.0.0.1", "localhost", "[::1]"})
ANY_ADDRESS = "*"
"""Among allowed hosts: addresses in numbers, which no name server can make up."""

_OPEN = ("/-/sqlclap", "/-/static", "/-/logout")


def hosts_served(host: str, more: tuple[str, ...] = ()) -> frozenset[str]:
    """Return the host names under which requests are allowed, for a server that listens on a host.

    Parameters
    ----------
    host : str
    more : tuple of str
        Further ones.
    """
    named = {_bracketed(one.strip().lower().rstrip(".")) for one in (host, *more)}
    if not is_any_address(host):
        return LOOPBACK | named
    own = socket.gethostname().lower()
    return LOOPBACK | named | {own, f"{own}.local", socket.getfqdn().lower(), ANY_ADDRESS}


def is_loopback(host: str) -> bool:
    """Return whether a host is only reachable from this machine."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host.lower() == "localhost"


async def sees_paths(datasette: Datasette, request: Request, database: str) -> bool:
    """Return whether a request's actor is at this machine and may see where its files lie."""
    host = urlsplit(f"//{request.headers.get('host', '')}").hostname or ""
    if not is_local_user(request.actor) or not is_loopback(host):
        return False
    return not await hidden_tables(datasette, request.actor, database, TELLS_PATHS)


async def check_readable(
    datasette: Datasette, request: Request, database: str, tables: tuple[str, ...]
) -> None:
    """Check that a request's actor may see tables.

    Raises
    ------
    RefusedError
    """
    missing = await hidden_tables(datasette, request.actor, database, tables)
    if missing:
        raise RefusedError(403, f"you may not see {', '.join(missing)} of {database}")


async def check_sees_paths(datasette: Datasette, request: Request, database: str) -> None:
    """Check that a request's actor may see where a library's files lie; see `sees_paths`.

    Raises
    ------
    RefusedError
    """
    if not await sees_paths(datasette, request, database):
        raise RefusedError(403, "where files lie is for the local user alone, on this machine")


def is_any_address(host: str) -> bool:
    """Return whether a host means all addresses of this machine."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_unspecified
    except ValueError:
        return False


def gate(datasette: Datasette, hosts: frozenset[str], needs_link: bool) -> App:
    """Wrap Datasette's app in the checks of host names and cookies.

    Parameters
    ----------
    datasette : Datasette
    hosts : frozenset of str
        See `hosts_served`.
    needs_link : bool
        Whether only those get in who came by one of the links that were printed.
    """
    return only_for_hosts(only_for_known(datasette, datasette.app(), needs_link), hosts)


def only_for_hosts(app: App, hosts: frozenset[str] | set[str]) -> App:
    """Reject requests with other host names, as protection against DNS rebinding."""

    async def check(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and not _is_served(_header(scope, b"host"), hosts):
            text = "This server does not answer to that name: who started it can allow it."
            await _refuse(scope, send, 421, text)
        else:
            await app(scope, receive, send)

    return check


def only_for_known(datasette: Datasette, app: App, needs_link: bool) -> App:
    """Reject unknown visitors if a link is needed.

    Datasette's pages about itself (``/-/databases`` and so on) are for the local user alone: they
    tell where files lie.
    """
    enter = datasette.urls.path("/-/sqlclap/-/enter")
    insides = datasette.urls.path("/-/")
    kept_open = tuple(datasette.urls.path(path) for path in _OPEN)

    async def check(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] == enter:
            await app(scope, receive, send)
            return
        actor, path = _actor(datasette, scope), scope["path"]
        if needs_link and actor is None:
            text = "Open the link that this server printed when it was started: it lets you in."
            await _refuse(scope, send, 401, text)
        elif (
            path.startswith(insides) and not path.startswith(kept_open) and not is_local_user(actor)
        ):
            await _refuse(scope, send, 403, "This is for the local user alone.")
        else:
            await app(scope, receive, send)

    return check


def _actor(datasette: Datasette, scope: Scope) -> dict[str, object] | None:
    """Return the actor of a request's signed cookie, if it is known."""
    try:
        morsel = SimpleCookie(_header(scope, b"cookie")).get("ds_actor")
        actor = signed_in(datasette, morsel.value)["a"] if morsel else None
    except (CookieError, KeyError, TypeError, ValueError):
        return None
    known = isinstance(actor, dict) and (is_local_user(actor) or actor.get("id") == GUEST["id"])
    return actor if known else None


def _is_served(sent: str, hosts: frozenset[str] | set[str]) -> bool:
    name, colon, port = sent.lower().rpartition(":")
    if not colon or not (port.isascii() and port.isdecimal()):
        name = sent.lower()
    name = name.rstrip(".")
    if ANY_ADDRESS in hosts and _is_number(name):
        return True
    return name != ANY_ADDRESS and name in hosts


def _is_number(name: str) -> bool:
    try:
        ipaddress.ip_address(name.strip("[]"))
    except ValueError:
        return False
    return True


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host and not host.startswith("[") and _is_number(host) else host


def _header(scope: Scope, name: bytes) -> str:
    found = [value for key, value in scope["headers"] if key == name]
    return found[0].decode("latin-1") if len(found) == 1 else ""


async def _refuse(scope: Scope, send: Send, status: int, text: str) -> None:
    if is_of_api(scope):
        await refuse(send, RefusedError(status, text))
        return
    headers = [[b"content-type", b"text/plain; charset=utf-8"], [b"cache-control", b"no-store"]]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": f"{text}\n".encode()})


_GUEST_TOKENS: WeakKeyDictionary[Datasette, str] = WeakKeyDictionary()
_TICKETS: WeakKeyDictionary[Datasette, str] = WeakKeyDictionary()


def issue_ticket(datasette: Datasette) -> str:
    """Return the path of a one-time link that signs a browser in."""
    ticket = secrets.token_urlsafe(32)
    _TICKETS[datasette] = ticket
    return str(datasette.urls.path(f"/-/sqlclap/-/enter?ticket={ticket}"))


def issue_guest_link(datasette: Datasette) -> str:
    """Return the path of a link that gives any number of browsers read access."""
    token = _GUEST_TOKENS.setdefault(datasette, secrets.token_urlsafe(32))
    return str(datasette.urls.path(f"/-/sqlclap/-/enter?token={token}"))


async def enter(datasette: Datasette, request: Request) -> Response:
    """Check a ticket or a guest's token, sign in, and redirect to the map."""
    if request.args.get("token"):
        actor = GUEST if _fits(_GUEST_TOKENS.get(datasette), request.args.get("token")) else None
    else:
        actor = LOCAL_USER if _fits(_TICKETS.get(datasette), request.args.get("ticket")) else None
    if actor is None:
        text = (
            "This link has been used, or is none: a server that is started again prints another.\n"
        )
        return Response(text, 403, {"Cache-Control": "no-store"}, "text/plain; charset=utf-8")
    if actor is LOCAL_USER:
        del _TICKETS[datasette]
    response = Response.redirect(datasette.urls.path("/-/sqlclap"))
    sign_in(datasette, response, actor)
    return response


def _fits(issued: str | None, shown: str | None) -> bool:
    return issued is not None and secrets.compare_digest(issued.encode(), (shown or "").encode())
