"""The progress bar that long commands show."""

from __future__ import annotations

from collections.abc import Sequence
from types import TracebackType
from typing import Any, Self

from sqlclap.cli.output import console


class TerminalBar:
    """A bar with what is done, how much there is and the time left; a context manager.

    It goes to standard error, and only to a terminal: logs and pipes get the report alone.

    Parameters
    ----------
    measures, remarks : sequence of str
        What stands before and after the time left, such as "{task.fields[rate]}".
    """

    def __init__(self, measures: Sequence[str] = (), remarks: Sequence[str] = ()) -> None:
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
        from rich.progress import TimeRemainingColumn as TimeLeft

        target = console(stderr=True)
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            *map(TextColumn, measures),
            TimeLeft(),
            *map(TextColumn, remarks),
            console=target,
            transient=True,
            disable=not target.is_terminal,
        )
        self._task: Any = None

    def stop(self) -> None:
        """Take the bar away; stopping twice is fine."""
        self._bar.stop()

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()
