"""A set's file that is read again when it has changed."""

from __future__ import annotations

import os
import threading
from typing import TYPE_CHECKING

from sqlclap.errors import SetError
from sqlclap.shards.set_file import SetFile, read_set

if TYPE_CHECKING:
    from pathlib import Path


class WatchedSetFile:
    """What a set's file holds now; safe to use from several threads.

    Parameters
    ----------
    path : Path
    """

    def __init__(self, path: Path) -> None:
        self._path, self._place = path, str(path)
        self._lock = threading.Lock()
        self._read: tuple[tuple[int, int, int], SetFile] | None = None

    @property
    def content(self) -> SetFile:
        """The file; the same object as long as it has not changed.

        Raises
        ------
        SetError
            It is not there, or can't be read.
        """
        try:
            status = os.stat(self._place)  # noqa: PTH116 asked before every question
        except OSError as error:
            raise SetError(f"{self._path} is not there ({error.strerror})") from error
        state = (status.st_ino, status.st_mtime_ns, status.st_size)
        with self._lock:
            if self._read is None or self._read[0] != state:
                self._read = (state, read_set(self._path))
            return self._read[1]
