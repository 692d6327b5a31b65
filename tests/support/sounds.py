"""Real audio files, made on the spot."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import soundfile

RATE = 16_000


def tone(hz: float, seconds: float = 0.4, rate: int = RATE) -> np.ndarray:
    """Return a decaying tone, shape (n,), float32."""
    time = np.arange(round(seconds * rate)) / rate
    return (0.8 * np.sin(2 * np.pi * hz * time) * np.exp(-3 * time)).astype(np.float32)


def noise(seed: int = 0, seconds: float = 0.4, rate: int = RATE) -> np.ndarray:
    """Return white noise, shape (n,), float32."""
    rng = np.random.default_rng(seed)
    return rng.uniform(-0.7, 0.7, round(seconds * rate)).astype(np.float32)


def loop(
    bpm: float = 120.0, notes: tuple[int, ...] = (48, 52, 55, 60, 53, 57, 55, 48)
) -> np.ndarray:
    """Return a loop of a note (as MIDI numbers them) a beat, shape (n,), float32."""
    beat = 60.0 / bpm
    tones = [tone(440 * 2 ** ((note - 69) / 12), beat) for note in notes]
    return np.concatenate([each * np.linspace(1, 0, len(each)) ** 2 for each in tones])


def write_sound(path: Path, samples: np.ndarray, rate: int = RATE, **options: str) -> Path:
    """Write a sound file, making its folder, and return its path."""
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, samples, rate, **options)
    return path
