"""Progress of long work on the terminal: a bar a stage, with rate and time left."""

from __future__ import annotations

from typing import Any, Self

from sqlclap.cli.table_output import console
from sqlclap.quantities import show_seconds

MEASURED = {
    "ingest": "files", "index": "vectors", "score": "sounds", "relocate": "sounds",
    "reading recording times": "sounds", "reading BLOBs": "rows", "fetching": "files",
    "cutting spans": "spans",
}  # fmt: skip
"""Stages whose rate is shown, and what it counts."""


class TerminalProgress:
    """Shows each stage's steps, rate and time left; a context manager and a `ProgressListener`.

    It goes to standard error, and only to a terminal: logs and pipes get the report alone. Nothing
    is shown before the first stage starts.
    """

    def __init__(self) -> None:
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
        from rich.progress import TimeRemainingColumn as TimeLeft

        target = console(stderr=True)
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[measures]}"),
            TimeLeft(),
            TextColumn("{task.fields[failed]}"),
            console=target,
            transient=True,
            disable=not target.is_terminal,
        )
        self._task: Any = None
        self._counted = ""
        self._seconds_of_sound = 0.0
        self._failed = 0

    def started(self, stage: str, total: int) -> None:
        """Show a new stage's bar instead of the last one's."""
        if self._task is not None:
            self._bar.remove_task(self._task)
        self._bar.start()
        self._counted = MEASURED.get(stage, "")
        self._seconds_of_sound, self._failed = 0.0, 0
        self._task = self._bar.add_task(stage, total=total, measures="", failed="")

    def advanced(self, steps: int, seconds_of_sound: float = 0.0) -> None:
        """Move the bar."""
        self._seconds_of_sound += seconds_of_sound
        self._bar.update(self._task, advance=steps, measures=self._measures())

    def failed(self, what: str, reason: str) -> None:
        """Count a failure; one before the first stage, as of a shard that is away, has no bar."""
        self._failed += 1
        if self._task is not None:
            self._bar.update(self._task, failed=f"{self._failed} failed")

    def stop(self) -> None:
        """Remove the bar; can be called twice."""
        self._bar.stop()

    def _measures(self) -> str:
        heard = f"{show_seconds(self._seconds_of_sound)} of sound" if self._seconds_of_sound else ""
        speed = self._bar.tasks[-1].speed
        rate = f"{speed:,.0f} {self._counted}/s" if self._counted and speed else ""
        return "  ".join(part for part in (heard, rate) if part)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.stop()
