"""Kill -9 before each file-system step of a piece of work, one step after the other.

The work runs in a forked child whose audit hook counts what is done to files below a folder, and
kills the child before its n-th step. The child starts no threads, so forking is safe.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.support.forking import forked

STEPS = {"os.chmod", "os.link", "os.mkdir", "os.remove", "os.rename", "os.rmdir", "os.truncate"}
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT


def kill_before(step: int, folder: Path) -> None:
    """Let this process be killed before its n-th step on files below a folder."""
    left, below = step, str(folder)

    def watch(event: str, arguments: tuple[object, ...]) -> None:
        nonlocal left
        if event != "fcntl.flock" and not _changes(event, arguments, below):
            return
        left -= 1
        if left <= 0:
            os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(watch)


def _changes(event: str, arguments: tuple[object, ...], below: str) -> bool:
    """Whether an event is a change to a file below a folder."""
    if event == "open":
        return bool(int(str(arguments[2])) & WRITING) and str(arguments[0]).startswith(below)
    if event not in STEPS:
        return False
    named = str(arguments[0])  # relative where a folder's handle says what to
    return named.startswith(below) or not os.path.isabs(named)  # noqa: PTH117


def killed_at(step: int, folder: Path, work: Callable[[], object]) -> bool:
    """Run work in a child that is killed before its n-th step; return whether it was."""

    def steps() -> None:
        kill_before(step, folder)
        work()

    child = forked(steps)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        assert os.WTERMSIG(status) == signal.SIGKILL
        return True
    assert os.WEXITSTATUS(status) == 0, "the work failed by itself"
    return False


def each_kill(
    folder: Path, prepare: Callable[[], None], work: Callable[[], object]
) -> Iterator[int]:
    """Yield the number of each step that work was killed before, in a scene made anew for each."""
    step = 1
    while True:
        prepare()
        if not killed_at(step, folder, work):
            return
        yield step
        step += 1
