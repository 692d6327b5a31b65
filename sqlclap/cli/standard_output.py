"""Standard output that a reader closes, that was never open, or whose disk is full."""

from __future__ import annotations

import errno
import io
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import click

NO_ROOM = {errno.EBADF, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.ENOSPC}


@contextmanager
def output_ends_well() -> Iterator[None]:
    """Flush what a command prints, and judge how that went.

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


def open_missing_streams() -> None:
    """Put something in the place of standard streams that were closed at the start (``>&-``).

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
    """Lead the rest to nowhere: Python flushes once more when it ends."""
    try:
        number = sys.stdout.fileno()
    except (AttributeError, OSError, ValueError):
        return
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, number)
    os.close(nowhere)
