"""Attack time of a sound's first clear onset."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

# A fall of the held envelope to half ends an onset, once half of the loudest level was reached:
# quieter clicks and breaths before the note are no onset, later notes are another one.
_ONSET_LEVEL = 0.5
_DECAY = 0.5
_START_LEVEL = 0.1
_END_LEVEL = 0.9
_STEP_S = 0.000_5
_RMS_STEPS = 40
# 30 ms: a rectified 40 Hz wave peaks every 12.5 ms, so its gaps are no decay.
_HOLD_STEPS = 60


def attack_time(samples: NDArray[np.float32], sample_rate: int) -> float | None:
    """Seconds from 10 % to 90 % of the peak of the first clear onset.

    The fixed-threshold form of G. Peeters, "A large set of audio features for sound description",
    IRCAM, 2004, section 5.1 (log-attack-time). It is read off two envelopes and the shorter
    reading counts: magnitudes follow attacks of a millisecond, and root mean squares over 20 ms
    aren't led astray by the rare highest peak of a steady noise.

    Parameters
    ----------
    samples : np.ndarray [shape=(n,), dtype=float32]
        A sound from its audible start on.
    sample_rate : int
        Rate of `samples` (in Hz).

    Returns
    -------
    float or None
        Attack (in seconds, in steps of about 0.5 ms); None without a sample other than 0.
    """
    if not samples.any():
        return None
    step = max(1, round(sample_rate * _STEP_S))
    starts = np.arange(0, len(samples), step)
    magnitudes = np.maximum.reduceat(np.abs(samples), starts).astype(np.float64)
    sums = np.zeros(_RMS_STEPS + len(starts))
    np.cumsum(np.add.reduceat(samples * samples, starts), dtype=np.float64, out=sums[_RMS_STEPS:])
    # Differences of a running sum can end a hair below 0.
    energy = np.maximum(sums[_RMS_STEPS:] - sums[:-_RMS_STEPS], 0.0)
    steps = min(_rise_steps(magnitudes), _rise_steps(np.sqrt(energy)))
    return steps * step / sample_rate


def _rise_steps(envelope: NDArray[np.float64]) -> int:
    """Steps from 10 % to 90 % of the first clear onset's peak in one envelope, shape (n,)."""
    held = _hold(envelope, _HOLD_STEPS)
    rising = np.maximum.accumulate(envelope)
    clear = rising >= _ONSET_LEVEL * rising[-1]
    over = np.flatnonzero(clear & (held < _DECAY * rising))
    peak = rising[over[0]] if len(over) else rising[-1]
    end = int(np.argmax(envelope >= _END_LEVEL * peak))
    quiet = np.flatnonzero(held[: end + 1] < _START_LEVEL * peak)
    start = int(quiet[-1]) + 1 if len(quiet) else 0
    return max(0, end - start)


def _hold(envelope: NDArray[np.float64], steps: int) -> NDArray[np.float64]:
    """Largest value of the last `steps` steps, by doubling: log2(steps) passes."""
    held = envelope.copy()
    width = 1
    while width < steps:
        shift = min(width, steps - width)
        held[shift:] = np.maximum(held[shift:], held[:-shift])
        width += shift
    return held
