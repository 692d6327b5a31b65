"""What every view has in common: errors become JSON, views get what they name."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from datasette_sqlclap.answers import RefusedError, error_answer, is_foreseen
from datasette_sqlclap.asking import (
    check_arguments,
    check_keys,
    check_writer,
    json_body,
    library_of,
)
from datasette_sqlclap.libraries import ServedLibrary
from datasette_sqlclap.reasons import hidden_paths, roots_of

if TYPE_CHECKING:
    from datasette.app import Datasette
    from datasette.utils.asgi import Request

_ARGUMENTS, _KEYS = "sqlclap_arguments", "sqlclap_keys"


@dataclass(frozen=True)
class Asked:
    """A request about a library that its actor may see.

    Attributes
    ----------
    datasette : Datasette
    request : Request
    library : ServedLibrary
    receive, send : callable
        ASGI's.
    """

    datasette: Datasette
    request: Request
    library: ServedLibrary
    receive: Any
    send: Any

    def argument(self, name: str, default: str = "") -> str:
        """Return a value of the query string."""
        return str(self.request.args.get(name) or default)


View = Callable[[Asked], Awaitable[Any]]
Write = Callable[[Asked, dict[str, Any]], Awaitable[Any]]
AsgiView = Callable[..., Awaitable[Any]]
Marked = TypeVar("Marked", bound=Callable[..., Any])


def asks(*names: str) -> Callable[[Marked], Marked]:
    """Name the arguments of the query string that a view takes; all others are refused."""

    def mark(view: Marked) -> Marked:
        setattr(view, _ARGUMENTS, names)
        return view

    return mark


def keys(*names: str) -> Callable[[Marked], Marked]:
    """Name the keys of the JSON object that a writing view takes; all others are refused."""

    def mark(write: Marked) -> Marked:
        setattr(write, _KEYS, names)
        return write

    return mark


def reads(view: View) -> AsgiView:
    """Make a view of GET and HEAD out of one that reads."""
    return _by_method({"GET": view, "HEAD": view})


def writes(write: Write) -> AsgiView:
    """Make a view of POST, with a JSON object as its body, out of one that writes."""
    return _by_method({"POST": _checked(write)})


def reads_and_writes(view: View, write: Write) -> AsgiView:
    """Make a view of GET, HEAD and POST."""
    return _by_method({"GET": view, "HEAD": view, "POST": _checked(write)})


def takes(view: View) -> AsgiView:
    """Make a view of POST that reads a body of its own and changes nothing."""
    return _by_method({"POST": view})


def _checked(write: Write) -> View:
    async def check_and_write(asked: Asked) -> Any:
        await check_writer(asked.datasette, asked.request, asked.library)
        body = await json_body(asked.request, asked.receive)
        check_keys(body, getattr(write, _KEYS, ()))
        return await write(asked, body)

    return check_and_write


def _by_method(views: dict[str, View]) -> AsgiView:
    async def answer(datasette: Datasette, request: Request, receive: Any, send: Any) -> Any:
        library = None
        try:
            view = views.get(request.method)
            if view is None:
                allowed = ", ".join(views)
                raise RefusedError(405, f"expected {allowed}, got {request.method[:20]}")
            library = await library_of(datasette, request)
            check_arguments(request, getattr(view, _ARGUMENTS, ()))
            return await view(Asked(datasette, request, library, receive, send))
        except Exception as error:  # those that nobody foresaw are raised again
            return error_answer(error, await _hidden(library) if is_foreseen(error) else {})

    return answer


async def _hidden(library: ServedLibrary | None) -> dict[str, str]:
    """Return what in an error would tell where files lie, and what to say instead."""
    if library is None:
        return {}
    try:
        roots = await library.read(lambda session: roots_of(session.database))
    except Exception:  # the error to tell may be that nothing can be read
        roots = []
    return hidden_paths(library.database, roots)
