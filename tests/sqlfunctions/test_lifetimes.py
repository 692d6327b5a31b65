"""Functions outlive what SQLite makes of them: connections that are closed while a cursor lives."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest
from pysqlite3 import dbapi2

from sqlclap.sqlfunctions.adapters import KeptFunctions, register_functions

OUTLIVING = """
import sys, warnings
from importlib import import_module
from sqlclap.sqlfunctions.adapters import register_functions
from sqlclap.sqlfunctions.adapters import KEPT
warnings.simplefilter("ignore")
driver = import_module(sys.argv[1])
sizes = []
for turn in range(10):
    connection = driver.connect(":memory:")
    try:
        register_functions(connection)
    except Exception as error:
        sys.exit(f"left out: {error}")
    cursors = [connection.cursor(), connection.cursor()]
    for cursor in cursors:  # the second gets a statement that the connection doesn't know of
        try:
            cursor.execute("SELECT clap_similarity('no', 'vector')").fetchall()
        except driver.Error:
            pass
    connection.close()
    del cursor
    cursors.clear()
    sizes.append(len(KEPT))
assert sizes[-1] == sizes[0], sizes
print("lived on")
"""


@pytest.mark.parametrize("driver", ["pysqlite3", "sqlite3"])
def test_a_cursor_may_outlive_its_connection(driver: str) -> None:
    """It ended the process with pysqlite3 0.5: the last reference went without the lock."""
    command = [sys.executable, "-X", "faulthandler", "-c", OUTLIVING, driver]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.stderr.startswith("left out:"):
        pytest.skip(done.stderr)
    assert (done.returncode, done.stderr, done.stdout) == (0, "", "lived on\n")


def test_functions_are_kept_as_long_as_somebody_has_them() -> None:
    held: list[Any] = []
    functions = KeptFunctions()
    held.append(functions.keep(len))
    held.append(functions.keep(max))
    assert (len(functions), held[0]("four"), held[1](1, 2)) == (2, 4, 2)
    held.pop(0)
    held.append(functions.keep(min))
    assert len(functions) == 2
    held.clear()
    functions.keep(sum)
    assert len(functions) == 1


@pytest.mark.filterwarnings("ignore::sqlclap.sqlfunctions.adapters.FunctionWarning")
def test_aggregates_still_start_anew_for_each_group() -> None:
    connection = dbapi2.connect(":memory:")
    register_functions(connection)
    query = (
        "SELECT clap_mean_topk(value, 2) FROM (SELECT 1 AS part, 1.0 AS value UNION ALL "
        "SELECT 1, 3.0 UNION ALL SELECT 2, 5.0) GROUP BY part"
    )
    assert connection.execute(query).fetchall() == [(2.0,), (5.0,)]
    connection.close()
