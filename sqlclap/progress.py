"""Progress reporting: one listener protocol for all long work."""

from __future__ import annotations

from typing import Protocol


class ProgressListener(Protocol):
    """Receives the progress of work; all calls come from the working thread.

    Work goes through named stages: an ingest through ``ingest`` (files), ``reading recording
    times`` (sounds, where some are new) and ``index`` (vectors), a map through ``index``,
    ``neighbours``, ``layout`` (epochs) and ``quality``.
    """

    def started(self, stage: str, total: int) -> None:
        """A stage of `total` steps begins; the one before is over."""

    def advanced(self, steps: int, seconds_of_sound: float = 0.0) -> None:
        """This many further steps are done; when reading files, also this many seconds of sound."""

    def failed(self, what: str, reason: str) -> None:
        """Something could not be done, such as a file that can't be read; the work goes on."""


class NullProgress:
    """A listener that ignores all calls."""

    def started(self, stage: str, total: int) -> None:
        """Do nothing."""

    def advanced(self, steps: int, seconds_of_sound: float = 0.0) -> None:
        """Do nothing."""

    def failed(self, what: str, reason: str) -> None:
        """Do nothing."""
