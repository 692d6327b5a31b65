"""An index build's progress on the terminal."""

from __future__ import annotations

from collections.abc import Callable
from types import TracebackType
from typing import Any, Self

from sqlclap.cli.output import console


class IndexProgress:
    """A bar with vectors, rate and time left; a context manager.

    It goes to standard error, and only to a terminal.

    Parameters
    ----------
    before_start : callable, optional
        Called when there is something to show: takes another bar away.
    """

    def __init__(self, before_start: Callable[[], None] | None = None) -> None:
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
        from rich.progress import TimeRemainingColumn as TimeLeft

        target = console(stderr=True)
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[rate]}"),
            TimeLeft(),
            console=target,
            transient=True,
            disable=not target.is_terminal,
        )
        self._task: Any = None
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

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._bar.stop()
