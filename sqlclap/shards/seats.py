"""Which of many threads may do their work themselves; others hand it over."""

from __future__ import annotations

import threading


class Seats:
    """A few seats, each kept by a thread until it ends; safe to use from several threads.

    A thread that asks a library opens a connection of its own to it. A node's askers are many, and
    each has a thread: with so many connections to every shard, memory would go. Handing a question
    over to another thread and back takes as long as a tenth of the answer, though, so that the
    first few are spared it.

    Parameters
    ----------
    count : int
    """

    def __init__(self, count: int) -> None:
        self._count = count
        self._lock = threading.Lock()
        self._taken: set[threading.Thread] = set()

    def take(self) -> bool:
        """Return whether the calling thread has a seat; it gets one where one is free."""
        thread = threading.current_thread()
        with self._lock:
            if thread in self._taken:
                return True
            self._taken = {one for one in self._taken if one.is_alive()}
            if len(self._taken) >= self._count:
                return False
            self._taken.add(thread)
            return True
