"""Spectrograms of sounds of any length, stretch by stretch, in bounded memory.

A spectrogram has levels, from near to far: at each, a column stands for twice as much sound as at
the one before. All columns of a level are defined by their place in the sound alone, so that
stretches computed apart fit together without a seam.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sqlclap.audio.decode import BLOCK_FRAMES, AudioStream
from sqlclap.audio.mixdown import mix_rows
from sqlclap.audio.spectrum import overlapping_frames, scaled_hann

N_FFTS = (256, 512, 1024, 2048, 4096)
"""Lengths that a transform may have (in samples)."""

MOST_LEVEL = 24
"""A column of the farthest level stands for more than a day, at any sample rate up to 384 kHz."""

STEPS_PER_DB = 2
SILENCE = 0
"""What stands for no sound; above it, values are steps of 1/2 dB up to 255, a full-scale sine."""

_LOWEST_POWER = 1e-13
_BINS_OF_A_HOP = 8
_FRAMES_OF_A_LOOK = 8
_LOOKS = 2
_FRAMES_AT_ONCE = 128


@dataclass(frozen=True)
class SpectrogramGrid:
    """Where the columns of a level lie in a sound, and the frames that they are made of.

    A column is, frequency by frequency, the strongest of its frames: so short calls stay in sight
    from far. Frames lie half a transform apart, or less where columns do. Of a column of more than
    16 frames, two looks of 8 are taken, at a quarter and three quarters of it: an hour is drawn
    without reading all of it.

    Attributes
    ----------
    n_fft : int
        Length of a transform (in samples), one of `N_FFTS`.
    level : int
        0 to `MOST_LEVEL`.
    """

    n_fft: int
    level: int

    @property
    def hop(self) -> int:
        """Samples from one column to the next."""
        return (self.n_fft // _BINS_OF_A_HOP) << self.level

    @property
    def bins(self) -> int:
        """Frequencies of a column, from 0 to just below half the sample rate."""
        return self.n_fft // 2

    @property
    def stride(self) -> int:
        """Samples from one frame to the next."""
        return min(self.hop, self.n_fft // 2)

    def columns(self, frames: int) -> int:
        """Return how many columns a sound of this many frames has."""
        return -(-frames // self.hop)

    def start_of(self, frame: int) -> int:
        """Return where a frame begins; it is in the middle of its stride, so below 0 at first."""
        return frame * self.stride + self.stride // 2 - self.n_fft // 2

    @property
    def frames_of_column(self) -> int:
        """Frames that a column has; not all of them are looked at, see above."""
        return self.hop // self.stride

    @property
    def frames_seen(self) -> int:
        """Frames of a column that are looked at."""
        return min(self.frames_of_column, _LOOKS * _FRAMES_OF_A_LOOK)

    def looks(self, columns: range) -> list[tuple[int, int]]:
        """Return the ranges of frames that columns are made of, in order."""
        of_column = self.frames_of_column
        first, last = columns.start * of_column, columns.stop * of_column
        if of_column == self.frames_seen:
            return [(first, last)]
        between = of_column // _LOOKS
        starts = range(first + (between - _FRAMES_OF_A_LOOK) // 2, last, between)
        return [(at, at + _FRAMES_OF_A_LOOK) for at in starts]


def spectrogram_columns(
    stream: AudioStream,
    grid: SpectrogramGrid,
    part: range,
    check: Callable[[], None] = lambda: None,
) -> NDArray[np.uint8]:
    """Compute some columns of a sound's spectrogram; channels become their mean.

    Parameters
    ----------
    stream : AudioStream
        An open sound, not read yet.
    grid : SpectrogramGrid
    part : range
        The columns, one after the other.
    check : callable
        Called now and then: what it raises ends the work.

    Returns
    -------
    np.ndarray [shape=(columns, bins), dtype=uint8]
        Levels from low to high frequencies, see `SILENCE`; what lies behind the sound is silent.

    Raises
    ------
    AudioDecodeError
    """
    sound = _ForwardReader(stream, check)
    window = scaled_hann(grid.n_fft)
    power = np.zeros((len(part), grid.bins), dtype=np.float32)
    at_once = max(_FRAMES_AT_ONCE // grid.frames_seen, 1)
    for at in range(0, len(part), at_once):
        parts = [
            overlapping_frames(
                sound.read(grid.start_of(first), grid.start_of(last - 1) + grid.n_fft),
                grid.n_fft,
                grid.stride,
            )
            for first, last in grid.looks(part[at : at + at_once])
        ]
        # Scaled, so that numpy stays in single precision (see `MelFrontEnd`).
        spectrum = np.fft.rfft(np.concatenate(parts) * window, norm="forward")[:, : grid.bins]
        found = spectrum.real**2 + spectrum.imag**2
        columns = found.reshape(-1, grid.frames_seen, grid.bins)
        power[at : at + at_once] = columns.max(axis=1)
    return _quantised(power, grid.n_fft)


def _quantised(power: NDArray[np.float32], n_fft: int) -> NDArray[np.uint8]:
    """Return levels: a sine of full scale has a power of (n_fft / 4) ** 2 in its bin."""
    relative = power * np.float32((4.0 / n_fft) ** 2)
    steps = 10.0 * STEPS_PER_DB * np.log10(np.maximum(relative, _LOWEST_POWER)) + 255.0
    levels: NDArray[np.uint8] = np.rint(np.clip(steps, SILENCE, 255.0)).astype(np.uint8)
    return levels


class _ForwardReader:
    """Reads stretches of a sound that follow each other, or overlap, as one channel."""

    def __init__(self, stream: AudioStream, check: Callable[[], None]) -> None:
        self._stream = stream
        self._check = check
        self._kept = np.empty(0, dtype=np.float32)
        self._start = self._position = 0
        self._is_over = False

    def read(self, start: int, end: int) -> NDArray[np.float32]:
        """Return the samples of a stretch; zeros where the sound isn't, and for what is no number.

        No stretch begins before the last one did.
        """
        self._check()
        if start > self._position:
            self._pass_over(start)
        parts = [self._kept[max(start - self._start, 0) :]]
        self._start = self._position - len(parts[0])
        while self._position < end and not self._is_over:
            parts.append(self._next(end - self._position))
        self._kept = np.concatenate(parts)
        samples = np.zeros(end - start, dtype=np.float32)
        at = self._start - start
        heard = self._kept[: max(end - self._start, 0)]
        samples[at : at + len(heard)] = heard
        return samples

    def _pass_over(self, start: int) -> None:
        self._kept = self._kept[:0]
        self._position += self._stream.skip(start - self._position, is_exact=False)
        while self._position < start and not self._is_over:
            self._next(start - self._position)
            self._check()
        self._start = self._position

    def _next(self, most: int) -> NDArray[np.float32]:
        block = self._stream.read(min(most, BLOCK_FRAMES))
        self._is_over = not len(block)
        self._position += len(block)
        mixed = mix_rows(block.T)
        return np.where(np.isfinite(mixed), mixed, np.float32(0.0))
