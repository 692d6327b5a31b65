"""Resampling a stream, cutting it into windows, and normalising their level."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

# The filter gives the same samples, whatever the pieces: these stay in a core's cache, and take a
# fifth less time than a window in one piece.
_RESAMPLED_AT_ONCE = 1 << 14


class StreamResampler:
    """Mono resampler over soxr; passes samples through when the rates are equal.

    In total, the output is ``ceil(n * out_rate / in_rate)`` samples long, as with librosa's
    ``load``, whose last sample may be a 0: LAION-CLAP repeats short sounds, so a sample more or
    less would shift every repeat.

    Parameters
    ----------
    in_rate, out_rate : int
        Rates (in Hz).
    quality : {"QQ", "LQ", "MQ", "HQ", "VHQ"}
        soxr's quality preset.
    """

    def __init__(self, in_rate: int, out_rate: int, quality: str) -> None:
        self._stream = None
        self._rates = in_rate, out_rate
        self._taken = self._given = 0
        if in_rate != out_rate:
            import soxr

            self._stream = soxr.ResampleStream(in_rate, out_rate, 1, "float32", quality)

    def process(self, mono: NDArray[np.float32]) -> NDArray[np.float32]:
        """Feed a block; return the output that is ready (maybe none yet).

        Parameters
        ----------
        mono : np.ndarray [shape=(n,), dtype=float32]
            Next samples at `in_rate`.

        Returns
        -------
        np.ndarray [shape=(m,), dtype=float32]
            Next samples at `out_rate`.
        """
        if self._stream is None:
            return mono
        self._taken += len(mono)
        pieces = [
            self._chunk(mono[start : start + _RESAMPLED_AT_ONCE], last=False)
            for start in range(0, len(mono), _RESAMPLED_AT_ONCE)
        ]
        out = pieces[0] if len(pieces) == 1 else np.concatenate([*pieces, mono[:0]])
        self._given += len(out)
        return out

    def flush(self) -> NDArray[np.float32]:
        """Return the samples still inside the filter; call once, after the last block."""
        nothing = np.empty(0, dtype=np.float32)
        if self._stream is None:
            return nothing
        in_rate, out_rate = self._rates
        left = max(0, -(-self._taken * out_rate // in_rate) - self._given)
        rest = self._chunk(nothing, last=True)[:left]
        return np.pad(rest, (0, left - len(rest))) if len(rest) < left else rest

    def _chunk(self, mono: NDArray[np.float32], *, last: bool) -> NDArray[np.float32]:
        if self._stream is None:
            return mono
        out: NDArray[np.float32] = self._stream.resample_chunk(mono, last=last)
        return out


SILENCE_PEAK_DB = -70.0
"""A window whose peak lies below this (in dBFS) is silent: it gets no vector."""

SILENCE_PEAK: float = 10.0 ** (SILENCE_PEAK_DB / 20.0)
"""`SILENCE_PEAK_DB` as a magnitude, full scale 1."""

LOWEST_HEARD_HZ = 20.0
"""Lower frequencies (in Hz) are inaudible: drift, stage rumble, slow control signals."""

# Blackman-Harris: what leaks past 4 bins lies 92 dB down, below `SILENCE_PEAK_DB` of full scale.
_WINDOW_TERMS = (0.358_75, -0.488_29, 0.141_28, -0.011_68)
_LONGEST_FRAME_S = 2.0
_SHORTEST_FRAME_S = 0.1


def peak(samples: NDArray[np.float32]) -> float:
    """Largest magnitude of `samples` (shape (n,), float32), full scale 1; 0 when empty."""
    if not len(samples):
        return 0.0
    # Two reductions without the temporary that np.abs would fill.
    return max(float(samples.max()), -float(samples.min()))


def decibels(magnitude: float, floor_db: float = -120.0) -> float:
    """Magnitude (full scale 1) in dBFS, ``20 * log10(magnitude)``, never below `floor_db`."""
    return max(20.0 * math.log10(magnitude), floor_db) if magnitude > 0.0 else floor_db


def is_silent(samples: NDArray[np.float32]) -> bool:
    """Whether the peak of `samples` (shape (n,), float32) lies below `SILENCE_PEAK_DB`."""
    return peak(samples) < SILENCE_PEAK


def is_subsonic(
    samples: NDArray[np.float32], sample_rate: int, offset: float, swing: float
) -> bool:
    """Whether a signal has no component above silence at 20 Hz or higher, but for its offset.

    Parameters
    ----------
    samples : np.ndarray [shape=(n,), dtype=float32]
        Finite. Less than 0.1 s is never considered subsonic.
    sample_rate : int
        Of `samples` (in Hz).
    offset, swing : float
        Their mean, and their largest distance from it.
    """
    if len(samples) < _SHORTEST_FRAME_S * sample_rate or _moves_fast(samples, sample_rate, swing):
        return False
    samples = samples - np.float32(offset)
    length = min(len(samples), round(_LONGEST_FRAME_S * sample_rate))
    window = _blackman_harris(length)
    # So scaled, the power of a sine's bins adds up to the square of its peak.
    scale = 4.0 / (length * float(np.sum(window * window)))
    lowest_bin = round(LOWEST_HEARD_HZ * length / sample_rate)
    last = len(samples) - length
    for start in {*range(0, last, length // 2), last}:
        frame = samples[start : start + length] * window
        if power_above(frame, lowest_bin, SILENCE_PEAK**2 / scale) >= SILENCE_PEAK**2 / scale:
            return False
    return True


def power_above(frame: NDArray[np.float64], lowest_bin: int, enough: float) -> float:
    """Sum the power of a frame's spectrum from a bin on; or bound it, where that tells enough.

    Parameters
    ----------
    frame : np.ndarray [shape=(n,), dtype=float64]
    lowest_bin : int
    enough : float
        Whether the sum reaches it is all that is asked: a spectrum takes ten times as long as the
        bounds by Parseval's theorem.
    """
    power = len(frame) * float(frame @ frame)  # of both halves of the spectrum
    if power < enough:
        return power
    # A step over `lag` samples scales each bin by |1 - exp(-i w lag)|: by w lag or less, and by 2
    # or less.
    lag = max(1, len(frame) // (12 * lowest_bin))
    steps = frame[lag:] - frame[:-lag]
    slow = (2.0 * math.pi * lowest_bin * lag / len(frame)) ** 2
    at_least = (len(frame) * float(steps @ steps) - slow * power) / (2.0 * (4.0 - slow))
    if at_least >= enough:
        return at_least
    spectrum = np.fft.rfft(frame)[lowest_bin:]
    return float(np.sum(np.abs(spectrum) ** 2))


@lru_cache(maxsize=4)  # all frames of longer sounds have one length
def _blackman_harris(length: int) -> NDArray[np.float64]:
    turn = 2.0 * np.pi * np.arange(length) / length
    # cos(k x) is the Chebyshev polynomial T_k of cos x: one cosine for all terms.
    window = np.polynomial.chebyshev.chebval(np.cos(turn), _WINDOW_TERMS)
    return np.asarray(window, dtype=np.float64)


def _moves_fast(samples: NDArray[np.float32], sample_rate: int, swing: float) -> bool:
    """Whether some step between samples is too large for sound below 20 Hz plus silence."""
    # Bernstein: what holds nothing above f changes by 2 pi f times its peak a second at most.
    slow = 2.0 * math.pi * LOWEST_HEARD_HZ / sample_rate * swing
    largest = slow + 2.0 * SILENCE_PEAK
    piece = 4_096
    for start in range(0, len(samples), piece):  # nearly every sound is told by the first piece
        after = samples[start + 1 : start + piece + 1]
        if peak(after - samples[start : start + len(after)]) > largest:
            return True
    return False


def normalize_peak(samples: NDArray[np.float32], target_db: float) -> NDArray[np.float32]:
    """Scale so that the largest magnitude is `target_db` (in dBFS).

    Parameters
    ----------
    samples : np.ndarray [shape=(n,), dtype=float32]
        Finite samples; all-zero ones come back as they are.
    target_db : float
        Wanted peak (in dBFS), 0 for full scale.

    Returns
    -------
    np.ndarray [shape=(n,), dtype=float32]
        A scaled copy.
    """
    largest = peak(samples)
    if largest == 0.0:
        return samples
    gain = np.float32(10.0 ** (target_db / 20.0) / largest)
    return samples * gain


@dataclass(frozen=True)
class Window:
    """One stretch of sound, not padded.

    Attributes
    ----------
    index : int
        Number of the window in the sound, from 0.
    start_s, end_s : float
        Start and end in the sound (in seconds).
    samples : np.ndarray [shape=(n,), dtype=float32]
        Mono samples; ``n`` is the window's length but for the last, which may be shorter.
    """

    index: int
    start_s: float
    end_s: float
    samples: NDArray[np.float32]


def cut_windows(
    blocks: Iterable[NDArray[np.float32]],
    window_samples: int,
    sample_rate: int,
    hop_samples: int | None = None,
) -> Iterator[Window]:
    """Cut a sound into windows, holding at most two windows and one block.

    What is left after the last whole window is a window of its own, the tail, if it is at least
    half a window long or the only one. Where windows overlap, a tail that lies in the window
    before it as a whole is none.

    Parameters
    ----------
    blocks : iterable of np.ndarray [shape=(n,), dtype=float32]
        The sound in order, in blocks of any sizes.
    window_samples : int
        Length of a window (in samples).
    sample_rate : int
        Rate of `blocks` (in Hz).
    hop_samples : int, optional
        From one window's start to the next one's (in samples), from 1 to `window_samples`; by
        default `window_samples`: they don't overlap.

    Yields
    ------
    Window
        In order; none when there are no samples.
    """
    hop = window_samples if hop_samples is None else hop_samples
    overlap = window_samples - hop
    index = 0
    filled = 0
    pending = np.empty(window_samples, dtype=np.float32)
    for block in blocks:
        rest = block
        while len(rest):
            taken = min(window_samples - filled, len(rest))
            pending[filled : filled + taken] = rest[:taken]
            filled += taken
            rest = rest[taken:]
            if filled == window_samples:
                yield _window(index, pending, hop, sample_rate)
                # A fresh array: the window just yielded may still be in use.
                before, pending = pending, np.empty(window_samples, dtype=np.float32)
                pending[:overlap] = before[hop:]
                index, filled = index + 1, overlap
    if filled and (index == 0 or (filled > overlap and 2 * filled >= window_samples)):
        yield _window(index, pending[:filled], hop, sample_rate)


def _window(index: int, samples: NDArray[np.float32], hop: int, sample_rate: int) -> Window:
    start = index * hop
    return Window(index, start / sample_rate, (start + len(samples)) / sample_rate, samples)
