"""sqlite-vec in one process with other SQLites, each of which brings its own functions."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.patience import PATIENCE_S

PRELUDE = """
import sys, pysqlite3, sqlite_vec
from sqlclap.db.library_file import LibraryFile

def through_pysqlite3():
    plain = pysqlite3.connect(":memory:")
    plain.enable_load_extension(True)
    plain.load_extension(sqlite_vec.loadable_path())
    use(plain)
    return plain

def use(connection):
    connection.execute("CREATE VIRTUAL TABLE IF NOT EXISTS v USING vec0 (vector FLOAT[2])")
    connection.execute("INSERT INTO v (vector) VALUES ('[1, 0]')")
    near = "SELECT distance FROM v WHERE vector MATCH '[1, 0]' AND k = 1"
    assert connection.execute(near).fetchall() == [(0.0,)]

def through_apsw():
    file = LibraryFile(sys.argv[1], "create")
    use(file.connection)
    return file
"""


@pytest.mark.parametrize("first", ["through_pysqlite3", "through_apsw"])
def test_two_sqlites_of_one_process_do_not_crash_each_other(tmp_path: Path, first: str) -> None:
    second = {"through_pysqlite3": "through_apsw", "through_apsw": "through_pysqlite3"}[first]
    code = f"{PRELUDE}\none = {first}()\nother = {second}()\n"
    code += "use(getattr(one, 'connection', one)); use(getattr(other, 'connection', other))\n"
    code += f"more = {first}()\nprint('fine')"

    ended = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "sounds.db")],
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )

    assert (ended.returncode, ended.stdout.strip()) == (0, "fine"), ended.stderr
