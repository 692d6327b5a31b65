"""Limits on how much sound is decoded: a few kilobytes of a file can hold hours of sound."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sqlclap.audio.decode import AudioStream, open_audio
from sqlclap.audio.encoded import AudioSource
from sqlclap.errors import SoundTooLongError


@dataclass(frozen=True)
class DecodingBudget:
    """The largest amount of sound that is decoded.

    Attributes
    ----------
    seconds : float
        Of sound.
    what : str
        What the sound is decoded for, as the error message says it.
    values : int
        Samples of all channels together.
    """

    seconds: float
    what: str
    values: int = 4_000_000_000

    def within(self, stream: AudioStream) -> Iterator[NDArray[np.float32]]:
        """Yield a sound's blocks, as `AudioStream.blocks` does, up to the budget.

        Raises
        ------
        SoundTooLongError
            The sound is longer than the budget. Its header's length is not relied upon.
        AudioDecodeError
        """
        max_frames = min(self.seconds * stream.sample_rate, self.values / stream.channels)
        frames = 0
        for block in stream.blocks():
            frames += len(block)
            if frames > max_frames:
                raise SoundTooLongError(
                    f"expected at most {self.seconds / 60:,.0f} minutes of sound and "
                    f"{self.values:,} samples over all channels {self.what}, got more"
                )
            yield block

    def check(self, source: AudioSource) -> None:
        """Decode a sound once and discard it, to check that it keeps to the budget.

        Raises
        ------
        SoundTooLongError
        AudioDecodeError
        """
        with open_audio(source) as stream:
            for _ in self.within(stream):
                pass
