"""Sounds whose windows perch-hoplite and sqlclap are compared on, and where what came out is kept.

`tests/parity/with_perch_hoplite.py` compares the two live, and writes the file that the other tests
compare with.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray

KEPT = Path(__file__).parent / "perch_hoplite.npz"
STEP = 97
"""Every so many samples of a window are kept: what differs differs everywhere."""


SAME_RATE = 1e-7
"""Largest difference of samples, at a peak of 0.25, where nothing is resampled."""
RESAMPLED = 1e-4
"""Root mean square of the differences of soxr's samples from scipy's polyphase filter's."""
LEAST = 0.99999
"""Lowest cosine of vectors."""


@dataclass(frozen=True)
class Recording:
    """A made recording.

    Attributes
    ----------
    name : str
    rate : int
        In Hz.
    seconds : float
    """

    name: str
    rate: int
    seconds: float

    def samples(self) -> NDArray[np.float32]:
        """Make it: a chirp, calls and noise on a constant level, nothing above 12 kHz."""
        time = np.arange(round(self.seconds * self.rate)) / self.rate
        chirp = 0.2 * np.sin(2 * np.pi * (300 * time + 400 * time**2 / max(self.seconds, 1)))
        calls = 0.3 * np.sin(2 * np.pi * 4_200 * time) * (np.sin(2 * np.pi * 1.7 * time) > 0.8)
        rng = np.random.default_rng(round(self.seconds * 10))
        bands = rng.uniform(100, 12_000, 200)[:, None], rng.uniform(0, 2 * np.pi, 200)[:, None]
        hiss = 0.004 * np.sin(2 * np.pi * bands[0] * time + bands[1]).sum(axis=0)
        return np.asarray(chirp + calls + hiss + 0.05, dtype=np.float32)

    def write(self, folder: Path) -> Path:
        """Write it as a WAV of floats and return its path."""
        file = folder / f"{self.name}.wav"
        soundfile.write(file, self.samples(), self.rate, format="WAV", subtype="FLOAT")
        return file

    def check(self, ours: NDArray[np.float32], theirs: NDArray[np.float32]) -> None:
        """Check windows against perch-hoplite's, or some of their samples."""
        assert ours.shape == theirs.shape
        apart = np.abs(ours - theirs)
        largest, spread = float(apart.max()), float(np.sqrt(np.mean(apart**2)))
        print(f"{self.name}: samples {largest:.1e} apart at most, {spread:.1e} in the mean")
        assert largest < SAME_RATE if self.rate == PERCH_RATE else spread < RESAMPLED


PERCH_RATE = 32_000
RECORDINGS = (
    Recording("two windows and a tail", 32_000, 12.3),
    Recording("short", 32_000, 1.7),
    Recording("48 kHz", 48_000, 10.0),
    Recording("44.1 kHz", 44_100, 5.0),
)
