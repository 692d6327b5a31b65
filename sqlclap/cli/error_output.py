"""Prints errors and warnings as one line each, and handles failures of standard output."""

from __future__ import annotations

import errno
import io
import os
import sys
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

import click

from sqlclap.cli.program_errors import STOPPED, Stopped
from sqlclap.errors import (
    CompileWarning,
    IngestError,
    LibraryError,
    PluginWarning,
    QueryError,
    SchemaWarning,
    SidecarWarning,
    SoundWarning,
    SqlclapError,
    VectorWarning,
)
from sqlclap.quantities import printable, typed

NO_ROOM = {errno.EBADF, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.ENOSPC}


@contextmanager
def output_ends_well() -> Iterator[None]:
    """Flush a command's output, and handle errors of writing it.

    A reader that has enough (``| head``) is no error: the command ends with 0. What can't be
    written for another reason is one line on standard error, and 1.
    """
    try:
        yield
        if sys.stdout is not None:
            sys.stdout.flush()
    except BrokenPipeError:
        _give_up_output()
        sys.exit(0)
    except OSError as error:
        if error.errno not in NO_ROOM or error.filename is not None:
            raise
        _give_up_output()
        reason = os.strerror(error.errno or 0)
        raise click.ClickException(f"standard output can't be written: {reason}") from error


def end_if_not_written(report: object, next_run: str, status: int = 1) -> None:
    """Print which shards of a set could not be written, and end with 1 (or another status) then.

    Reports of libraries have none of these.
    """
    end_if_left_out(getattr(report, "not_written", ()), next_run, status)


def end_if_left_out(shards: Iterable[object], next_run: str, status: int = 1) -> None:
    """Do as `end_if_not_written` does, for shards that could not be written."""
    told = [f"not written, {one}{then(one, next_run)}" for one in shards]
    for line in told:
        click.echo(printable(line), err=True)
    if told:
        sys.exit(status)


def then(shard: object, next_run: str) -> str:
    """Return what writes a shard of a set later; one at a node says so itself."""
    return "" if getattr(shard, "node", "") else f"; the next {next_run} goes on there"


def open_missing_streams() -> None:
    """Replace standard streams that were closed at the start (``>&-``).

    Else the next file that is opened, a library say, would get their number, and what any part of
    the program prints would go into it. Writing to the standard output then fails as it should.
    """
    streams = (sys.stdin, sys.stdout, sys.stderr)
    if None not in streams:
        return
    for number, stream in enumerate(streams):
        # The lowest free number is taken: they are filled in their order.
        if stream is None and not _is_open(number):
            os.open(os.devnull, os.O_WRONLY if number == 2 else os.O_RDONLY)
    sys.stdin = sys.stdin or io.StringIO()
    sys.stdout = sys.stdout or open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
    sys.stderr = sys.stderr or open(2, "w", encoding="utf-8", closefd=False)  # noqa: SIM115


def _is_open(number: int) -> bool:
    try:
        os.fstat(number)
    except OSError:
        return False
    return True


def _give_up_output() -> None:
    """Redirect remaining output to the null device: Python flushes again when it exits."""
    try:
        number = sys.stdout.fileno()
    except (AttributeError, OSError, ValueError):
        return
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, number)
    os.close(nowhere)


Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")

INTERRUPTED = STOPPED
STEPS_BETWEEN = 20_000  # of SQLite's virtual machine, between two looks for Ctrl-C
LIBRARY_SUFFIXES = {".db", ".sqlite", ".sqlite3"}

OWN_WARNINGS = (
    CompileWarning,
    PluginWarning,
    SchemaWarning,
    SidecarWarning,
    SoundWarning,
    VectorWarning,
)


def one_line_errors(command: Callable[Parameters, Result]) -> Callable[Parameters, Result]:
    """Turn every `SqlclapError` (or SQLite's) into one line on stderr and exit code 1.

    A warning of sqlclap's becomes one line too, and the command goes on.
    """

    @wraps(command)
    def run(*args: Parameters.args, **kwargs: Parameters.kwargs) -> Result:
        try:
            _refuse_empty_paths(kwargs)
            with output_ends_well(), warnings_in_one_line():
                return command(*args, **kwargs)
        except SqlclapError as error:
            raise click.ClickException(one_line(f"{error}{_order_hint(error, kwargs)}")) from error
        except KeyboardInterrupt:
            raise Stopped from None
        except Exception as error:
            message = foreseen(error, kwargs)
            if message is None:
                raise
            raise click.ClickException(one_line(message)) from error

    return run


