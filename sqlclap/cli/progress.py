"""An ingest's progress on the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlclap.cli.quantities import show_seconds
from sqlclap.cli.terminal_bar import TerminalBar

if TYPE_CHECKING:
    from sqlclap.ingest import FailedFile


class IngestProgress(TerminalBar):
    """A bar with files, seconds of sound, rate, time left and failures."""

    def __init__(self) -> None:
        super().__init__(
            measures=("{task.fields[sound]} of sound", "{task.fields[rate]}"),
            remarks=("{task.fields[failed]}",),
        )
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
