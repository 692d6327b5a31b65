"""What several of the ingest tests start from."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

import sqlclap
from tests.db.data.make_library_0_1_0 import unpack_library, write_sounds


@pytest.fixture
def old_library(tmp_path: Path, fake_bundle: Path) -> Iterator[sqlclap.Library]:
    """A library of 0.1.0, its sounds at `old`."""
    write_sounds(tmp_path / "old")
    path = unpack_library(tmp_path / "old.db")
    with sqlclap.open(path, model=str(fake_bundle)) as opened:
        opened.connection.execute("UPDATE sources SET root = ?", (str(tmp_path / "old"),))
        yield opened
