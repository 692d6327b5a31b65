"""Signing in the local user: ``sqlclap serve`` prints and opens a link that works once."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from datasette.utils.asgi import Response

from datasette_sqlclap.permissions import GUEST, LOCAL_USER
from datasette_sqlclap.versions import sign_in

if TYPE_CHECKING:
    from datasette.app import Datasette
    from datasette.utils.asgi import Request

_GUEST_TOKENS: WeakKeyDictionary[Datasette, str] = WeakKeyDictionary()
_TICKETS: WeakKeyDictionary[Datasette, str] = WeakKeyDictionary()


def issue_ticket(datasette: Datasette) -> str:
    """Return the path of a link that signs its browser in, once."""
    ticket = secrets.token_urlsafe(32)
    _TICKETS[datasette] = ticket
    return str(datasette.urls.path(f"/-/sqlclap/-/enter?ticket={ticket}"))


def issue_guest_link(datasette: Datasette) -> str:
    """Return the path of a link that lets any number of browsers look and listen."""
    token = _GUEST_TOKENS.setdefault(datasette, secrets.token_urlsafe(32))
    return str(datasette.urls.path(f"/-/sqlclap/-/enter?token={token}"))


async def enter(datasette: Datasette, request: Request) -> Any:
    """Take a ticket or a guest's token, sign in, and go on to the map."""
    if request.args.get("token"):
        actor = GUEST if _fits(_GUEST_TOKENS.get(datasette), request.args.get("token")) else None
    else:
        actor = LOCAL_USER if _fits(_TICKETS.get(datasette), request.args.get("ticket")) else None
    if actor is None:
        text = "This link has been used, or is none: start `sqlclap serve` again for another.\n"
        return Response(text, 403, {"Cache-Control": "no-store"}, "text/plain; charset=utf-8")
    if actor is LOCAL_USER:
        del _TICKETS[datasette]
    response = Response.redirect(datasette.urls.path("/-/sqlclap"))
    sign_in(datasette, response, actor)
    return response


def _fits(issued: str | None, shown: str | None) -> bool:
    return issued is not None and secrets.compare_digest(issued.encode(), (shown or "").encode())
