"""Telling how a build gets on."""

from __future__ import annotations

from typing import Protocol


class BuildListener(Protocol):
    """Is told how a build gets on."""

    def started(self, vectors: int) -> None:
        """So many vectors are to be linked in."""

    def advanced(self, vectors: int) -> None:
        """So many more are."""


class Silence:
    """A listener that listens to nothing."""

    def started(self, vectors: int) -> None:
        """Ignore it."""

    def advanced(self, vectors: int) -> None:
        """Ignore it."""
