"""Threads that take work."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import ParamSpec, TypeVar

from sqlclap.ctrl_c import ctrl_c_waits

P = ParamSpec("P")
T = TypeVar("T")


class ThreadPool(ThreadPoolExecutor):
    """Python's own, which Ctrl-C does not break.

    A thread that was interrupted while it was being started is not known to the pool: it never
    hears that there is nothing more to do, and the program, which waits for it, never ends.
    """

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Have a function called by one of the threads; return its result to come."""
        with ctrl_c_waits():
            return super().submit(fn, *args, **kwargs)
