"""Running commands as on a terminal of some width, without a new process for each."""

from __future__ import annotations

import fcntl
import os
import pty
import struct
import sys
import termios
import threading
from collections.abc import Sequence

import pytest

from sqlclap.cli import main


def on_a_terminal(
    arguments: Sequence[str], patch: pytest.MonkeyPatch, columns: int = 80
) -> tuple[int, str]:
    """Run a command whose standard output and error are a terminal.

    Returns
    -------
    exit_code : int
    printed : str
    """
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
    chunks: list[bytes] = []
    reader = threading.Thread(target=_read_all, args=(master, chunks))
    reader.start()
    with patch.context() as context, os.fdopen(slave, "w", encoding="utf-8") as screen:
        context.setenv("COLUMNS", str(columns))
        context.setenv("TERM", "xterm-256color")
        context.setattr(sys, "stdout", screen)
        context.setattr(sys, "stderr", screen)
        try:
            main.main([str(one) for one in arguments], "sqlclap", standalone_mode=True)
            code = 0
        except SystemExit as ended:
            code = ended.code if isinstance(ended.code, int) else 1
    reader.join()
    os.close(master)
    return code, b"".join(chunks).decode().replace("\r\n", "\n")


def _read_all(master: int, chunks: list[bytes]) -> None:
    while True:
        try:
            chunk = os.read(master, 65_536)
        except OSError:  # the other end was closed
            return
        if not chunk:
            return
        chunks.append(chunk)
