"""Errors as one line."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

import click

from sqlclap.cli.printable import printable
from sqlclap.errors import SqlclapError

Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")

INTERRUPTED = 130  # what shells report after Ctrl-C


def one_line_errors(command: Callable[Parameters, Result]) -> Callable[Parameters, Result]:
    """Turn every `SqlclapError` (or SQLite's) into one line on stderr and exit code 1."""

    @wraps(command)
    def run(*args: Parameters.args, **kwargs: Parameters.kwargs) -> Result:
        try:
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


def one_line(message: object) -> str:
    """Write a message in one line that a terminal can show."""
    return printable(" ".join(str(message).split()))


def _is_sqlite_error(error: Exception) -> bool:
    import apsw

    return isinstance(error, apsw.Error)
