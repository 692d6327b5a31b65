"""A library that another program holds."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import apsw
import pytest


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold a library's write lock, for which nobody waits long."""
    connection = apsw.Connection(str(path))
    connection.execute("BEGIN IMMEDIATE")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sqlclap.db.connection.BUSY_TIMEOUT_MS", 50)
        yield
    connection.close()
