"""Responses of the API: JSON, and errors as JSON with a message."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from typing import Any

from datasette.utils.asgi import Response
from datasette.utils.sqlite import sqlite3

from datasette_sqlclap.wording import code_of, worded
from sqlclap.errors import (
    AudioDecodeError,
    ChangedSinceError,
    CollectionExistsError,
    LabelExistsError,
    LibraryBusyError,
    NoAnchorsError,
    NoClustersError,
    NotEnoughVotesError,
    NoVectorsError,
    PartialAnswerError,
    PrecisionTooLowError,
    SettingsChangedError,
    SoundTooLongError,
    SqlclapError,
    UnknownChangeError,
    UnknownCollectionError,
    UnknownLabelError,
    UnknownRunError,
    UnknownSoundError,
)
from sqlclap.records import record, records


class RefusedError(Exception):
    """A request that is refused, with an HTTP status.

    Parameters
    ----------
    status : int
        Of the answer.
    message : str
        What was expected, what came, what to do next.
    code : str, optional
        For programs; by default one that the status has.
    """

    def __init__(self, status: int, message: str, code: str | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.code = code


RETRY_AFTER_S = "2"
_STATUS: tuple[tuple[type[Exception], int], ...] = (
    (AudioDecodeError, 415),
    (ChangedSinceError, 409),
    (CollectionExistsError, 409),
    (LabelExistsError, 409),
    (LibraryBusyError, 503),
    (NoAnchorsError, 409),
    (NoClustersError, 404),
    (NotEnoughVotesError, 409),
    (NoVectorsError, 409),
    (PartialAnswerError, 503),
    (PrecisionTooLowError, 409),
    (SettingsChangedError, 409),
    (SoundTooLongError, 413),
    (UnknownChangeError, 404),
    (UnknownCollectionError, 404),
    (UnknownLabelError, 404),
    (UnknownRunError, 404),
    (UnknownSoundError, 404),
    (SqlclapError, 400),
)


def json_answer(
    value: object, status: int = 200, headers: Mapping[str, str] | None = None
) -> Response:
    """Answer in JSON; what is not a number there (NaN) becomes null."""
    body = json.dumps(_plain(value), ensure_ascii=False, separators=(",", ":"))
    sent = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"} | dict(headers or {})
    return Response(body, status, sent, "application/json; charset=utf-8")


def file_headers(name: str) -> dict[str, str]:
    """Return the headers of an answer that is a file of its own, under that name."""
    return {
        "Cache-Control": "no-store",
        "Content-Disposition": f'attachment; filename="{name}"',
        "X-Content-Type-Options": "nosniff",
    }


def told(result: Any) -> dict[str, Any]:
    """Return what is told of a result in an answer; where files lie on disk is not."""
    return record(result, remote=True)


def all_told(results: Iterable[Any]) -> list[dict[str, Any]]:
    """Return what is told of results in an answer; see `told`."""
    return records(results, remote=True)


def is_foreseen(error: Exception) -> bool:
    """Return whether an error is expected, so that it is answered instead of raised again."""
    return status_of(error) is not None


def error_answer(error: Exception, hidden: Mapping[str, str] | None = None) -> Response:
    """Answer with an error's message; unexpected errors are raised again.

    Parameters
    ----------
    error : Exception
    hidden : mapping of str to str, optional
        What is not told, and what is said instead.
    """
    status = status_of(error)
    if status is None:
        raise error
    later = {"Retry-After": RETRY_AFTER_S} if status == 503 else {}
    refusal = {"ok": False, "error": told_of(error, hidden), "code": code_of(error, status)}
    return json_answer(refusal, status, later)


def status_of(error: Exception) -> int | None:
    """Return the HTTP status of an error; None for an unexpected one."""
    if isinstance(error, RefusedError):
        return error.status
    if isinstance(error, sqlite3.OperationalError):
        return 503
    if is_damage(error):
        return 500
    return next((status for kind, status in _STATUS if isinstance(error, kind)), None)


def is_damage(error: Exception) -> bool:
    """Return whether SQLite found that a file is damaged or no database."""
    return type(error) is sqlite3.DatabaseError  # those below it are of statements


def told_of(error: Exception, hidden: Mapping[str, str] | None = None) -> str:
    """Return an error's message as one line, for a response; see `datasette_sqlclap.wording`.

    Parameters
    ----------
    error : Exception
    hidden : mapping of str to str, optional
        What is not told, and what is said instead.
    """
    message = _message(error)
    for path, instead in (hidden or {}).items():
        message = message.replace(path, instead)
    return message if isinstance(error, RefusedError) else worded(error, message)


def _message(error: Exception) -> str:
    if is_damage(error):
        return f"the file is damaged ({error}); restore it from a copy"
    if isinstance(error, sqlite3.OperationalError):
        return f"the library can't be used just now ({error}); try again in a moment"
    text = str(error).encode("utf-8", "backslashreplace").decode()
    return text.splitlines()[0] if text else type(error).__name__


def _plain(value: object) -> object:
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, Mapping):
        return {str(key): _plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return value
