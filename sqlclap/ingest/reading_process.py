"""One process that reads files, as the ingest's own process sees it.

It is a fresh interpreter that imports sqlclap and nothing else: a fork would copy this process'
threads' locks, and `multiprocessing` would run the caller's script anew. It ends when the pipe to
it is closed, and so also when this process is killed.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path
from pickle import UnpicklingError
from typing import Any

from sqlclap.ingest.pipe_messages import BUFFER_BYTES, read_message, write_message

# Paths of this process, before anything but a part of the interpreter itself is imported.
_CODE = (
    "import sys; sys.path[:] = sys.argv[1:]; from sqlclap.ingest.reading_worker import main; main()"
)
_ONE_THREAD = dict.fromkeys(
    ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS", "OMP_NUM_THREADS"), "1"
)
"""Read by numpy's BLAS at its start: the processes fill the cores already."""
_LAST_WORDS_S = 2.0


def can_start() -> bool:
    """Whether this process runs in a Python that can be started anew.

    Not where it is part of another program: that would be started a second time.
    """
    name = Path(sys.executable or "").name.lower()
    return name.startswith(("python", "pypy")) and not getattr(sys, "frozen", False)


class ReadingProcess:
    """A process that reads files, just started.

    Parameters
    ----------
    setup : object
        Its first message.

    Raises
    ------
    OSError
        It can't be started.
    """

    def __init__(self, setup: object) -> None:
        # In a group of its own: Ctrl-C is for the ingest, which ends it when all is stored.
        apart: dict[str, Any] = {"start_new_session": True}
        if sys.platform == "win32":
            flags = subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.CREATE_NO_WINDOW
            apart = {"creationflags": flags}
        self._process = subprocess.Popen(  # noqa: S603 - this interpreter, and paths as arguments
            [sys.executable, "-c", _CODE, *map(os.fspath, sys.path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            bufsize=BUFFER_BYTES,
            env=os.environ | _ONE_THREAD,
            **apart,
        )
        self._commanding = threading.Lock()
        self._widen()
        self.send(setup)

    def send(self, message: object) -> None:
        """Send a message; one that has died is told nothing, which `receive` finds."""
        with self._commanding, suppress(OSError, ValueError):  # ValueError: closed
            write_message(self._commands, message)

    def receive(self) -> Any:
        """Wait for the next message; None when it has died."""
        try:
            return read_message(self._results)
        except (EOFError, OSError, UnpicklingError):
            return None

    def let_go(self) -> None:
        """Tell it that nothing more is to be read; may be called by any thread."""
        with self._commanding, suppress(OSError):
            self._commands.close()

    def end(self) -> str:
        """End it, by force if need be; return how it ended. By the thread that receives."""
        self.let_go()
        with suppress(OSError):
            self._results.close()
        code = self.wait()
        return f"it was ended by signal {-code}" if code < 0 else f"it ended with code {code}"

    def wait(self) -> int:
        """Wait for its end, which is brought about if it takes long; return its code."""
        try:
            return self._process.wait(_LAST_WORDS_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            return self._process.wait()

    @property
    def _commands(self) -> Any:
        return self._process.stdin

    @property
    def _results(self) -> Any:
        return self._process.stdout

    def _widen(self) -> None:
        """Have the pipe hold a message: the process goes on, and a thread here wakes up once."""
        if sys.platform == "linux":
            from fcntl import F_SETPIPE_SZ, fcntl

            with suppress(OSError):  # where a user has many pipes
                fcntl(self._results.fileno(), F_SETPIPE_SZ, BUFFER_BYTES)
