"""Made-up field recordings: calls planted in wind, rain and traffic, each by a seed."""

from __future__ import annotations

import wave
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from sqlclap.arrays import Float64Array

RATE = 32_000
LEVEL = 0.03
"""Root mean square of backgrounds, of full scale."""

SNRS = (3, 6, 10, 15, 20)
"""Decibels between a call's power, while it sounds, and the background's then."""


@dataclass(frozen=True)
class Call:
    """A call planted in a recording.

    Attributes
    ----------
    kind : str
    start_s, end_s : float
    snr_db : int
    """

    kind: str
    start_s: float
    end_s: float
    snr_db: int


@dataclass(frozen=True)
class Soundscape:
    """A recording and what was planted in it.

    Attributes
    ----------
    samples : np.ndarray [shape=(n,), dtype=float64]
        At `RATE`, -1 to 1.
    background : str
    calls : tuple of Call
    """

    samples: Float64Array
    background: str
    calls: tuple[Call, ...]

    def write(self, file: Path) -> None:
        """Write it as WAV of 16 bits."""
        with wave.open(str(file), "wb") as opened:
            opened.setnchannels(1)
            opened.setsampwidth(2)
            opened.setframerate(RATE)
            whole = np.round(np.clip(self.samples, -1, 1) * 32_767)
            opened.writeframes(whole.astype("<i2").tobytes())


def _shaped(count: int, rng: np.random.Generator, slope: float, low: float) -> Float64Array:
    """Make noise whose amplitude falls as the frequency to the power of `slope`, above `low` Hz."""
    spectrum = np.fft.rfft(rng.standard_normal(count))
    hz = np.fft.rfftfreq(count, 1 / RATE)
    return np.asarray(np.fft.irfft(spectrum * (np.maximum(hz, low) / low) ** -slope, count))


def _slow(count: int, rng: np.random.Generator, period_s: float) -> Float64Array:
    """Make a curve that goes up and down within about `period_s`, 0 to 1."""
    points = max(4, int(count / RATE / period_s) + 2)
    at = np.linspace(0, points - 1, count)
    return np.interp(at, np.arange(points), rng.random(points))


def wind(count: int, rng: np.random.Generator) -> Float64Array:
    """Make wind: low, in gusts of seconds."""
    return _shaped(count, rng, 1.4, 60.0) * (0.3 + _slow(count, rng, 2.0) ** 2)


