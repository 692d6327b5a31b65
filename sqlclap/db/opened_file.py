"""Notices that a library's file was replaced, removed or migrated while it is open.

SQLite's connections keep to the file that they opened: what they read is then of a file that
nobody else sees, and what they write is lost with it.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from sqlclap.errors import LibraryError

if TYPE_CHECKING:
    from sqlclap.db.database import Database

OPEN_AGAIN = ": open it again"


class LibraryReplacedError(LibraryError):
    """The library's file was replaced or removed while it was open."""


class OpenedFile:
    """The file that a path named when this was made.

    Parameters
    ----------
    path : str or os.PathLike
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(path)
        self._own = _identity(self.path)

    def check(self) -> None:
        """Check that the path still names that file.

        Raises
        ------
        LibraryReplacedError
        """
        if self._own is None:
            return
        try:
            now = _identity(self.path)
        except OSError:
            return  # its folder can't be asked just now: whoever reads the file is told why
        if now is None:
            raise LibraryReplacedError(f"{self.path} was removed while it was open{OPEN_AGAIN}")
        if now != self._own:
            raise LibraryReplacedError(
                f"{self.path} was replaced by another file while it was open{OPEN_AGAIN}"
            )


def number_in_header(database: Database) -> int:
    """Return the number of its schema that a library's header tells; cheap to ask for often."""
    return int(database.execute("PRAGMA user_version").fetchone()[0])


def _identity(path: Path) -> tuple[int, int] | None:
    """Return what tells a file from all others; None where there is none."""
    try:
        status = path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    return status.st_dev, status.st_ino
