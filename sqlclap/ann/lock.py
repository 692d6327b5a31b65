"""One builder at a time: a lock that ends with the process that holds it, however it ends."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from sqlclap.errors import IndexBusyError

LOCK = "lock"


def _take(file: IO[str]) -> None:
    """Take the operating system's lock on an open file; BlockingIOError or OSError if held."""
    if sys.platform == "win32":
        import msvcrt

        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
    else:
        import fcntl

        fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)


def is_building(folder: Path) -> bool:
    """Whether a program is building in a sidecar folder now."""
    try:
        with (folder / LOCK).open("r") as file:
            _take(file)
    except FileNotFoundError:
        return False
    except OSError:
        return True
    return False


@contextmanager
def builder_lock(folder: Path) -> Iterator[None]:
    """Hold the right to write generations into a sidecar folder.

    Raises
    ------
    IndexBusyError
        Another process or thread builds there now.
    """
    with (folder / LOCK).open("a") as file:
        try:
            _take(file)
        except OSError as error:
            raise IndexBusyError(
                f"another program is building the index in {folder}; wait for it to finish"
            ) from error
        yield
