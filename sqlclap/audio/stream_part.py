"""A part of an open sound, read as if it were a sound of its own."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from sqlclap.audio.decode import BLOCK_FRAMES, AudioStream
from sqlclap.errors import AudioDecodeError


class StreamPart(AudioStream):
    """The frames of a sound between two times.

    Parameters
    ----------
    stream : AudioStream
        An open sound, not read yet; it is closed with the part.
    start_s, end_s : float
        In seconds from its start. What the sound lacks at the end of less than `slack_s` is no
        matter.
    slack_s : float
    """

    def __init__(
        self, stream: AudioStream, start_s: float, end_s: float, slack_s: float = 0.0
    ) -> None:
        self._stream = stream
        self._times = (start_s, end_s)
        self.sample_rate = stream.sample_rate
        self.channels = stream.channels
        self.format = stream.format
        self.frames_read = 0
        self._first = round(start_s * self.sample_rate)
        # Of a span shorter than a frame, there is that frame.
        self._end = max(round(end_s * self.sample_rate), self._first + 1)
        self._least = min(self._end, round((end_s - slack_s) * self.sample_rate))
        self.declared_frames = None

    @property
    def interrupted(self) -> str | None:
        """None: a part that can't be read whole is an error."""
        return None

    @property
    def notes(self) -> list[str]:
        """Remarks on how the sound was read so far."""
        return self._stream.notes

    def blocks(self, block_frames: int = BLOCK_FRAMES) -> Iterator[NDArray[np.float32]]:
        """Yield the part in order; see `AudioStream.blocks`.

        Raises
        ------
        AudioDecodeError
            The sound can't be decoded up to the part's end.
        """
        at = self._stream.skip(self._first)
        for block in self._stream.blocks(block_frames):
            kept = block[max(self._first - at, 0) : max(self._end - at, 0)]
            at += len(block)
            if len(kept):
                self.frames_read += len(kept)
                yield kept
            if at >= self._end:
                return
        if at < self._least or not self.frames_read:
            start_s, end_s = self._times
            raise AudioDecodeError(
                f"Expected sound from {start_s:g} to {end_s:g} s, but it could only be decoded up "
                f"to {at / self.sample_rate:g} s."
            )

    def close(self) -> None:
        """Close the whole sound."""
        self._stream.close()
