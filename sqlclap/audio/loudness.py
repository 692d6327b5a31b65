"""Level: decibels relative to full scale, silence, what is too low to hear, peak normalisation."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

SILENCE_PEAK_DB = -70.0
"""A window whose peak lies below this (in dBFS) is silent: it gets no vector."""

SILENCE_PEAK: float = 10.0 ** (SILENCE_PEAK_DB / 20.0)
"""`SILENCE_PEAK_DB` as a magnitude, full scale 1."""

LOWEST_HEARD_HZ = 20.0
"""What lies below this (in Hz) nobody hears: drift, rumble of a stage, a slow control signal."""

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


def is_subsonic(samples: NDArray[np.float32], sample_rate: int) -> bool:
    """Whether all that is louder than silence lies below 20 Hz.

    Parameters
    ----------
    samples : np.ndarray [shape=(n,), dtype=float32]
        Finite, without their mean. Less than 0.1 s is never told to be subsonic.
    sample_rate : int
        Of `samples` (in Hz).
    """
    if len(samples) < _SHORTEST_FRAME_S * sample_rate or _moves_fast(samples, sample_rate):
        return False
    length = min(len(samples), round(_LONGEST_FRAME_S * sample_rate))
    turn = 2.0 * np.pi * np.arange(length) / length
    window = sum(term * np.cos(k * turn) for k, term in enumerate(_WINDOW_TERMS))
    # So scaled, the power of a sine's bins adds up to the square of its peak.
    scale = 4.0 / (length * float(np.sum(window * window)))
    heard = round(LOWEST_HEARD_HZ * length / sample_rate)
    last = len(samples) - length
    for start in {*range(0, last, length // 2), last}:
        spectrum = np.fft.rfft(samples[start : start + length] * window)[heard:]
        if scale * float(np.sum(np.abs(spectrum) ** 2)) >= SILENCE_PEAK**2:
            return False
    return True


def _moves_fast(samples: NDArray[np.float32], sample_rate: int) -> bool:
    """Whether some step is larger than sound below 20 Hz and silence on it could make."""
    # Bernstein: what holds nothing above f changes by 2 pi f times its peak a second at most.
    slow = 2.0 * math.pi * LOWEST_HEARD_HZ / sample_rate * peak(samples)
    largest = slow + 2.0 * SILENCE_PEAK
    piece = 4_096
    for start in range(0, len(samples), piece):  # nearly every sound is told by the first piece
        steps = np.diff(samples[start : start + piece + 1])
        if peak(steps) > largest:
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
