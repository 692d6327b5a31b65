"""The desktop: opens files in other programs, and shows them in the file manager."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

WAITED_S = 3.0
"""Openers end at once or fail at once; others stay for as long as their window is open."""


def run_program(command: Sequence[str], is_left: bool = False) -> str | None:
    """Run a program on a file, without its output; return why it failed, or None.

    Parameters
    ----------
    command : sequence of str
    is_left : bool
        Whether it goes on by itself: it is waited for no longer than `WAITED_S`, and stays when
        this process ends.
    """
    quiet = subprocess.DEVNULL
    try:
        process = subprocess.Popen(
            command, stdin=quiet, stdout=quiet, stderr=quiet, start_new_session=is_left
        )
        ended = process.wait(WAITED_S if is_left else None)
    except OSError as error:
        return f"{command[0]}: {error.strerror or error}"
    except subprocess.TimeoutExpired:
        threading.Thread(target=process.wait, daemon=True).start()  # it leaves no zombie
        return None
    # Windows' file manager ends with 1 when it has done what it should.
    failed = ended and Path(command[0]).stem != "explorer"
    return f"{Path(command[0]).name} ended with {ended}" if failed else None


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
