"""New files of a sidecar, whose bytes are hashed while they are written."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from concurrent.futures import Future


SYNC_BYTES = 1 << 26
"""So much is written between two calls for the disk: less interrupts it, more leaves it idle."""


class HashedFile:
    """A new file whose bytes are hashed beside the writing, and are on the disk at its end.

    A million vectors take 1.7 s so, and 2.8 s or more with one step after the other.

    Parameters
    ----------
    path : Path

    Raises
    ------
    OSError
        On entering, on `write` and on leaving: it can't be written.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._hash = hashlib.sha256()
        self._bytes = 0
        self._unsynced = 0
        self._syncing: Future[None] | None = None

    def __enter__(self) -> HashedFile:
        from sqlclap.thread_pool import ThreadPool  # slow to load, and for writers alone

        self._file = self._path.open("wb", buffering=0)
        self._hasher = ThreadPool(1, "sqlclap-hash")
        self._syncer = ThreadPool(1, "sqlclap-sync")
        return self

    def write(self, block: bytes) -> int:
        """Write all of a block; return its length."""
        hashing = self._hasher.submit(self._hash.update, block)
        left = memoryview(block)
        while left:
            left = left[self._file.write(left) :]
        hashing.result()
        self._bytes += len(block)
        self._unsynced += len(block)
        if self._unsynced >= SYNC_BYTES and (self._syncing is None or self._syncing.done()):
            self._sync()
        return len(block)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            if error is None:
                self._sync()
        finally:
            self._hasher.shutdown()
            self._syncer.shutdown()
            self._file.close()
        if error is None and self._syncing is not None:
            self._syncing.result()

    def description(self) -> dict[str, Any]:
        """Return size in bytes and SHA-256, as a manifest names them."""
        return {"bytes": self._bytes, "sha256": self._hash.hexdigest()}

    def _sync(self) -> None:
        """Ask for the disk, once what was asked before has been said to be there."""
        if self._syncing is not None:
            self._syncing.result()
        self._unsynced = 0
        self._syncing = self._syncer.submit(os.fsync, self._file.fileno())


def write_hashed(path: Path, write: Callable[[HashedFile], object]) -> dict[str, Any]:
    """Write a new file by a function; return its size and SHA-256 once it is on the disk."""
    with HashedFile(path) as file:
        write(file)
    return file.description()
