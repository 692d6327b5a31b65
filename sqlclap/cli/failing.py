"""Errors and warnings as one line."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import ParamSpec, TypeVar

import click

from sqlclap.cli.printable import printable
from sqlclap.errors import CompileWarning, SidecarWarning, SoundWarning, SqlclapError

Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")

INTERRUPTED = 130  # what shells report after Ctrl-C
OWN_WARNINGS = (CompileWarning, SidecarWarning, SoundWarning)


def one_line_errors(command: Callable[Parameters, Result]) -> Callable[Parameters, Result]:
    """Turn every `SqlclapError` (or SQLite's) into one line on stderr and exit code 1.

    A warning of sqlclap's becomes one line too, and the command goes on.
    """

    @wraps(command)
    def run(*args: Parameters.args, **kwargs: Parameters.kwargs) -> Result:
        try:
            with _warnings_in_one_line():
                return command(*args, **kwargs)
        except SqlclapError as error:
            raise click.ClickException(one_line(error)) from error
        except KeyboardInterrupt:
            click.echo("stopped", err=True)
            sys.exit(INTERRUPTED)
        except Exception as error:  # a damaged file can give SQLite's errors anywhere
            if not _is_sqlite_error(error):
                raise
            raise click.ClickException(f"SQLite: {one_line(error)}") from error

    return run


@contextmanager
def quiet_libraries() -> Iterator[None]:
    """Keep native libraries from printing; what they say of no sound is told in the end."""
    from sqlclap.audio import catch_native_words

    with catch_native_words() as elsewhere:
        yield
    for line in elsewhere.lines:
        click.echo(f"Note: {one_line(line)}", err=True)


def one_line(message: object) -> str:
    """Write a message in one line that a terminal can show."""
    return printable(" ".join(str(message).split()))


def _is_sqlite_error(error: Exception) -> bool:
    import apsw

    return isinstance(error, apsw.Error)


@contextmanager
def _warnings_in_one_line() -> Iterator[None]:
    with warnings.catch_warnings(record=True) as caught:
        for category in OWN_WARNINGS:
            warnings.simplefilter("default", category)
        try:
            yield
        finally:
            told = list(caught)
    for warning in told:
        if issubclass(warning.category, OWN_WARNINGS):
            click.echo(f"Warning: {' '.join(str(warning.message).split())}", err=True)
        else:
            warnings.showwarning(
                warning.message, warning.category, warning.filename, warning.lineno
            )
