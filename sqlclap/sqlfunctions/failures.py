"""Reports why a function failed on drivers that hide it: Python's sqlite3 and pysqlite3.

They put "user-defined function raised exception" in place of what a function raised. A function
runs in the thread of the statement that calls it: what it says is kept there, and put into the
error where sqlclap, or a program that asks for it, has the statement in its own hands.
"""

from __future__ import annotations

import threading
import traceback
from collections.abc import Iterator
from contextlib import contextmanager

HIDDEN = "user-defined "
"""Prefix of these drivers' errors that replace what a function or aggregate raised."""


class _Failed(threading.local):
    error: Exception | None = None
    message: str = ""


_FAILED = _Failed()


def note_failure(error: Exception, message: str) -> None:
    """Record what a function raised, for the statement that called it.

    Its traceback keeps its lines, and lets go of what they held. Finished frames would hold cursors
    for as long as somebody holds the error, and their statements would outlive the connection: the
    file stays open after ``close()``, and what pysqlite3 makes of that is told in `lifetimes`.
    """
    let_go(error)
    _FAILED.error, _FAILED.message = error, message


def let_go(error: BaseException) -> None:
    """Clear the finished frames of an error's traceback, and of its causes' tracebacks."""
    seen: set[int] = set()
    one: BaseException | None = error
    while one is not None and id(one) not in seen:
        seen.add(id(one))
        traceback.clear_frames(one.__traceback__)
        one = one.__cause__ or one.__context__


@contextmanager
def function_errors() -> Iterator[None]:
    """Give errors of sqlite3 and pysqlite3 the message of the SQL function that failed.

    The error stays of its kind (``sqlite3.OperationalError``); its ``__cause__`` is what the
    function raised. Rows have to be fetched within, for a function may fail at any of them.

    Examples
    --------
    >>> import pysqlite3, sqlclap.functions
    >>> connection = pysqlite3.connect(":memory:")
    >>> sqlclap.sqlfunctions.adapters.register_functions(connection)
    >>> with sqlclap.sqlfunctions.failures.function_errors():
    ...     connection.execute("SELECT clap_similarity('no', 'vector')").fetchall()
    Traceback (most recent call last):
    pysqlite3.dbapi2.OperationalError: clap_similarity: expected a to be a vector, ...
    """
    _FAILED.error = None
    try:
        yield
    except Exception as error:
        failed, message = _last_failure()
        if failed is None or not str(error).startswith(HIDDEN):
            raise
        let_go(error)
        raise type(error)(message) from failed


def _last_failure() -> tuple[Exception | None, str]:
    return _FAILED.error, _FAILED.message
