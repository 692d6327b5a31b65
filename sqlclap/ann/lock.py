"""One builder at a time: a lock that ends with the process that holds it, however it ends."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlclap.durable import is_at, lock
from sqlclap.errors import IndexBusyError

LOCK = "lock"


def is_building(folder: Path) -> bool:
    """Whether a program is building in a sidecar folder now."""
    try:
        with (folder / LOCK).open("r") as file:
            return not lock(file.fileno())
    except FileNotFoundError:
        return False
    except OSError:
        return True


@contextmanager
def builder_lock(folder: Path) -> Iterator[None]:
    """Hold the right to write generations into a sidecar folder.

    Raises
    ------
    IndexBusyError
        Another process or thread builds there now.
    """
    with (folder / LOCK).open("a") as file:
        # A lock whose file `drop_index` has just removed keeps nobody out.
        if not lock(file.fileno()) or not is_at(file.fileno(), folder / LOCK):
            raise IndexBusyError(
                f"another program is building the index in {folder}; wait for it to finish"
            )
        yield
