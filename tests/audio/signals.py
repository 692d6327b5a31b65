"""Sounds with known properties, and the front ends that the tests run them through."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sqlclap.audio.spec import FrontEndSpec, MelSpec

LAION_MEL = MelSpec(
    n_fft=1024,
    hop=480,
    n_mels=64,
    fmin=50.0,
    fmax=14_000.0,
    scale="slaney",
    norm="slaney",
    log_floor=1e-10,
    pad_mode="reflect",
)
LAION = FrontEndSpec(
    sample_rate=48_000,
    resampler="HQ",
    window_s=10.0,
    padding="repeat",
    loudness="none",
    loudness_target_db=0.0,
    int16_round_trip=True,
    mel=LAION_MEL,
)
WAVEFORM = FrontEndSpec(
    sample_rate=16_000,
    resampler="HQ",
    window_s=1.0,
    padding="zero",
    loudness="none",
    loudness_target_db=0.0,
    int16_round_trip=False,
    mel=None,
)


def sine(hz: float, seconds: float, rate: int, peak: float = 0.5) -> NDArray[np.float32]:
    """A pure tone, shape (n,)."""
    t = np.arange(round(seconds * rate)) / rate
    return (peak * np.sin(2.0 * np.pi * hz * t)).astype(np.float32)


def noise(seconds: float, rate: int, level: float = 0.1, seed: int = 0) -> NDArray[np.float32]:
    """White Gaussian noise of RMS `level`, shape (n,)."""
    samples = np.random.default_rng(seed).standard_normal(round(seconds * rate))
    return (level * samples).astype(np.float32)
