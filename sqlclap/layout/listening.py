"""Telling how a map gets on."""

from __future__ import annotations

from typing import Protocol


class LayoutListener(Protocol):
    """Is told how a map gets on, stage by stage."""

    def started(self, stage: str, steps: int) -> None:
        """A stage of so many steps begins; the one before is over."""

    def advanced(self, steps: int) -> None:
        """So many more steps are done."""


class Silence:
    """A listener that listens to nothing."""

    def started(self, stage: str, steps: int) -> None:
        """Ignore it."""

    def advanced(self, steps: int) -> None:
        """Ignore it."""
