"""Progress of work that goes through stages: a map, or clusters."""

from __future__ import annotations

from types import TracebackType
from typing import Any, Self

from sqlclap.cli.output import console


class StageProgress:
    """A bar a stage, with the time left of it; a context manager.

    It goes to standard error, and only to a terminal.
    """

    def __init__(self) -> None:
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
        from rich.progress import TimeRemainingColumn as TimeLeft

        target = console(stderr=True)
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeLeft(),
            console=target,
            transient=True,
            disable=not target.is_terminal,
        )
        self._task: Any = None

    def started(self, stage: str, steps: int) -> None:
        """Show a new stage's bar instead of the last one's."""
        if self._task is not None:
            self._bar.remove_task(self._task)
        self._task = self._bar.add_task(stage, total=steps)

    def advanced(self, steps: int) -> None:
        """Move the bar."""
        self._bar.update(self._task, advance=steps)

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._bar.stop()
