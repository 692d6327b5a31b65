"""Threads that read ahead, and hand on what they read through a bounded queue."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from typing import Generic, TypeVar

from sqlclap.ctrl_c import let_ctrl_c

Work = TypeVar("Work")
Result = TypeVar("Result")

_POLL_S = 0.1


class _ThreadEnd:
    """Tells the consumer that one thread has ended, and why if it broke."""

    def __init__(self, error: BaseException | None) -> None:
        self.error = error


class ReadAhead(Generic[Work, Result]):
    """Runs `read` on work items in threads, and yields the results through a bounded queue.

    The results of one work come in order; those of several works mix. Decoding, resampling and
    Fourier transforms leave the interpreter free, so threads do overlap.

    Parameters
    ----------
    works : iterable
    read : callable
        Gives an iterator of results for a work.
    threads : int
    max_results : int
        Results that may wait; the threads pause when as many do.
    break_off : callable, optional
        Called when no more results are wanted: ends what `read` is waiting for.
    """

    def __init__(
        self,
        works: Iterable[Work],
        read: Callable[[Work], Iterator[Result]],
        threads: int,
        max_results: int,
        break_off: Callable[[], None] = lambda: None,
    ) -> None:
        self._work_queue = iter(works)
        self._read = read
        self._break_off = break_off
        # Not one of Python's bounded queues: Ctrl-C while it is asked may leave its lock taken.
        self._results: queue.SimpleQueue[Result | _ThreadEnd] = queue.SimpleQueue()
        self._places: queue.SimpleQueue[None] = queue.SimpleQueue()
        for _ in range(max_results):
            self._places.put(None)
        self._next_work = threading.Lock()
        self._stopping = threading.Event()
        self._threads = [
            threading.Thread(target=self._run, name=f"sqlclap-read-{number}", daemon=True)
            for number in range(threads)
        ]

    def __iter__(self) -> Iterator[Result]:
        running = len(self._threads)
        try:
            for thread in self._threads:
                thread.start()
            while running:
                result = self._next_result()
                if isinstance(result, _ThreadEnd):
                    running -= 1
                    if result.error is not None:
                        raise result.error
                else:
                    self._places.put(None)
                    yield result
        finally:
            self._stop()

    def _next_result(self) -> Result | _ThreadEnd:
        while True:
            let_ctrl_c()
            with suppress(queue.Empty):
                return self._results.get(timeout=_POLL_S)

    def _run(self) -> None:
        error: BaseException | None = None
        try:
            while not self._stopping.is_set():
                with self._next_work:
                    work = next(self._work_queue, None)
                if work is None:
                    break
                for result in self._read(work):
                    if not self._put(result):
                        return
        except BaseException as caught:  # handed to the consumer, which raises it
            error = caught
        self._results.put(_ThreadEnd(error))

    def _put(self, result: Result) -> bool:
        while not self._stopping.is_set():
            with suppress(queue.Empty):
                self._places.get(timeout=_POLL_S)
                self._results.put(result)
                return True
        return False

    def _stop(self) -> None:
        self._stopping.set()
        self._break_off()
        for thread in self._threads:
            if thread.ident is not None:  # it was started
                thread.join()
