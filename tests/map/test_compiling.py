"""Compiled code is kept where that can be done, and runs where it can't."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

MODULE = """
import numba
@numba.njit(cache=True)
def twice(number):
    return 2 * number
"""
RUN = """
from sqlclap.map.compiling import import_compiled
print(import_compiled("compiled_here").twice(21))
"""


def run(site: Path, home: Path) -> str:
    """Import and run what is in `site`; return what is told on the way."""
    passed = {name: value for name, value in os.environ.items() if name != "NUMBA_CACHE_DIR"}
    homes = {"HOME": str(home), "XDG_CACHE_HOME": str(home)}
    done = subprocess.run(
        [sys.executable, "-c", RUN],
        env=passed | homes | {"PYTHONPATH": str(site), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, "42\n"), done.stderr
    return done.stderr


@pytest.mark.slow
def test_where_packages_can_not_be_written(tmp_path: Path) -> None:
    site, home, no_home = (tmp_path / name for name in ("site", "home", "no_home"))
    site.mkdir()
    (site / "compiled_here.py").write_text(MODULE, encoding="utf-8")
    (site / "__pycache__").touch()  # in the way of root too, unlike permissions
    no_home.touch()
    assert "NUMBA_CACHE_DIR" not in run(site, home)
    assert list(home.rglob("compiled_here.*.nbc")), "kept in the user's cache"
    assert "set NUMBA_CACHE_DIR to a folder that can be written" in run(site, no_home)
    assert sorted(path.name for path in site.iterdir()) == ["__pycache__", "compiled_here.py"]
