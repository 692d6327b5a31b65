"""Signing in the local user: ``sqlclap serve`` prints and opens a link that works once."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from datasette.utils.asgi import Response

from datasette_sqlclap.permissions import LOCAL_USER
from datasette_sqlclap.versions import sign_in

if TYPE_CHECKING:
    from datasette.app import Datasette
    from datasette.utils.asgi import Request

_TICKETS: WeakKeyDictionary[Datasette, str] = WeakKeyDictionary()


def issue_ticket(datasette: Datasette) -> str:
    """Return the path of a link that signs its browser in, once."""
    ticket = secrets.token_urlsafe(32)
    _TICKETS[datasette] = ticket
    return str(datasette.urls.path(f"/-/sqlclap/-/enter?ticket={ticket}"))


async def enter(datasette: Datasette, request: Request) -> Any:
    """Take a ticket, sign in, and go on to the map."""
    issued, shown = _TICKETS.get(datasette), request.args.get("ticket") or ""
    if issued is None or not secrets.compare_digest(issued.encode(), shown.encode()):
        text = "This link has been used, or is none: start `sqlclap serve` again for another.\n"
        return Response(text, 403, {"Cache-Control": "no-store"}, "text/plain; charset=utf-8")
    del _TICKETS[datasette]
    response = Response.redirect(datasette.urls.path("/-/sqlclap"))
    sign_in(datasette, response, LOCAL_USER)
    return response
