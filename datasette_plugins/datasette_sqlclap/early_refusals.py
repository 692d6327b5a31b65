"""Refusals by what stands before the API's routes, told as the API tells its errors.

Datasette looks at where a write comes from before any route does, and answers in HTML; what guards
`sqlclap serve` knows no routes at all. Programs, and pages that are open, read JSON.
"""

from __future__ import annotations

import re
from http.cookies import CookieError
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from datasette.utils.asgi import Request

from datasette_sqlclap.datasette_versions import signed_in
from datasette_sqlclap.responses import RefusedError, error_answer

if TYPE_CHECKING:
    from datasette.app import Datasette

    from datasette_sqlclap.own_output import App, Message, Receive, Scope, Send

SIGN_IN_AGAIN = (
    "your sign-in isn't known here any more, as when the server was started again: open the link "
    "that it printed, or sign in again, then reload the page"
)
RELOAD = (
    "this page is older than the server or your sign-in, or it is of another site: reload the page "
    "and try again"
)
_API = re.compile(r"/-/sqlclap/[^/]+/(?:api|sample)/")
_READING = ("GET", "HEAD", "OPTIONS")


def is_of_api(scope: Scope) -> bool:
    """Return whether a request is one of the API, whose errors are JSON."""
    return _API.search(scope.get("path", "")) is not None


def is_unknown_sign_in(datasette: Datasette, scope: Scope) -> bool:
    """Return whether a request's browser was signed in by a server with another secret."""
    try:
        cookie = Request(scope, None).cookies.get("ds_actor") or ""
    except CookieError:
        return False
    return cookie != "" and signed_in(datasette, cookie) is None


def refuse_other_sites(request: Request) -> None:
    """Reject requests from pages of other sites, by the headers that browsers send.

    Raises
    ------
    RefusedError
    """
    site = request.headers.get("sec-fetch-site")
    origin = request.headers.get("origin")
    if site is not None and site not in ("same-origin", "none"):
        raise RefusedError(403, "this was sent from another site")
    if site is None and origin and urlsplit(origin).netloc != request.headers.get("host"):
        raise RefusedError(403, "this was sent from another site")


async def refuse(send: Send, error: RefusedError) -> None:
    """Send a refusal as the API does."""
    await error_answer(error).asgi_send(send)


def tell_refusals(datasette: Datasette, app: App) -> App:
    """Return Datasette's app, whose refusals of writes to the API are JSON that says what to do."""

    async def told(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] in _READING or not is_of_api(scope):
            await app(scope, receive, send)
            return
        refused = False

        async def pass_on(event: Message) -> None:
            nonlocal refused
            if event["type"] == "http.response.start" and _is_foreign_refusal(event):
                refused = True
                why = SIGN_IN_AGAIN if is_unknown_sign_in(datasette, scope) else RELOAD
                await refuse(send, RefusedError(403, why))
            elif not refused:
                await send(event)

        await app(scope, receive, pass_on)

    return told


def _is_foreign_refusal(start: Message) -> bool:
    """Return whether a response is a refusal that no route of the API made."""
    headers = {key.lower(): value for key, value in start.get("headers", [])}
    kind = headers.get(b"content-type", b"")
    return start["status"] == 403 and not kind.startswith(b"application/json")
