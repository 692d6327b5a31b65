"""Level: decibels relative to full scale, silence, and peak normalisation of a window."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

SILENCE_PEAK_DB = -70.0
"""A window whose peak lies below this (in dBFS) is silent: it gets no vector."""

SILENCE_PEAK: float = 10.0 ** (SILENCE_PEAK_DB / 20.0)
"""`SILENCE_PEAK_DB` as a magnitude, full scale 1."""


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
