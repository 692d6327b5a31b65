"""Threads that do a part of the caller's work beside it; see `sqlclap.shards.joint`."""

from __future__ import annotations

import os
import threading
from collections import deque
from collections.abc import Callable, Iterable

from sqlclap.thread_pool import ThreadPool

MOST_BESIDE = 15


class SideBySide:
    """As many threads as there are cores besides the caller's; none is started on one core."""

    def __init__(self) -> None:
        self.count = min((os.cpu_count() or 1) - 1, MOST_BESIDE)
        self._lock = threading.Lock()
        self._threads: ThreadPool | None = None

    def do(self, works: Iterable[Callable[[], None]]) -> None:
        """Do all that is to be done, together; it gains where works let Python's lock go.

        The caller takes work as well, and waits for none that hasn't begun: where all threads are
        busy with others' work, it does its own alone.
        """
        left = deque(works)

        def work() -> None:
            while True:
                try:
                    one = left.popleft()
                except IndexError:
                    return
                one()

        helping = [self._pool().submit(work) for _ in range(min(self.count, len(left) - 1))]
        try:
            work()
        finally:
            left.clear()
            begun = [one for one in helping if not one.cancel()]
        for one in begun:
            one.result()

    def _pool(self) -> ThreadPool:
        with self._lock:
            if self._threads is None:
                self._threads = ThreadPool(self.count, "sqlclap-walks")
            return self._threads

    def close(self) -> None:
        """End the threads."""
        with self._lock:
            threads, self._threads = self._threads, None
        if threads is not None:
            threads.shutdown(wait=True, cancel_futures=True)
