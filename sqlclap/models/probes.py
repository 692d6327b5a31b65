"""Sounds and prompts to compare models on: unlike each other, and the same every time."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Samples = npt.NDArray[np.float32]

PROMPTS = (
    "a deep kick drum",
    "birds singing in a forest while rain falls on leaves",
    "speech",
    "An electric guitar, heavily distorted, plays a riff; someone shouts over it.",
)


def probe_sounds(rate: int) -> list[Samples]:
    """Make mono sounds of a fifth of a second to ten seconds, in [-1, 1]."""
    import numpy as np

    def seconds(length: float) -> npt.NDArray[np.float64]:
        return np.arange(round(length * rate)) / rate

    rng = np.random.default_rng(7)
    time = seconds(0.2)
    kick = np.sin(2 * np.pi * (50 * time + 6 * (1 - np.exp(-30 * time)))) * np.exp(-12 * time)
    time = seconds(3.7)
    sweep = 0.6 * np.sin(2 * np.pi * 40 * np.expm1(1.4 * time) / 1.4)
    time = seconds(10.0)
    bursts = rng.uniform(-0.8, 0.8, len(time)) * (np.sin(2 * np.pi * 1.3 * time) > 0.6)
    chord = sum(np.sin(2 * np.pi * hz * time) / (n + 2) for n, hz in enumerate((220, 277, 331)))
    wobble = 0.5 * chord * (1 + 0.5 * np.sin(2 * np.pi * 5 * time))
    hiss = rng.standard_normal(len(time)) * 0.02
    return [sound.astype(np.float32) for sound in (kick, sweep, bursts, wobble, hiss)]
