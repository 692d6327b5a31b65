"""Running code without root's power to ignore permission bits."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.support.patience import PATIENCE_S

DROP_POWERS = """
import ctypes, os, sys
if os.getuid() == 0 and sys.platform == "linux":
    # Root without capabilities is held to the permission bits like anybody else.
    header = (ctypes.c_uint32 * 2)(0x20080522, 0)
    nothing = (ctypes.c_uint32 * 6)()
    libc = ctypes.CDLL(None, use_errno=True)
    assert libc.prctl(28, 1, 0, 0, 0) == 0, "prctl failed"  # nor do its own children get them back
    assert libc.capset(header, nothing) == 0, "capset failed"
"""


def run_unprivileged(code: str, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Run Python code in a subprocess that permission bits apply to; return how it ended."""
    root = Path(__file__).parents[2]
    return subprocess.run(
        [sys.executable, "-c", DROP_POWERS + code, *map(str, arguments)],
        env=os.environ | {"PYTHONPATH": str(root)},
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )
