"""Parses requests (library, permissions, body, numbers), and wraps views."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import wraps
from typing import TYPE_CHECKING, Any, TypeVar

from datasette.utils.asgi import Response

from datasette_sqlclap.datasette_versions import may_do, may_view
from datasette_sqlclap.early_refusals import SIGN_IN_AGAIN, refuse_other_sites
from datasette_sqlclap.libraries import ServedLibrary, find_served, why_unusable
from datasette_sqlclap.own_output import hidden_paths
from datasette_sqlclap.permissions import LABEL
from datasette_sqlclap.recorded_writes import RecordedLibrary
from datasette_sqlclap.request_bodies import JsonObject, json_body
from datasette_sqlclap.responses import RefusedError, error_answer, is_foreseen
from datasette_sqlclap.staleness import explained

if TYPE_CHECKING:
    from datasette.app import Datasette
    from datasette.utils.asgi import Request

    from datasette_sqlclap.own_output import Receive, Send
    from sqlclap.db.spans import SampleSpan
    from sqlclap.session import Session

Result = TypeVar("Result")

LONGEST_QUERY = 1_000
LARGEST_ID = 2**63 - 1


async def library_of(datasette: Datasette, request: Request) -> ServedLibrary:
    """Return the library of a request, if its actor may see it.

    Raises
    ------
    RefusedError
        There is none of that name, or the actor may not see it.
    """
    name = database_of(request)
    library = await find_served(datasette, name)
    if library is None:
        database = datasette.databases.get(name)
        refused = await why_unusable(database) if database else None
        raise refused or RefusedError(404, f"no sqlclap library is served as {name[:200]!r}")
    if not await may_view(datasette, request.actor, name):
        raise RefusedError(403, f"you may not see {name}")
    return library


def database_of(request: Request) -> str:
    """Return the name of the database in a request's path."""
    from datasette.utils import tilde_decode

    return str(tilde_decode(request.url_vars["database"]))


async def may_label(datasette: Datasette, request: Request, library: ServedLibrary) -> bool:
    """Return whether a request's actor may write labels, anchors, votes and tags."""
    if not library.database.is_mutable:
        return False
    return await may_do(datasette, request.actor, LABEL, library.database.name)


async def check_writer(datasette: Datasette, request: Request, library: ServedLibrary) -> None:
    """Check that a request's actor may write.

    Raises
    ------
    RefusedError
    """
    refuse_other_sites(request)
    if not library.database.is_mutable:
        raise RefusedError(403, f"{library.database.name} is open for reading only")
    if not await may_label(datasette, request, library):
        if request.actor is None and request.cookies.get("ds_actor"):
            raise RefusedError(403, SIGN_IN_AGAIN)
        raise RefusedError(403, f"you need the permission {LABEL} on {library.database.name}")


def check_arguments(request: Request, known: Sequence[str]) -> None:
    """Reject a query string with unknown or duplicate arguments.

    Datasette's own ones (``_shape`` and the like, ``csrftoken``) are let through.

    Raises
    ------
    RefusedError
    """
    given = [name for name in request.args if not _is_datasettes(name)]
    _refuse_unknown(given, known, "argument")
    twice = next((name for name in given if len(request.args.getlist(name)) > 1), None)
    if twice is not None:
        count = len(request.args.getlist(twice))
        raise RefusedError(400, f"expected {twice} once, got it {count} times")


def check_keys(body: Mapping[str, object], known: Sequence[str]) -> None:
    """Reject a JSON object with unknown keys.

    Raises
    ------
    RefusedError
    """
    _refuse_unknown([name for name in body if not _is_datasettes(name)], known, "key")


def _refuse_unknown(given: Sequence[str], known: Sequence[str], what: str) -> None:
    unknown = sorted(set(given) - set(known))
    if unknown:
        among = f"this takes {', '.join(known)}" if known else "this takes none"
        shown = ", ".join(name[:60] for name in unknown[:5])
        raise RefusedError(400, f"unknown {what} {shown}: {among}")


def _is_datasettes(name: str) -> bool:
    return name.startswith("_") or name == "csrftoken"