def rain(count: int, rng: np.random.Generator) -> Float64Array:
    """Make rain: a hiss with drops."""
    hiss = _shaped(count, rng, 0.3, 1_000.0)
    drops = np.zeros(count)
    places = rng.integers(0, count, count // 800)
    drops[places] = rng.exponential(8.0, len(places)) * rng.choice([-1.0, 1.0], len(places))
    ring = np.exp(-np.arange(160) / 30) * np.sin(np.arange(160) * 2 * np.pi * 4_000 / RATE)
    return np.asarray(hiss / hiss.std() + np.convolve(drops, ring)[:count])


def traffic(count: int, rng: np.random.Generator) -> Float64Array:
    """Make traffic: cars that pass, and a hum."""
    passing = _shaped(count, rng, 0.9, 150.0)
    hum = np.sin(2 * np.pi * rng.uniform(70, 110) * np.arange(count) / RATE)
    return np.asarray(passing / passing.std() * (0.3 + _slow(count, rng, 6.0) ** 3) + 0.2 * hum)


def _sweep(hz: Float64Array) -> Float64Array:
    wave_of: Float64Array = np.sin(2 * np.pi * np.cumsum(hz) / RATE)
    return wave_of


def chirp(rng: np.random.Generator) -> Float64Array:
    """Make three rising chirps."""
    low = 2_200 * rng.uniform(0.9, 1.1)
    count = int(0.16 * RATE * rng.uniform(0.85, 1.15))
    one = _sweep(np.linspace(low, 2.3 * low, count)) * np.hanning(count)
    return np.concatenate([one, np.zeros(count // 2)] * 3)


def trill(rng: np.random.Generator) -> Float64Array:
    """Make a fast trill on one pitch."""
    count = int(0.9 * RATE * rng.uniform(0.85, 1.15))
    beats = np.sin(np.pi * rng.uniform(22, 28) * np.arange(count) / RATE) ** 2
    carrier = _sweep(np.full(count, 3_800 * rng.uniform(0.9, 1.1)))
    return np.asarray(carrier * beats * np.hanning(count))


def whistle(rng: np.random.Generator) -> Float64Array:
    """Make a steady whistle with overtones."""
    count = int(0.8 * RATE * rng.uniform(0.85, 1.15))
    hz = 1_200 * rng.uniform(0.9, 1.1)
    tones = [_sweep(np.full(count, hz * n)) / n**2 for n in (1, 2, 3)]
    return np.asarray(sum(tones) * np.hanning(count))


def clicks(rng: np.random.Generator) -> Float64Array:
    """Make a train of clicks."""
    apart = int(RATE / rng.uniform(10, 14))
    one = np.zeros(apart)
    length = RATE // 250
    one[:length] = rng.standard_normal(length) * np.exp(-np.arange(length) / (length / 4))
    return np.tile(one, 10)


BACKGROUNDS: dict[str, Callable[[int, np.random.Generator], Float64Array]] = {
    "wind": wind,
    "rain": rain,
    "traffic": traffic,
}
CALLS: dict[str, Callable[[np.random.Generator], Float64Array]] = {
    "chirp": chirp,
    "trill": trill,
    "whistle": whistle,
    "clicks": clicks,
}


def make_soundscape(
    seconds: float, kinds: Sequence[str], rng: np.random.Generator, snrs: Sequence[int] = SNRS
) -> Soundscape:
    """Make a recording with one call of each of `kinds`, well apart from one another.

    Parameters
    ----------
    seconds : float
        At least three for each call.
    kinds : sequence of str
        Of `CALLS`, in any order, several times too.
    rng : np.random.Generator
    snrs : sequence of int
        One is drawn for each call.
    """
    name = str(rng.choice(list(BACKGROUNDS)))
    samples = BACKGROUNDS[name](int(seconds * RATE), rng)
    samples = samples * (LEVEL / samples.std())
    planted = []
    slot = seconds / max(len(kinds), 1)
    for number, kind in enumerate(kinds):
        call = CALLS[kind](rng)
        latest = max((number + 1) * slot - len(call) / RATE - 0.1, number * slot)
        start = int(rng.uniform(number * slot, latest) * RATE)
        here = samples[start : start + len(call)]
        call = call[: len(here)]
        snr = int(rng.choice(list(snrs)))
        gain = np.sqrt((here**2).mean() / (call**2).mean()) * 10 ** (snr / 20)
        here += gain * call
        planted.append(Call(kind, start / RATE, (start + len(call)) / RATE, snr))
    return Soundscape(samples, name, tuple(planted))


FRAME = 1_024
BANDS_HZ = (200, 500, 1_000, 1_500, 2_000, 3_000, 4_500, 7_000, 12_000)


def band_levels(samples: Float64Array) -> Float64Array:
    """Return how far bands stand out of the recording's usual: what an energy detector goes by.

    Returns
    -------
    np.ndarray [shape=(frames, bands), dtype=float64]
        In dB over each band's median, frames of `FRAME` samples.
    """
    frames = samples[: len(samples) // FRAME * FRAME].reshape(-1, FRAME) * np.hanning(FRAME)
    power = np.abs(np.fft.rfft(frames)) ** 2
    borders = [round(hz * FRAME / RATE) for hz in BANDS_HZ]
    bands = [power[:, low:high].sum(axis=1) for low, high in pairwise(borders)]
    decibels = 10 * np.log10(np.stack(bands, axis=1) + 1e-12)
    return np.asarray(decibels - np.median(decibels, axis=0))
