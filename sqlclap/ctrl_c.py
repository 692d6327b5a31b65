"""Ctrl-C that waits: Python raises it after any instruction, also where that breaks something.

A lock that was just taken is never let go, a thread that was just started is known to nobody, and
rows that were just committed are written again. Who presses Ctrl-C then waits for ever.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

_HELD: list[_Held] = []
"""Where it waits, the innermost last; of the main thread, which alone hears signals."""


class _Held:
    """The signals that end a program, while they wait."""

    def __init__(self) -> None:
        signals = (signal.SIGINT, signal.SIGTERM)
        # What SIGTERM does by itself (it ends the process), or that none is heard, stays.
        found = [(number, signal.getsignal(number)) for number in signals]
        self._former: dict[int, Callable[[int, FrameType | None], Any]] = {
            number: handler for number, handler in found if callable(handler)
        }
        self._waiting: list[int] = []
        self._is_heard = False

    def begin(self) -> None:
        for number in self._former:
            signal.signal(number, self._hear)

    def end(self) -> None:
        for number, handler in self._former.items():
            signal.signal(number, handler)

    def let(self) -> None:
        """Let what waits do what it would have done."""
        if self._waiting:
            number = self._waiting.pop()
            self._former[number](number, None)

    def _hear(self, number: int, frame: FrameType | None) -> None:
        if self._is_heard:  # whoever presses twice does not want to wait
            self._former[number](number, frame)
        self._is_heard = True
        self._waiting = [number]


@contextmanager
def ctrl_c_waits() -> Iterator[None]:
    """Let Ctrl-C wait until the block is done, or lets it through with `let_ctrl_c`.

    The second one strikes at once. In other threads than the main one nothing is to be done.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    held = _Held()
    _HELD.append(held)
    try:
        held.begin()
        yield
    finally:
        held.end()
        _HELD.remove(held)
        held.let()


def let_ctrl_c() -> None:
    """Let a Ctrl-C that waits strike here, where nothing is half done.

    Raises
    ------
    KeyboardInterrupt
        As a rule; what Python does at Ctrl-C is the program's to say.
    """
    if _HELD and threading.current_thread() is threading.main_thread():
        _HELD[-1].let()