def flag(body: Mapping[str, object], name: str) -> bool:
    """Return a true or false of a JSON object; false where it is not given.

    Raises
    ------
    RefusedError
    """
    value = body.get(name, False)
    if not isinstance(value, bool):
        raise RefusedError(400, f"expected {name} to be true or false, got {str(value)[:60]!r}")
    return value


def whole_number(value: object, name: str, minimum: int, maximum: int) -> int:
    """Return a whole number within bounds.

    Raises
    ------
    RefusedError
    """
    text = str(value)
    fits = text.isascii() and text.removeprefix("-").isdecimal() and len(text) <= 20
    if isinstance(value, bool) or not fits or not minimum <= int(text) <= maximum:
        shown = "nothing" if value in (None, "") else repr(text[:60])
        raise RefusedError(400, f"expected {name} from {minimum} to {maximum}, got {shown}")
    return int(text)


def number(value: object, name: str) -> float | None:
    """Return a number, or None where nothing was given.

    Raises
    ------
    RefusedError
    """
    if value is None or value == "":
        return None
    try:
        found = float(str(value)[:60])
    except ValueError as error:
        raise RefusedError(400, f"expected a number as {name}, got {str(value)[:60]!r}") from error
    if not abs(found) < 1e300:
        raise RefusedError(400, f"expected a number as {name}, got {str(value)[:60]!r}")
    return found


def sample_ids(value: object, max_count: int = 100_000) -> list[int]:
    """Return a list of sample ids.

    Raises
    ------
    RefusedError
    """
    if not isinstance(value, list) or not value or len(value) > max_count:
        raise RefusedError(400, f"expected a list of 1 to {max_count:,} sample ids")
    return [whole_number(one, "a sample id", 1, LARGEST_ID) for one in value]


def sample_id_of(library_request: LibraryRequest) -> int:
    """Return the sample id in a request's path.

    Raises
    ------
    RefusedError
    """
    return whole_number(library_request.request.url_vars["sample"], "a sample id", 1, LARGEST_ID)


def sounds_of(body: JsonObject) -> Sequence[SampleSpan]:
    """Return the samples that a body speaks of, or that span of each.

    It has ``sample_ids``, and with ``start_s`` and ``end_s`` it speaks of that span of each.

    Raises
    ------
    RefusedError
    SpanError
    """
    from sqlclap.db.spans import SampleSpan, optional_span

    span = optional_span(*(number(body.get(name), name) for name in ("start_s", "end_s")))
    return [SampleSpan(one, span) for one in sample_ids(body.get("sample_ids"))]


def text_of(body: JsonObject, name: str, max_characters: int = 200) -> str:
    """Return a text of a JSON object.

    Raises
    ------
    RefusedError
    """
    value = body.get(name)
    if not isinstance(value, str) or not value.strip() or len(value) > max_characters:
        raise RefusedError(400, f"expected {name!r}, a text of 1 to {max_characters} characters")
    return value


_ARGUMENTS, _KEYS, _VIEWS = "sqlclap_arguments", "sqlclap_keys", "sqlclap_views"


@dataclass(frozen=True)
class LibraryRequest:
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
    receive: Receive
    send: Send

    def argument(self, name: str, default: str = "") -> str:
        """Return a value of the query string."""
        return str(self.request.args.get(name) or default)

    def required(self, name: str, noun: str) -> str:
        """Return a value of the query string that has to be given.

        Parameters
        ----------
        name : str
        noun : str
            What it is, for the error: "the name of a label".

        Raises
        ------
        RefusedError
        """
        found = self.argument(name)
        if not found.strip():
            raise RefusedError(400, f"expected ?{name}=, {noun}; got nothing")
        return found

    def by_model(self, work: Callable[[Session], Result]) -> Callable[[Session], Result]:
        """Return work for a session by the model of the library that ``?model=`` names."""
        name = self.argument("model")[:LONGEST_QUERY]
        return (lambda session: work(session.by(name))) if name else work


View = Callable[[LibraryRequest], Awaitable[Response | None]]
Write = Callable[[LibraryRequest, JsonObject], Awaitable[Response]]
AsgiView = Callable[..., Awaitable[Response | None]]
Marked = TypeVar("Marked", bound=Callable[..., Any])


