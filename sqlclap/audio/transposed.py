"""A sound as a tape at another speed plays it: higher and shorter, or lower and longer."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from sqlclap.audio.decode import BLOCK_FRAMES, AudioStream

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class Transposed(AudioStream):
    """The frames of a sound, to be played faster or slower; resampling makes the pitch.

    Parameters
    ----------
    stream : AudioStream
        An open sound, or a part of one, not read yet; it is closed with this one.
    semitones : float
        Up, or below 0 down; 12 are an octave, at twice the speed.
    """

    def __init__(self, stream: AudioStream, semitones: float) -> None:
        self._stream = stream
        self.sample_rate = round(stream.sample_rate * 2 ** (semitones / 12))
        self.channels = stream.channels
        self.format = stream.format
        self.declared_frames = stream.declared_frames

    @property
    def frames_read(self) -> int:  # type: ignore[override]  # counted by the sound itself
        """Frames yielded so far."""
        return self._stream.frames_read

    @property
    def interrupted(self) -> str | None:
        """Why decoding stopped early, or None."""
        return self._stream.interrupted

    @property
    def notes(self) -> list[str]:
        """Remarks on how the sound was read so far."""
        return self._stream.notes

    def blocks(self, block_frames: int = BLOCK_FRAMES) -> Iterator[NDArray[np.float32]]:
        """Yield the sound in order; see `AudioStream.blocks`."""
        return self._stream.blocks(block_frames)

    def close(self) -> None:
        """Close the sound."""
        self._stream.close()
