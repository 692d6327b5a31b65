"""An index build's progress on the terminal."""

from __future__ import annotations

from collections.abc import Callable
from typing import Self

from sqlclap.cli.terminal_bar import TerminalBar


class IndexProgress(TerminalBar):
    """A bar with vectors, rate and time left, shown once there is something to do.

    Parameters
    ----------
    before_start : callable, optional
        Called when there is something to show: takes another bar away.
    """

    def __init__(self, before_start: Callable[[], None] | None = None) -> None:
        super().__init__(measures=("{task.fields[rate]}",))
        self._before_start = before_start

    def started(self, vectors: int) -> None:
        """Show the bar's full length."""
        if self._before_start is not None:
            self._before_start()
        self._bar.start()
        self._task = self._bar.add_task("index", total=vectors, rate="")

    def advanced(self, vectors: int) -> None:
        """Move the bar."""
        speed = self._bar.tasks[-1].speed
        rate = f"{speed:,.0f} vectors/s" if speed else ""
        self._bar.update(self._task, advance=vectors, rate=rate)

    def __enter__(self) -> Self:
        return self