def asks(*names: str) -> Callable[[Marked], Marked]:
    """Declare the arguments of the query string that a view takes; all others are rejected."""

    def mark(view: Marked) -> Marked:
        setattr(view, _ARGUMENTS, names)
        return view

    return mark


def keys(*names: str) -> Callable[[Marked], Marked]:
    """Declare the keys of the JSON object that a writing view takes; all others are rejected."""

    def mark(write: Marked) -> Marked:
        setattr(write, _KEYS, names)
        return write

    return mark


def arguments_of(view: AsgiView) -> tuple[str, ...]:
    """Return the arguments of the query string that a view takes."""
    return tuple(getattr(view, _ARGUMENTS, ()))


def keys_of(view: AsgiView) -> tuple[str, ...]:
    """Return the keys of the JSON object that a writing view takes."""
    return tuple(getattr(view, _KEYS, ()))


def views_of(view: AsgiView) -> dict[str, View]:
    """Return what answers a route, by method; none of pages, and of what is of no library."""
    return dict(getattr(view, _VIEWS, {}))


def reads(view: View) -> AsgiView:
    """Make a view for GET and HEAD from a function that reads."""
    return _by_method({"GET": view, "HEAD": view})


def writes(write: Write) -> AsgiView:
    """Make a view for POST with a JSON object as its body from a function that writes."""
    return _by_method({"POST": _checked(write)})


def undoes(write: Write) -> AsgiView:
    """Make a view for POST that undoes what was written, or does it again: no change by itself."""
    return _by_method({"POST": _checked(write, recorded=False)})


def reads_and_writes(view: View, write: Write) -> AsgiView:
    """Make a view of GET, HEAD and POST."""
    return _by_method({"GET": view, "HEAD": view, "POST": _checked(write)})


def takes(view: View, read: View | None = None) -> AsgiView:
    """Make a view for POST that reads the body itself and changes nothing; `read` is for GET."""
    return _by_method({"POST": view} | ({"GET": read, "HEAD": read} if read else {}))


def _checked(write: Write, recorded: bool = True) -> View:
    @wraps(write, updated=())
    async def check_and_write(library_request: LibraryRequest) -> Response:
        await check_writer(
            library_request.datasette, library_request.request, library_request.library
        )
        body = await json_body(library_request.request, library_request.receive)
        check_keys(body, getattr(write, _KEYS, ()))
        if not recorded:
            return await write(library_request, body)
        library = RecordedLibrary.over(library_request.library)
        answer = await write(replace(library_request, library=library), body)
        answer.headers |= library.headers
        return answer

    setattr(check_and_write, _KEYS, getattr(write, _KEYS, ()))
    return check_and_write


def _by_method(views: dict[str, View]) -> AsgiView:
    async def answer(
        datasette: Datasette, request: Request, receive: Receive, send: Send
    ) -> Response | None:
        library = None
        try:
            view = views.get(request.method)
            if view is None:
                return not_allowed(request, views)
            library = await library_of(datasette, request)
            check_arguments(request, getattr(view, _ARGUMENTS, ()))
            return await view(LibraryRequest(datasette, request, library, receive, send))
        except Exception as raised:  # unexpected errors are raised again
            error = explained(raised)
            return error_answer(error, await _hidden(library) if is_foreseen(error) else {})

    setattr(answer, _VIEWS, views)
    return answer


def not_allowed(request: Request, methods: Iterable[str]) -> Response:
    """Answer to a method that an address doesn't take."""
    allowed = ", ".join(methods)
    answer = error_answer(RefusedError(405, f"expected {allowed}, got {request.method[:20]}"))
    answer.headers["Allow"] = allowed
    return answer


async def _hidden(library: ServedLibrary | None) -> dict[str, str]:
    """Return what in an error would tell where files lie, and what to say instead."""
    if library is None:
        return {}
    try:
        folders = await library.folders()
    except Exception:  # the error to tell may be that nothing can be read
        folders = []
    return hidden_paths(library.database, folders)
