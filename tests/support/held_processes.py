"""Processes that are held by a signal: they hang, as far as who asks them can tell."""

from __future__ import annotations

import os
import signal
import subprocess


def hold(process: subprocess.Popen[str]) -> None:
    """Stop a child of this process, and wait until all of its threads have stopped.

    The signal goes to one of its threads; until that one runs, others answer.
    """
    process.send_signal(signal.SIGSTOP)
    os.waitid(os.P_PID, process.pid, os.WSTOPPED | os.WNOWAIT)