def foreseen(error: Exception, arguments: Mapping[str, object]) -> str | None:
    """Return what an error of SQLite means for the ``library`` among arguments, or None.

    A damaged file can give them anywhere.
    """
    return _sqlite_error(error, arguments) or _unsuitable(error)


def hear_ctrl_c(connection: Any) -> None:
    """Let Ctrl-C interrupt a statement: while SQLite runs, Python does not handle signals."""
    connection.set_progress_handler(lambda: False, STEPS_BETWEEN)


@contextmanager
def quiet_libraries() -> Iterator[None]:
    """Catch the output of native libraries; what belongs to no sound is printed at the end."""
    from sqlclap.native_output import catch_native_output

    with catch_native_output() as elsewhere:
        yield
    for line in elsewhere.lines:
        click.echo(f"Note: {one_line(line)}", err=True)


def one_line(message: object) -> str:
    """Format a message as one line without control characters."""
    return printable(" ".join(str(message).split()))


def _order_hint(error: SqlclapError, arguments: Mapping[str, object]) -> str:
    """Return a hint if the library seems to be named last, or words to be without quotes."""
    library = arguments.get("library")
    if not isinstance(error, LibraryError | IngestError) or not isinstance(library, str):
        return ""
    others: list[str] = []
    for value in arguments.values():
        several = value if isinstance(value, tuple) else (value,)
        others += [one for one in several if isinstance(one, str) and one != library]
    meant = next((one for one in others if may_be_library(one)), None)
    if may_be_library(library):
        return ""
    command = click.get_current_context().command_path
    words = arguments.get("words")
    is_word = "/" not in library and not os.path.lexists(library)
    if meant is None and isinstance(words, str) and is_word:
        return f"; if both are words: `{command} {typed(f'{library} {words}')}`"
    if meant is None:
        return ""
    return f"; did you mean `{command} {typed(meant)} {typed(library)}`?"


def may_be_library(name: str) -> bool:
    """Tell whether a path is a SQLite file, or is called like one that is to be made."""
    from sqlclap.sqlite_files import is_sqlite_file

    path = Path(name)
    if is_sqlite_file(path):
        return True
    try:
        return path.suffix.lower() in LIBRARY_SUFFIXES and not path.exists()
    except (OSError, ValueError):
        return False


def _refuse_empty_paths(arguments: Mapping[str, object]) -> None:
    """Reject an empty path (of an unset variable, say), which would mean the current folder."""
    context = click.get_current_context(silent=True)
    for one in context.command.params if context else ():
        value = arguments.get(one.name or "")
        several = value if isinstance(value, tuple) else (value,)
        if isinstance(one.type, click.Path) and "" in several:
            raise QueryError(f"{one.human_readable_name} is empty: expected a path")


def _unsuitable(error: Exception) -> str | None:
    from sqlclap.db.sqlite_errors import unsuitable

    if isinstance(error, OSError) and error.errno == errno.ENAMETOOLONG:
        return f"expected a shorter path: the name {str(error.filename)[:60]}… is too long"
    message = unsuitable(error)
    return str(message) if message else None


def _sqlite_error(error: Exception, arguments: Mapping[str, object]) -> str | None:
    """Return what an error of SQLite means for the library; None for any other error."""
    import apsw

    from sqlclap.db.sqlite_errors import in_words

    if not isinstance(error, apsw.Error):
        return None
    library = str(arguments.get("library", "the library"))
    message = in_words(error, library)
    return str(
        message
        or f"{library}: SQLite says {error}; `sqlclap doctor {typed(library)}` looks it over"
    )


@contextmanager
def warnings_in_one_line() -> Iterator[None]:
    """Print sqlclap's warnings as one line each at the end."""
    with warnings.catch_warnings(record=True) as caught:
        for category in OWN_WARNINGS:
            warnings.simplefilter("default", category)
        try:
            yield
        finally:
            shown = list(caught)
    for warning in shown:
        if issubclass(warning.category, OWN_WARNINGS):
            click.echo(f"Warning: {' '.join(str(warning.message).split())}", err=True)
        else:
            warnings.showwarning(
                warning.message, warning.category, warning.filename, warning.lineno
            )
