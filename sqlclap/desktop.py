"""The desktop: opens files in other programs, and shows them in the file manager."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path


def run_program(command: Sequence[str]) -> str | None:
    """Run a program on a file, without its output; return why it failed, or None."""
    quiet = subprocess.DEVNULL
    try:
        ended = subprocess.run(command, check=False, stdin=quiet, stdout=quiet, stderr=quiet)
    except OSError as error:
        return f"{command[0]}: {error.strerror or error}"
    # Windows' file manager ends with 1 when it has done what it should.
    failed = ended.returncode and Path(command[0]).stem != "explorer"
    return f"{Path(command[0]).name} ended with {ended.returncode}" if failed else None


def opening_command(file: Path) -> list[str] | None:
    """Return the command that opens a file in the program for it; None: there is none here."""
    if sys.platform == "win32":
        return ["explorer", str(file)]
    opener = shutil.which("open" if sys.platform == "darwin" else "xdg-open")
    return [opener, str(file)] if opener else None


def revealing_command(file: Path) -> list[str] | None:
    """Return the command that shows a file in the file manager; None: there is none here."""
    if sys.platform == "win32":
        return ["explorer", f"/select,{file}"]
    opener = opening_command(file)
    if opener is None:
        return None
    if sys.platform == "darwin":
        return [opener[0], "-R", str(file)]
    return [opener[0], os.fspath(file.parent)]  # xdg-open can't select a file
