"""The key of a sound, from its pitch classes."""

from __future__ import annotations

import math
from functools import cache

import numpy as np
from numpy.typing import NDArray

from sqlclap.audio.spectrum import overlapping_frames, scaled_hann
from sqlclap.descriptor_columns import KEYS

LEAST_S = 1.5
MIN_KEY_CONFIDENCE = 0.6
"""Below this the pitch classes are like no key's, as those of drums."""

_FRAME_S = 0.186
_LOWEST_HZ, _HIGHEST_HZ = 65.0, 2_100.0
_LEAST_PEAK = 0.02  # of a frame's largest
_A4_HZ = 440.0
# C. L. Krumhansl, "Cognitive Foundations of Musical Pitch" (1990), after D. Temperley, "What's key
# for key?", Music Perception 17 (1999): his revised profiles.
_MAJOR = (5.0, 2.0, 3.5, 2.0, 4.5, 4.0, 2.0, 4.5, 2.0, 3.5, 1.5, 4.0)
_MINOR = (5.0, 2.0, 3.5, 4.5, 2.0, 4.0, 2.0, 4.5, 3.5, 2.0, 1.5, 4.0)


def estimate_key(samples: NDArray[np.float32], sample_rate: int) -> tuple[str | None, float | None]:
    """Return the key, such as "A minor", and its confidence (0 to 1).

    Parameters
    ----------
    samples : np.ndarray [shape=(n,), dtype=float32]
        From the audible start on.
    sample_rate : int
        In Hz.

    Returns
    -------
    tuple of (str or None, float or None)
        No key where the correlation with the best profile is below `MIN_KEY_CONFIDENCE`; neither
        where the sound is too short, or has no tones.
    """
    if len(samples) < LEAST_S * sample_rate:
        return None, None
    classes = pitch_classes(samples, sample_rate)
    deviation = float(classes.std())
    if deviation <= 0.0:
        return None, None
    standard = (classes - classes.mean()) / deviation
    correlations = _profiles() @ standard / 12.0
    best = int(np.argmax(correlations))
    confidence = float(np.clip(correlations[best], 0.0, 1.0))
    return (KEYS[best] if confidence >= MIN_KEY_CONFIDENCE else None), confidence


def pitch_classes(samples: NDArray[np.float32], sample_rate: int) -> NDArray[np.float64]:
    """Return how much of each pitch class there is, from C on, shape (12,); tuned to itself.

    E. Gómez, "Tonal description of polyphonic audio for music content processing", INFORMS J.
    Computing 18 (2006): peaks of the spectrum from 65 Hz to 2.1 kHz, each at its interpolated
    frequency; how far they lie off equal temperament at 440 Hz on the whole is the tuning.
    """
    n_fft = 2 ** round(math.log2(sample_rate * _FRAME_S))
    if len(samples) < n_fft:
        return np.zeros(12)
    frames = overlapping_frames(samples, n_fft, n_fft)
    low = max(1, math.floor(_LOWEST_HZ * n_fft / sample_rate))
    high = min(n_fft // 2 - 1, math.ceil(_HIGHEST_HZ * n_fft / sample_rate))
    pitches, weights = [], []
    for start in range(0, len(frames), 16):  # frames that stay in cache
        spectrum = np.fft.rfft(frames[start : start + 16] * _window(n_fft), norm="forward")
        magnitudes = np.abs(spectrum[:, low - 1 : high + 2]).astype(np.float64)
        bins, heights = _peaks(magnitudes)
        pitches.append(12.0 * np.log2((bins + low) * sample_rate / n_fft / _A4_HZ))
        weights.append(heights)
    return _folded(np.concatenate(pitches), np.concatenate(weights))


def _peaks(magnitudes: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the bins (interpolated, from the second on) and heights of the frames' peaks."""
    before, here, after = magnitudes[:, :-2], magnitudes[:, 1:-1], magnitudes[:, 2:]
    top = here.max(axis=1, keepdims=True)
    is_peak = (here > before) & (here >= after) & (here > _LEAST_PEAK * top) & (top > 1e-6)
    left, middle, right = (
        np.log(np.maximum(part[is_peak], 1e-12)) for part in (before, here, after)
    )
    bend = left - 2.0 * middle + right
    offset = np.zeros_like(bend)
    np.divide(0.5 * (left - right), bend, out=offset, where=bend < 0.0)
    places = np.nonzero(is_peak)[1] + np.clip(offset, -0.5, 0.5)
    return places, np.sqrt(here[is_peak])


def _folded(pitches: NDArray[np.float64], weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """Sum weights by pitch class; `pitches` are in semitones above A at 440 Hz."""
    tuning = np.angle(weights @ np.exp(2j * np.pi * pitches)) / (2.0 * np.pi)
    classes = (np.round(pitches - tuning).astype(np.intp) + 9) % 12
    return np.bincount(classes, weights, 12).astype(np.float64)


@cache
def _profiles() -> NDArray[np.float64]:
    """Return the standardised profiles of `KEYS`, shape (24, 12)."""
    rows = [np.roll(mode, tonic) for mode in (_MAJOR, _MINOR) for tonic in range(12)]
    profiles = np.array(rows)
    profiles -= profiles.mean(axis=1, keepdims=True)
    return np.asarray(profiles / profiles.std(axis=1, keepdims=True))


@cache
def _window(n_fft: int) -> NDArray[np.float32]:
    return scaled_hann(n_fft)
