"""Translates SQLite's errors about a file into messages: which file, what is wrong, what to do."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from types import FunctionType
from typing import Concatenate, NoReturn, ParamSpec, SupportsIndex, TypeVar

from sqlclap.errors import LibraryBusyError, LibraryError, NotALibraryError, QueryError

Offers = TypeVar("Offers", bound="TranslatesErrors")
Given = ParamSpec("Given")
Result = TypeVar("Result")

CLOSED = "{name} has been closed"
LOCKED = "{name} is locked by another program; wait for it to finish (an ingest, say) and try again"


MEANINGS: Mapping[str, tuple[type[LibraryError], str]] = {
    "NotADBError": (NotALibraryError, "{name} is not a SQLite file; choose another name"),
    "CorruptError": (LibraryError, "{name} is damaged ({error}); restore it from a copy"),
    "BusyError": (LibraryBusyError, LOCKED),
    "LockedError": (LibraryBusyError, LOCKED),
    "ConnectionClosedError": (LibraryError, CLOSED),
    "CursorClosedError": (LibraryError, CLOSED),
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
"""Errors and messages for SQLite's errors about the file, by apsw's names for them."""

VECTORS = (
    "{name} can't take vectors ({error}); check its disk, and the room on it: what was committed "
    "stays"
)
_OF_VECTORS = re.compile(
    r"could not (insert a new vector chunk|write|mark|update|create|commit|close)|"
    r"error (inserting|commiting)",
    re.IGNORECASE,
)
"""What sqlite-vec says in place of SQLite's own error when it can't write (v0.1)."""
NO_ROOM_BYTES = 1 << 20
"""Free on a disk that is as good as full: SQLite's log can't grow there."""


def in_words(error: Exception, name: str) -> LibraryError | None:
    """Return the error that an SQLite error means for a file; None if it isn't about the file.

    Parameters
    ----------
    error : Exception
        An error of apsw.
    name : str
        The library's, as it is to be shown.
    """
    kind, message = MEANINGS.get(type(error).__name__, (None, ""))
    if type(error).__name__ == "SQLError" and _OF_VECTORS.search(str(error)):
        kind, message = LibraryError, VECTORS
    if message in (VECTORS, MEANINGS["IOError"][1]):  # it may be what failed of a full disk
        is_full = "disk is full" in str(error) or _is_full(name)
        message = MEANINGS["FullError"][1] if is_full else message
    return kind(message.format(name=name, error=error)) if kind else None


def _is_full(name: str) -> bool:
    import shutil  # seldom needed

    try:
        return shutil.disk_usage(Path(name).parent).free < NO_ROOM_BYTES
    except (OSError, ValueError):  # a name that is shown is not always a path
        return False


def unsuitable(error: Exception) -> QueryError | None:
    """Return an error about a value that SQLite can't take; None for any other error."""
    if isinstance(error, UnicodeEncodeError):
        shown = error.object[:80].encode("utf-8", "backslashreplace").decode()
        return QueryError(f"expected text that can be written as UTF-8, got '{shown}'")
    if isinstance(error, OverflowError) and "int too" in str(error):
        return QueryError("expected whole numbers of at most 64 bits, got a larger one")
    return None


def no_utf8(error: UnicodeDecodeError) -> QueryError:
    """Return the error for a text of an answer that is no UTF-8, as another program wrote it."""
    shown = error.object[:40].decode("utf-8", "backslashreplace")
    return QueryError(
        f"the answer has a text that is no UTF-8, '{shown}': take it as a BLOB, CAST(x AS BLOB)"
    )


def is_constraint(error: Exception) -> bool:
    """Whether a statement broke a constraint of a table, on any driver."""
    return type(error).__name__ in ("ConstraintError", "IntegrityError")


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


def refuse_to_send(name: str) -> NoReturn:
    """Refuse to pickle or copy what is open: connections and models stay in their process.

    Raises
    ------
    LibraryError
    """
    raise LibraryError(
        f"{name} is open here, and can't be copied or sent to another process: send its path, and "
        "open it there with sqlclap.open()"
    )


class TranslatesErrors(ABC):
    """Base of what a library offers: SQLite's errors about its file come as a `LibraryError`.

    That holds for each public method and property of a class below. They say it here once, and
    not each for itself: one that forgot to would show it only with a damaged file.
    """

    @property
    @abstractmethod
    def _library_name(self) -> str:
        """The library's file, as it is to be shown."""

    def __reduce_ex__(self, _: SupportsIndex) -> NoReturn:
        refuse_to_send(self._library_name)

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        for name, member in vars(cls).copy().items():
            if name.startswith("_"):
                continue
            if isinstance(member, FunctionType):
                setattr(cls, name, _translated(member))
            elif isinstance(member, property) and member.fget is not None:
                setattr(cls, name, member.getter(_translated(member.fget)))


def _translated(
    method: Callable[Concatenate[Offers, Given], Result],
) -> Callable[Concatenate[Offers, Given], Result]:
    @wraps(method)
    def run(self: Offers, /, *args: Given.args, **kwargs: Given.kwargs) -> Result:
        try:
            return method(self, *args, **kwargs)
        except Exception as error:
            import apsw

            clear: Exception | None = unsuitable(error)
            if isinstance(error, apsw.Error):
                clear = in_words(error, self._library_name)
            if clear is None:
                raise
            raise clear from error

    return run
