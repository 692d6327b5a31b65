"""Whatever a function is given: a value, or one line; NULL gives NULL; on every driver."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import sqlclap

PROGRAM = Path(__file__).parents[1] / "support" / "any_arguments.py"
ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("driver", ["apsw", "sqlite3", "pysqlite3.dbapi2"])
def test_every_function_takes_or_refuses_anything(
    driver: str, filled: sqlclap.Library, fake_bundle: Path
) -> None:
    """In a process of its own: two SQLites in one must never open the same file."""
    if driver == "sqlite3" and not hasattr(sqlite3.Connection, "enable_load_extension"):
        pytest.skip("this Python's sqlite3 can't load extensions")
    filled.labels.add("5")
    filled.labels.add_anchors("5", [1])
    filled.close()
    command: list[Any] = [sys.executable, "-X", "faulthandler", PROGRAM, driver, filled.path]
    environment = os.environ | {"PYTHONPATH": str(ROOT), "SQLCLAP_MODEL": str(fake_bundle)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[:1500]
    told = json.loads(done.stdout.splitlines()[-1])
    assert told["values"] > 100
    assert told["refused"] > 100
