"""Numbers measured on a sound that become words in its captions."""

from __future__ import annotations

import numpy as np

from training.procedural.signal import fast_length

RATE = 44_100
MEASURES = ("brightness", "length")


def brightness(sound: np.ndarray) -> float:
    """Return the power-weighted mean of log2 frequency (in octaves over 1 Hz)."""
    size = fast_length(len(sound))
    power = np.abs(np.fft.rfft(sound.astype(np.float32), size)) ** 2
    octave = np.log2(np.fft.rfftfreq(size, 1 / RATE) + 20)
    return float((power * octave).sum() / (power.sum() + 1e-12))


def length(sound: np.ndarray) -> float:
    """Return the time until the sound stays 30 dB below its loudest 10 ms (in seconds)."""
    frame = RATE // 100
    frames = sound[: len(sound) // frame * frame].reshape(-1, frame)
    if not len(frames):
        return len(sound) / RATE
    level = np.sqrt((frames**2).mean(axis=1))
    return float(np.nonzero(level > level.max() * 0.0316)[0][-1] + 1) / 100


def measure(sound: np.ndarray) -> tuple[float, float]:
    """Return `MEASURES` of a sound."""
    return brightness(sound), length(sound)
