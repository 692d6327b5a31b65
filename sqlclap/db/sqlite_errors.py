"""SQLite's errors in words: which file, what is wrong with it, what to do."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import wraps
from typing import Any, TypeVar

from sqlclap.errors import LibraryBusyError, LibraryError, NotALibraryError, QueryError

Kind = TypeVar("Kind", bound=type)

LOCKED = "{name} is locked by another program; wait for it to finish (an ingest, say) and try again"


MEANINGS: Mapping[str, tuple[type[LibraryError], str]] = {
    "NotADBError": (NotALibraryError, "{name} is not a SQLite file; choose another name"),
    "CorruptError": (LibraryError, "{name} is damaged ({error}); restore it from a copy"),
    "BusyError": (LibraryBusyError, LOCKED),
    "LockedError": (LibraryBusyError, LOCKED),
    "ReadOnlyError": (
        LibraryError,
        "{name} can't be written: it is open for reading only, or the file or its folder is not "
        "yours to write; copy it to a folder of your own",
    ),
    "FullError": (
        LibraryError,
        "no room to write {name}: free some disk space; what was committed stays",
    ),
    "IOError": (
        LibraryError,
        "{name} can't be read or written ({error}); check its disk, or restore a copy",
    ),
    "CantOpenError": (
        LibraryError,
        "can't open {name}, or the log that SQLite keeps beside it: is its folder there, "
        "and yours?",
    ),
}
"""What SQLite's errors that are about the file mean, by apsw's names for them."""


def in_words(error: Exception, name: str) -> LibraryError | None:
    """Say what an error of SQLite's means for a file; None where it isn't about the file.

    Parameters
    ----------
    error : Exception
        Of apsw's.
    name : str
        The library's, as it is to be shown.
    """
    kind, message = MEANINGS.get(type(error).__name__, (None, ""))
    return kind(message.format(name=name, error=error)) if kind else None


def unsuitable(error: Exception) -> QueryError | None:
    """Say what SQLite can't take of what was given; None for any other error."""
    if isinstance(error, UnicodeEncodeError):
        shown = error.object[:80].encode("utf-8", "backslashreplace").decode()
        return QueryError(f"expected text that can be written as UTF-8, got '{shown}'")
    if isinstance(error, OverflowError) and "int too" in str(error):
        return QueryError("expected whole numbers of at most 64 bits, got a larger one")
    return None


@contextmanager
def clear_errors(name: str) -> Iterator[None]:
    """Raise SQLite's errors that are about the file as a `LibraryError`."""
    import apsw

    try:
        yield
    except apsw.Error as error:
        clear = in_words(error, name)
        if clear is None:
            raise
        raise clear from error


def clear_errors_of(name_of: Callable[[Any], str]) -> Callable[[Kind], Kind]:
    """Let all that a class offers raise SQLite's errors about the file as a `LibraryError`.

    Parameters
    ----------
    name_of : callable
        Gives the library's name for an instance.
    """

    def decorate(kind: Kind) -> Kind:
        for name, member in vars(kind).copy().items():
            if name.startswith("_"):
                continue
            if inspect.isfunction(member):
                setattr(kind, name, _clear(member, name_of))
            elif isinstance(member, property) and member.fget is not None:
                setattr(kind, name, property(_clear(member.fget, name_of)))
        return kind

    return decorate


def _clear(method: Callable[..., Any], name_of: Callable[[Any], str]) -> Callable[..., Any]:
    @wraps(method)
    def run(self: Any, *args: Any, **kwargs: Any) -> Any:
        try:
            return method(self, *args, **kwargs)
        except Exception as error:
            import apsw

            clear: Exception | None = unsuitable(error)
            if isinstance(error, apsw.Error):
                clear = in_words(error, name_of(self))
            if clear is None:
                raise
            raise clear from error

    return run
