"""How much sound to decode for somebody: a few kilobytes can hold hours of it."""

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
    """The most that is decoded.

    Attributes
    ----------
    seconds : float
        Of sound.
    what : str
        What it is decoded for, in an error's words.
    values : int
        Samples of all channels together.
    """

    seconds: float
    what: str
    values: int = 4_000_000_000

    def within(self, stream: AudioStream) -> Iterator[NDArray[np.float32]]:
        """Yield a sound's blocks, as `AudioStream.blocks` does, as far as the budget goes.

        Raises
        ------
        SoundTooLongError
            There is more; the header's word for it is not relied upon.
        AudioDecodeError
        """
        most = min(self.seconds * stream.sample_rate, self.values / stream.channels)
        frames = 0
        for block in stream.blocks():
            frames += len(block)
            if frames > most:
                raise SoundTooLongError(
                    f"expected at most {self.seconds / 60:,.0f} minutes of sound and "
                    f"{self.values:,} samples over all channels {self.what}, got more"
                )
            yield block

    def check(self, source: AudioSource) -> None:
        """Decode a sound once, to nowhere, as far as the budget goes.

        Raises
        ------
        SoundTooLongError
        AudioDecodeError
        """
        with open_audio(source) as stream:
            for _ in self.within(stream):
                pass
