"""Progress of work that goes from shard to shard."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlclap.progress import ProgressListener


class ShardProgress:
    """Tells of one shard's stages, with its place among all of them."""

    def __init__(self, listener: ProgressListener, place: str) -> None:
        self._listener, self._place = listener, place

    def started(self, stage: str, total: int) -> None:
        """Tell of a stage."""
        self._listener.started(f"{stage} ({self._place})", total)

    def advanced(self, steps: int, seconds_of_sound: float = 0.0) -> None:
        """Tell of steps."""
        self._listener.advanced(steps, seconds_of_sound)

    def failed(self, what: str, reason: str) -> None:
        """Tell of what could not be done."""
        self._listener.failed(what, reason)
