"""Matrix products on one thread.

numpy's BLAS splits a product over all cores, and its threads wait for one another by spinning:
where the other cores have work of their own, that costs more than it brings. Products of log-mel
filters beside the audio tower made an ingest a third slower (docs/BENCHMARKS.md); a label's small
products gain nothing from more threads (docs/BENCHMARKS-labels.md).
"""

from __future__ import annotations

import threading
from functools import cache
from types import TracebackType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from threadpoolctl import LibController, ThreadpoolController


class _OneThread:
    """A limit of BLAS threads that is in force as long as any thread needs it.

    BLAS knows one number of threads for the whole process. So the first to come sets the limit and
    the last to go lifts it: each on their own, two threads would put each other's limit back.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._holders = 0
        self._before: list[tuple[LibController, int]] = []

    def __enter__(self) -> None:
        with self._lock:
            if not self._holders:
                libraries = _controller().lib_controllers
                self._before = [(library, library.num_threads) for library in libraries]
                for library in libraries:
                    _set_threads(library, 1)
            self._holders += 1

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with self._lock:
            self._holders -= 1
            if not self._holders:
                for library, threads in self._before:
                    _set_threads(library, threads)


@cache
def _controller() -> ThreadpoolController:
    """Find the BLAS library that numpy has loaded; this takes a few milliseconds."""
    import numpy as np
    from threadpoolctl import ThreadpoolController

    del np  # it has to be there
    return ThreadpoolController().select(user_api="blas")


def _set_threads(library: LibController, threads: int) -> None:
    """Set a library's number of threads, whichever thread did so before.

    From 3.8 on threadpoolctl minds only the thread of a program that first sets a number, and
    ignores the others: here the first to come and the last to go are mostly two.
    """
    release = getattr(library, "clear_controlling_thread", None)
    if release is not None:
        release(force=True)
    library.set_num_threads(threads)
    if release is not None:
        release(force=True)


ONE_THREAD = _OneThread()
