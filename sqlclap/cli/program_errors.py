"""Errors as programs read them: one line of JSON on standard error, where they asked for JSON."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import IO, Any

import click
from click.exceptions import Exit

from sqlclap.errors import SqlclapError

FOR_PROGRAMS = frozenset({"--json", "--nl"})
STOPPED = 130  # what shells report after Ctrl-C


class Stopped(click.ClickException):
    """Ctrl-C: no error of anybody's."""

    exit_code = STOPPED

    def __init__(self, message: str = "stopped") -> None:
        super().__init__(message)

    def show(self, file: IO[Any] | None = None) -> None:
        """Print that it was stopped."""
        click.echo(self.message, file=file, err=file is None)


class ErrorForPrograms(click.ClickException):
    """Another error, shown as JSON: ``{"error": "…", "code": "unknown_label"}``.

    The codes are those that the page's API has: see `error_code`. ``usage`` is one of a command
    line that is wrong, ``stopped`` of Ctrl-C, ``failed`` of all else. The exit code stays.
    """

    def __init__(self, error: click.ClickException) -> None:
        super().__init__(error.format_message())
        self.code = _code(error)
        self._said = error

    @property
    def exit_code(self) -> int:  # type: ignore[override]  # click's is a class's
        """That of the error itself."""
        return self._said.exit_code

    def show(self, file: IO[Any] | None = None) -> None:
        """Print it as one line, after all notes and warnings."""
        from sqlclap.cells import json_text

        line = json_text({"error": self.message, "code": self.code})
        click.echo(line, file=file, err=file is None)


def _code(error: click.ClickException) -> str:
    if isinstance(error, click.UsageError | Stopped):
        return "usage" if isinstance(error, click.UsageError) else "stopped"
    from sqlclap.records import error_code

    cause = error.__cause__
    return error_code(type(cause)) if isinstance(cause, SqlclapError) else "failed"


def is_for_programs(arguments: Sequence[str]) -> bool:
    """Whether a command line asks for JSON."""
    options = arguments[: arguments.index("--")] if "--" in arguments else arguments
    return not FOR_PROGRAMS.isdisjoint(options)


@contextmanager
def errors_as_asked(arguments: Sequence[str]) -> Iterator[None]:
    """Raise errors of a command line so that they are shown as it asks for them.

    Ctrl-C is one, wherever it comes: click has an exit code of its own for it.
    """
    try:
        with _ctrl_c_stops():
            yield
    except click.ClickException as error:
        if isinstance(error, ErrorForPrograms) or not is_for_programs(arguments):
            raise
        raise ErrorForPrograms(error) from error
    except click.Abort as aborted:
        if not is_for_programs(arguments):
            raise
        raise ErrorForPrograms(click.ClickException("not confirmed")) from aborted


@contextmanager
def _ctrl_c_stops() -> Iterator[None]:
    try:
        yield
    except KeyboardInterrupt:
        raise Stopped from None
    except (click.ClickException, click.Abort, Exit):  # what was found out counts
        raise
    except Exception as error:  # of a compiled module being loaded, of a file being written
        if _is_of_ctrl_c(error):
            raise Stopped from None
        raise


def _is_of_ctrl_c(error: BaseException) -> bool:
    before = error.__cause__ or error.__context__
    return before is not None and (isinstance(before, KeyboardInterrupt) or _is_of_ctrl_c(before))
