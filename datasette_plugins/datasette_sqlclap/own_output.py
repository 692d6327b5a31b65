"""What Datasette's own pages print: why a function failed, and CSV without formulas."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Awaitable, Callable
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any
from weakref import WeakSet

from datasette.utils import tilde_decode
from datasette.utils.sqlite import sqlite3

from datasette_sqlclap.datasette_versions import running_methods
from datasette_sqlclap.libraries import is_library, watched
from datasette_sqlclap.wording import worded
from sqlclap.cells import guard
from sqlclap.errors import SqlclapError

if TYPE_CHECKING:
    from sqlite3 import Connection

    from datasette.app import Datasette
    from datasette.database import Database

Scope = dict[str, Any]
Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]


_TELLING: WeakSet[Database] = WeakSet()


def tell_reasons(database: Database) -> None:
    """Make errors of a database's statements say why a function failed; idempotent.

    Nothing is asked of a library whose file, or schema, was changed under the server.
    """
    if database in _TELLING:
        return
    _TELLING.add(database)
    for name in running_methods(database):
        setattr(database, name, _telling(database, getattr(database, name)))


def _telling(database: Database, run: Callable[..., Any]) -> Callable[..., Any]:
    """Return a method of a database that takes work for a connection, made to tell reasons."""

    @wraps(run)
    async def told(work: Callable[..., Any], *arguments: Any, **options: Any) -> Any:
        @wraps(work)
        def work_and_tell(*given: Any, **named: Any) -> Any:
            from sqlclap.sqlfunctions.failures import function_errors

            connection = given[0] if given else next(iter(named.values()), None)
            watch = watched(database)
            if watch is not None and connection is not None:
                watch.check(connection)
            try:
                with function_errors():
                    return work(*given, **named)
            except Exception as error:
                if error.__cause__ is None or connection is None:
                    raise
                raise without_paths(error, database, connection) from error.__cause__

        try:
            return await run(work_and_tell, *arguments, **options)
        except sqlite3.OperationalError:  # of a thread that is the first to open what has gone
            watch = watched(database)
            if watch is not None:
                watch.check_file()
            raise

    return told


def without_paths(error: Exception, database: Database, connection: Connection) -> Exception:
    """Return an error of the same kind in the words of a page: without paths and commands."""
    text = said = str(error)
    for path, instead in hidden_paths(database, roots_of(connection)).items():
        text = text.replace(path, instead)
    cause = error.__cause__
    if isinstance(cause, SqlclapError):
        text = worded(cause, text)
    return error if text == said else type(error)(text)


def hidden_paths(database: Database, roots: list[str]) -> dict[str, str]:
    """Return the absolute paths that an error may contain, with their replacements."""
    if not database.path:
        return {f"{root.rstrip('/')}/": "" for root in roots}
    folder = str(Path(database.path).parent)
    hidden = {f"{root.rstrip('/')}/": "" for root in roots}
    return {str(database.path): database.name} | hidden | {f"{folder}/": ""}


def roots_of(connection: Connection) -> list[str]:
    """Return the folders of a library's sources; none where that can't be read."""
    from sqlclap.db.database import SQLite3Database
    from sqlclap.db.sources import list_roots

    try:
        return list_roots(SQLite3Database(connection))
    except Exception:  # no library, or the error to tell is that nothing can be read
        return []


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


def plain_tracebacks() -> None:
    """Keep Datasette from printing errors with rich, which is installed with sqlclap.

    It prints every page that isn't there, with local variables, and fails on some of them: the
    answer is 500 instead of 404.
    """
    from datasette import handle_exception

    handle_exception.rich = None
