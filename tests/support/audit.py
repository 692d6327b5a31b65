"""Notices where sqlclap opens a SQLite file by itself, which would drop SQLite's locks on it."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PACKAGES = [
    str(Path(__file__).parents[2] / name) + os.sep
    for name in ("sqlclap", "datasette_plugins", "sqlclap_export")
]
SUFFIXES = (".db", ".sqlite", ".sqlite3", ".db-wal", ".db-shm")

Seen = list[tuple[str, str]]
_seen: list[Seen] = []
"""Paths and stacks, of those who listen; all that is opened counts for who listens itself."""


def _notice(event: str, arguments: tuple[object, ...]) -> None:
    if event != "open" or not isinstance(arguments[0], (str, bytes)):
        return
    path = os.fsdecode(arguments[0])
    flags = arguments[2]
    if isinstance(flags, int) and flags & os.O_CREAT and flags & os.O_EXCL:
        return  # a file that wasn't there has no locks: such as Datasette's own temporary ones
    if not path.endswith(SUFFIXES) or "-draft-" in path or not _seen:
        return  # of a draft nobody knows yet who could hold a lock
    if path.endswith("/storage.dbm.db"):
        return  # Qdrant's client in local mode looks for what an old version of it left
    stack = traceback.extract_stack()
    if len(_seen) > 1 or any(frame.filename.startswith(tuple(PACKAGES)) for frame in stack):
        _seen[-1].append((path, "".join(traceback.format_list(stack[-12:]))))


@contextmanager
def listening() -> Iterator[Seen]:
    """Collect what opens SQLite files here; the guard over all tests doesn't hear of it."""
    seen: Seen = []
    _seen.append(seen)
    try:
        yield seen
    finally:
        _seen.remove(seen)


def start() -> None:
    """Listen as long as this process runs."""
    sys.addaudithook(_notice)
