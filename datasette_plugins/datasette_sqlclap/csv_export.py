"""Guards Datasette's CSV of a library against spreadsheet formulas, as sqlclap's own.

A file's name may begin with "=", and Datasette writes it as it is: a spreadsheet would calculate
it. No hook of Datasette's reaches its CSV, so that the answer is rewritten as it passes by.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from typing import TYPE_CHECKING

from datasette.utils import tilde_decode

from datasette_sqlclap.libraries import is_library
from sqlclap.cells import guard

if TYPE_CHECKING:
    from datasette.app import Datasette

    from datasette_sqlclap.asgi import App, Message, Receive, Scope, Send


_CSV = re.compile(rb"text/(csv|plain)\b")
csv.field_size_limit(1 << 30)  # a model's contract may be longer than the 128 KiB it begins with


def guard_csv(datasette: Datasette, app: App) -> App:
    """Return Datasette's app with the CSV of libraries guarded."""

    async def guarded(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not await _is_csv_of_library(datasette, scope):
            await app(scope, receive, send)
            return
        rows = GuardedRows()

        async def pass_on(event: Message) -> None:
            if event["type"] == "http.response.start":
                headers = {key.lower(): value for key, value in event.get("headers", [])}
                rows.are_csv = bool(_CSV.match(headers.get(b"content-type", b"")))
            elif event["type"] == "http.response.body" and rows.are_csv:
                more = event.get("more_body", False)
                event = event | {"body": rows.take(event.get("body", b""), is_last=not more)}
            await send(event)

        await app(scope, receive, pass_on)

    return guarded


async def _is_csv_of_library(datasette: Datasette, scope: Scope) -> bool:
    """Return whether the response may be rows of a library as CSV."""
    path = scope["path"]
    if not path.endswith(".csv") and b"_format=csv" not in scope.get("query_string", b""):
        return False
    prefix = str(datasette.setting("base_url")).rstrip("/")
    first = path.removeprefix(prefix).lstrip("/").partition("/")[0].removesuffix(".csv")
    for database in datasette.databases.values():
        if tilde_decode(first) in (database.name, database.route):
            return await is_library(database)
    return False


class GuardedRows:
    """Rewrites CSV that arrives in pieces; a row is passed on when all of it is there.

    Attributes
    ----------
    are_csv : bool
        Whether there are rows at all: an error is told as a page.
    """

    def __init__(self) -> None:
        self.are_csv = False
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._rest = ""

    def take(self, piece: bytes, is_last: bool) -> bytes:
        """Add a piece; return the complete rows."""
        text = self._rest + self._decoder.decode(piece, final=is_last)
        end = len(text) if is_last else _end_of_rows(text)
        self._rest = text[end:]
        written = io.StringIO()
        rows = csv.reader(io.StringIO(text[:end], newline=""))
        csv.writer(written).writerows([*map(guard, row)] for row in rows)
        return written.getvalue().encode()


def _end_of_rows(text: str) -> int:
    """Return where the last whole row ends: at a line's end outside of quotes."""
    end = text.rfind("\n") + 1
    while end and text.count('"', 0, end) % 2:
        end = text.rfind("\n", 0, end - 1) + 1
    return end
