"""Telling how long work gets on: one listener for every kind of work."""

from __future__ import annotations

from typing import Protocol


class ProgressListener(Protocol):
    """Is told how work gets on; every call comes from the thread that works.

    Work goes through named stages: an ingest through ``ingest`` (files) and ``index`` (vectors), a
    map through ``index``, ``neighbours``, ``layout`` (epochs) and ``quality``.
    """

    def started(self, stage: str, total: int) -> None:
        """A stage of so many steps begins; the one before is over."""

    def advanced(self, steps: int, seconds_of_sound: float = 0.0) -> None:
        """So many more steps are done; where files are read, with so many seconds of sound."""

    def failed(self, what: str, reason: str) -> None:
        """Something could not be done, such as a file that can't be read; the work goes on."""


class NullProgress:
    """A listener that does nothing with what it is told."""

    def started(self, stage: str, total: int) -> None:
        """Do nothing."""

    def advanced(self, steps: int, seconds_of_sound: float = 0.0) -> None:
        """Do nothing."""

    def failed(self, what: str, reason: str) -> None:
        """Do nothing."""
