"""Fundamental frequency by YIN.

A. de Cheveigné and H. Kawahara, "YIN, a fundamental frequency estimator for speech and music",
J. Acoust. Soc. Am. 111 (2002). Equation numbers below are the paper's.
"""

from __future__ import annotations

from statistics import median

import numpy as np
from numpy.typing import NDArray

from sqlclap.audio.spectrum import overlapping_frames

LOWEST_HZ = 40.0
HIGHEST_HZ = 4_000.0
MIN_CONFIDENCE = 0.7
"""Below this the sound has no pitch worth sorting by."""

_FRAMES = 6
# The first dip below this wins over a deeper one an octave lower (step 4 of the paper).
_ABSOLUTE_THRESHOLD = 0.15
_MIN_PERIODS = 2
# Below this rate (in Hz) a high note's period is a few samples, too few for the parabola.
_FINE_RATE = 40_000


def estimate_pitch(
    samples: NDArray[np.float32], sample_rate: int
) -> tuple[float | None, float | None]:
    """Estimate the pitch of a sound's loudest frames.

    Parameters
    ----------
    samples : np.ndarray [shape=(n,), dtype=float32]
        The first seconds of a sound.
    sample_rate : int
        Rate of `samples` (in Hz).

    Returns
    -------
    tuple of (float or None, float or None)
        Median fundamental (in Hz, 40 to 4000; None when the confidence is below
        `MIN_CONFIDENCE`), and median confidence (0..1: one minus the aperiodicity; None when
        there is too little sound).
    """
    shortest = sample_rate / HIGHEST_HZ
    longest = min(round(sample_rate / LOWEST_HZ), len(samples) // 2 - 1)
    if longest < _MIN_PERIODS * shortest:
        return None, None
    finer = max(1, -(-_FINE_RATE // sample_rate))
    frames = _interpolate(_loudest_frames(samples, 2 * longest), finer)
    curves = _normalized_difference(frames, finer * longest)
    dips = [_first_dip(curve, int(finer * shortest)) for curve in curves]
    confidence = min(1.0, max(0.0, 1.0 - median(aperiodicity for _, aperiodicity in dips)))
    if confidence < MIN_CONFIDENCE:
        return None, confidence
    pitched = [period for period, aperiodicity in dips if aperiodicity <= 1.0 - MIN_CONFIDENCE]
    return finer * sample_rate / median(pitched), confidence


def _loudest_frames(samples: NDArray[np.float32], length: int) -> NDArray[np.float64]:
    """The few frames of the highest energy, shape (m, length), zero-mean, none silent."""
    view = overlapping_frames(samples, length, length // 2)
    energies = np.einsum("ij,ij->i", view, view)
    # A stable sort: equal frames keep their order, so the result can be repeated.
    loudest = np.argsort(-energies, kind="stable")[:_FRAMES]
    loudest = loudest[energies[loudest] >= 0.01 * energies[loudest[0]]]
    frames = view[loudest].astype(np.float64)
    return np.asarray(frames - frames.mean(axis=1, keepdims=True))


def _interpolate(frames: NDArray[np.float64], factor: int) -> NDArray[np.float64]:
    """Raise the rate of frames, shape (m, n) to (m, factor * n), by zero-padding the spectrum."""
    if factor == 1:
        return frames
    return np.asarray(np.fft.irfft(np.fft.rfft(frames), factor * frames.shape[1]) * factor)


def _fast_size(length: int) -> int:
    """Smallest ``m * 2**k`` of at least `length` with m in 8, 9, 10, 12: quick to transform."""
    power = 1 << max(0, (length - 1).bit_length() - 4)
    return next(m * power for m in (8, 9, 10, 12, 16) if m * power >= length)


def _normalized_difference(frames: NDArray[np.float64], longest: int) -> NDArray[np.float64]:
    """Cumulative mean normalised difference, equations 6-8, for lags 0 to `longest`.

    The difference over a window of half a frame is energy(0) + energy(lag) - 2 * correlation,
    equation 7; the correlation comes from an FFT.
    """
    window = frames.shape[1] - longest
    size = _fast_size(frames.shape[1])
    head = np.fft.rfft(frames[:, :window], size)
    correlation = np.fft.irfft(np.fft.rfft(frames, size) * head.conj(), size)[:, : longest + 1]
    sums = np.zeros((len(frames), frames.shape[1] + 1))
    np.cumsum(frames * frames, axis=1, out=sums[:, 1:])
    energy = sums[:, window : window + longest + 1] - sums[:, : longest + 1]
    difference = np.maximum(energy[:, :1] + energy - 2.0 * correlation, 0.0)
    difference[:, 0] = 0.0
    running = np.cumsum(difference, axis=1)
    lags = np.arange(longest + 1)
    # Where nothing differs yet (silence, a constant), the definition's value at lag 0 stands.
    curves = np.ones(difference.shape)
    np.divide(difference * lags, running, out=curves, where=running > 0.0)
    return curves


def _first_dip(curve: NDArray[np.float64], shortest: int) -> tuple[float, float]:
    """Period (in samples, interpolated) and aperiodicity of one frame."""
    below = curve[shortest:] < _ABSOLUTE_THRESHOLD
    if below.any():
        lag = shortest + int(below.argmax())
        rises = curve[lag + 1 :] >= curve[lag:-1]
        lag += int(rises.argmax()) if rises.any() else len(rises)
    else:
        lag = shortest + int(curve[shortest:].argmin())
    return lag + _parabolic_offset(curve, lag), float(curve[lag])


def _parabolic_offset(curve: NDArray[np.float64], lag: int) -> float:
    """Where the parabola through `lag` and its neighbours has its minimum (step 5), ±0.5."""
    if not 1 <= lag < len(curve) - 1:
        return 0.0
    before, middle, after = curve[lag - 1 : lag + 2].tolist()
    bend = before - 2.0 * middle + after
    return min(0.5, max(-0.5, 0.5 * (before - after) / bend)) if bend > 0.0 else 0.0
