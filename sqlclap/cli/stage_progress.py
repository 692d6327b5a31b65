"""Progress of work that goes through stages: a map, or clusters."""

from __future__ import annotations

from sqlclap.cli.terminal_bar import TerminalBar


class StageProgress(TerminalBar):
    """A bar a stage, with the time left of it."""

    def started(self, stage: str, steps: int) -> None:
        """Show a new stage's bar instead of the last one's."""
        if self._task is not None:
            self._bar.remove_task(self._task)
        self._task = self._bar.add_task(stage, total=steps)

    def advanced(self, steps: int) -> None:
        """Move the bar."""
        self._bar.update(self._task, advance=steps)
