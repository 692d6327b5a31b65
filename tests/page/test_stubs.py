"""The types that the plugin is checked against are those of the Datasette that is installed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import datasette.app
import pytest

TYPINGS = Path(__file__).parents[2] / "typings"


@pytest.mark.slow
@pytest.mark.skipif(
    hasattr(datasette.app.Datasette, "allowed"), reason="what differs is listed for 0.65"
)
def test_the_stubs_of_datasette_are_true(tmp_path: Path) -> None:
    command = [
        *(sys.executable, "-m", "mypy.stubtest", "datasette", "--concise"),
        "--ignore-missing-stub",  # they hold what the plugin uses
        *("--allowlist", str(TYPINGS / "differences-0.65.txt")),
    ]
    done = subprocess.run(
        command,
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
        env=os.environ | {"MYPYPATH": str(TYPINGS)},
    )
    assert (done.returncode, done.stdout) == (0, "")
