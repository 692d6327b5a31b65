"""Excerpts: a stretch of a sound with what lies around it, as WAV to be played."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlclap.audio.stream_part import StreamPart
from sqlclap.audio.wav import WavShape, pcm_parts, playable_shape, wav_header

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from sqlclap.audio.decode import AudioStream

_ROUNDING_S = 0.05
"""What a sound may lack at the end of a stretch: lengths are rounded, and encoders add and cut."""


@dataclass(frozen=True)
class Excerpt:
    """A stretch of a sound, and its context.

    Attributes
    ----------
    start_s, end_s : float
        In seconds from the sound's start.
    pad_s : float
        What is added at both ends (in seconds), as far as the sound goes.
    own_rate : bool
        Keep the sound's sample rate, to be looked at, even where players don't take it.
    """

    start_s: float
    end_s: float
    pad_s: float = 0.0
    own_rate: bool = False

    @property
    def first_s(self) -> float:
        """Where it begins, with its context."""
        return max(self.start_s - self.pad_s, 0.0)

    @property
    def last_s(self) -> float:
        """Where it ends, with its context, unless the sound ends before."""
        return self.end_s + self.pad_s

    def part(self, stream: AudioStream) -> StreamPart:
        """Return the excerpt of an open sound."""
        return StreamPart(stream, self.first_s, self.last_s, self.pad_s + _ROUNDING_S)


def excerpt_wav(stream: AudioStream, excerpt: Excerpt) -> bytes:
    """Return an excerpt of an open sound as 16-bit WAV that every player plays.

    Raises
    ------
    AudioDecodeError
        The sound can't be decoded up to the stretch's end.
    """
    part = excerpt.part(stream)
    return b"".join(wav_parts(part, part.blocks(), excerpt.own_rate))


def wav_parts(
    stream: AudioStream, blocks: Iterable[npt.NDArray[np.float32]], own_rate: bool = False
) -> Iterator[bytes]:
    """Yield a WAV's header and samples, of a sound short enough to be held in memory."""
    own = WavShape(stream.sample_rate, stream.channels)
    shape = playable_shape(own)
    if own_rate:
        shape = shape._replace(sample_rate=own.sample_rate)
    sound = b"".join(pcm_parts(blocks, own, shape))
    yield wav_header(len(sound), shape)
    yield sound
