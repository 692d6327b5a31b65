"""What tells one state of a library from another, on every driver."""

from __future__ import annotations

import sqlite3 as standard
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from datasette.utils.sqlite import sqlite3 as datasettes

from sqlclap.db.database import asked_version
from tests.support.indexed_library import make_indexed


@pytest.mark.parametrize("driver", [standard, datasettes], ids=["sqlite3", "datasette's"])
def test_a_backup_restored_into_a_connection_is_another_state(tmp_path: Path, driver: Any) -> None:
    """SQLite counts it neither as others' change nor as one of our own."""
    path, backup = tmp_path / "library.db", tmp_path / "backup.db"
    make_indexed(path, 20)
    make_indexed(backup, 20, seed=5)
    with closing(driver.connect(path)) as ours, closing(driver.connect(backup)) as old:
        before = asked_version(ours)
        assert asked_version(ours) == before
        old.backup(ours)
        assert asked_version(ours) != before
