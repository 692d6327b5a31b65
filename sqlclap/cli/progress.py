"""An ingest's progress on the terminal."""

from __future__ import annotations

from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from sqlclap.cli.output import console
from sqlclap.cli.quantities import show_seconds

if TYPE_CHECKING:
    from sqlclap.ingest import FailedFile


class IngestProgress:
    """A bar with files, seconds of sound, rate and time left; a context manager.

    It goes to standard error, and only to a terminal: logs and pipes get the report alone.
    """

    def __init__(self) -> None:
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
        from rich.progress import TimeRemainingColumn as TimeLeft

        target = console(stderr=True)
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[sound]} of sound"),
            TextColumn("{task.fields[rate]}"),
            TimeLeft(),
            TextColumn("{task.fields[failed]}"),
            console=target,
            transient=True,
            disable=not target.is_terminal,
        )
        self._task: Any = None
        self._seconds = 0.0
        self._failed = 0

    def started(self, files: int) -> None:
        """Show the bar's full length."""
        sound = show_seconds(0.0)
        self._task = self._bar.add_task("ingest", total=files, sound=sound, rate="", failed="")

    def advanced(self, files: int, seconds_of_sound: float) -> None:
        """Move the bar."""
        self._seconds += seconds_of_sound
        speed = self._bar.tasks[0].speed
        rate = f"{speed:,.0f} files/s" if speed else ""
        sound = show_seconds(self._seconds)
        self._bar.update(self._task, advance=files, sound=sound, rate=rate)

    def failed(self, file: FailedFile) -> None:
        """Count a failure."""
        self._failed += 1
        self._bar.update(self._task, failed=f"{self._failed} failed")

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
