"""Onsets, tempo, decay, and whether a sound is a loop: of a sound's first half minute."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from sqlclap.audio.spectrum import overlapping_frames, scaled_hann

SLOWEST_BPM, FASTEST_BPM = 40.0, 240.0
MIN_TEMPO_CONFIDENCE = 0.15
"""Below this nothing repeats that would be a beat."""

_FRAME_S = 0.023
_BANDS = 24
_LOWEST_HZ = 40.0
_COMPRESSION = 1_000.0
_NEAR_S = 0.03  # an onset is the largest so near
_AROUND_S = 0.1  # and stands out of the mean so far around
_LEAST_RISE = 0.15
_LEAST_ONSETS = 4
_LEAST_TEMPO_S = 1.0
_USUAL_BPM, _OCTAVES = 120.0, 1.0
_WHOLE_WITHIN, _WHOLE_COUNTS = 0.02, 1.4
_DECAY_DB = 20.0
_LEVEL_STEP_S = 0.01
_LONGEST_LOOP_S = 30.0
_LONGEST_ONE_SHOT_S = 10.0


@dataclass(frozen=True, kw_only=True)
class RhythmMeasures:
    """What is measured in time; see `sqlclap.descriptor_columns.Descriptors`."""

    decay: float | None = None
    onsets: float | None = None
    tempo: float | None = None
    tempo_confidence: float | None = None
    sound_kind: str | None = None
    kind_confidence: float | None = None


@dataclass(frozen=True)
class OnsetStrength:
    """How much begins at each moment.

    Attributes
    ----------
    strength : np.ndarray [shape=(n,), dtype=float64]
        Half-wave rectified flux, at least 0.
    rate : float
        Values a second.
    """

    strength: NDArray[np.float64]
    rate: float


def measure_rhythm(
    samples: NDArray[np.float32], sample_rate: int, whole_s: float
) -> RhythmMeasures:
    """Measure a sound's first half minute.

    Parameters
    ----------
    samples : np.ndarray [shape=(n,), dtype=float32]
        From the audible start on.
    sample_rate : int
        In Hz.
    whole_s : float
        Length of the whole sound (in seconds), what is silent at its start left out.
    """
    levels = _levels(samples, sample_rate)
    onset = onset_strength(samples, sample_rate)
    times = find_onsets(onset)
    tempo, confidence = None, None
    if len(times) >= _LEAST_ONSETS and whole_s >= _LEAST_TEMPO_S:
        tempo, confidence = estimate_tempo(onset, whole_s)
    kind, certainty = _kind(levels, len(times), confidence, whole_s)
    return RhythmMeasures(
        decay=_decay(levels),
        onsets=float(len(times)),
        tempo=tempo,
        tempo_confidence=confidence,
        sound_kind=kind,
        kind_confidence=certainty,
    )


def onset_strength(samples: NDArray[np.float32], sample_rate: int) -> OnsetStrength:
    """Return the spectral flux over bands, in frames of about 23 ms that overlap by half.

    S. Böck and G. Widmer, "Maximum filter vibrato suppression for onset detection", DAFx-13 (2013):
    logarithmic magnitudes of bands, less the largest of the neighbouring bands two frames before.
    """
    n_fft = 2 ** max(5, round(math.log2(sample_rate * _FRAME_S)))
    hop = n_fft // 2
    rest = -len(samples) % hop
    padded = np.concatenate([np.zeros(n_fft, np.float32), samples, np.zeros(rest, np.float32)])
    edges, window = _bands(n_fft, sample_rate), _window(n_fft)
    found = []
    for start in range(0, len(padded) - n_fft + 1, 64 * hop):  # frames that stay in cache
        frames = overlapping_frames(padded[start : start + 63 * hop + n_fft], n_fft, hop)
        magnitudes = np.abs(np.fft.rfft(frames * window, norm="forward"))
        found.append(np.add.reduceat(magnitudes[:, : edges[-1]], edges[:-1], axis=1))
    bands = np.concatenate(found)
    logs = np.log1p(_COMPRESSION / max(float(bands.max()), 1e-9) * bands)
    before = np.zeros_like(logs)
    before[2:] = logs[:-2]
    widened = before.copy()
    np.maximum(widened[:, 1:], before[:, :-1], out=widened[:, 1:])
    np.maximum(widened[:, :-1], before[:, 1:], out=widened[:, :-1])
    flux = np.maximum(logs - widened, 0.0).mean(axis=1)
    return OnsetStrength(np.asarray(flux, dtype=np.float64), sample_rate / hop)


def find_onsets(onset: OnsetStrength) -> NDArray[np.float64]:
    """Return when notes and hits begin (in seconds), shape (n,)."""
    strength = onset.strength
    if not strength.any():
        return np.zeros(0)
    near, around = (max(1, round(s * onset.rate)) for s in (_NEAR_S, _AROUND_S))
    padded = np.pad(strength, near)
    largest = np.lib.stride_tricks.sliding_window_view(padded, 2 * near + 1).max(axis=1)
    sums = np.cumsum(np.pad(strength, (around + 1, around)))
    means = (sums[2 * around + 1 :] - sums[: -2 * around - 1]) / (2 * around + 1)
    rises = strength - means > _LEAST_RISE * float(strength.max())
    places = np.flatnonzero((strength == largest) & rises)
    if len(places):  # of equal ones that touch, the first
        places = places[np.diff(places, prepend=-near - 1) > near]
    return np.asarray(places / onset.rate, dtype=np.float64)


def estimate_tempo(onset: OnsetStrength, whole_s: float) -> tuple[float | None, float | None]:
    """Return the tempo (in beats a minute) and its confidence (0 to 1).

    The lag of the highest autocorrelation of the onset strength, summed over one, two and four
    lags, and weighed by how usual its tempo is: D. P. W. Ellis, "Beat tracking by dynamic
    programming", J. New Music Research 36 (2007). Loops are cut at whole bars: tempos by which one
    of `whole_s` has a power of two of beats, within 2 %, count for more, and are then exact.
    """
    correlation = _autocorrelation(onset.strength)
    shortest = 60.0 / FASTEST_BPM * onset.rate
    longest = min(60.0 / SLOWEST_BPM * onset.rate, 0.75 * len(correlation))
    lags = np.arange(shortest, longest, 0.1)
    if len(lags) < 2 or not correlation[0]:
        return None, None
    together, counted = np.zeros(len(lags)), np.zeros(len(lags))
    places = np.arange(len(correlation))
    for times in (1, 2, 4):
        inside = times * lags <= 0.75 * len(correlation)
        read = np.interp(times * lags, places, correlation)
        together += np.where(inside, read, 0.0)
        counted += inside
    together /= np.maximum(counted, 1.0)
    bpm = 60.0 * onset.rate / lags
    usual = np.exp(-0.5 * (np.log2(bpm / _USUAL_BPM) / _OCTAVES) ** 2)
    whole = np.abs(_whole_beats(bpm, whole_s) / bpm - 1.0) <= _WHOLE_WITHIN
    best = int(np.argmax(together * usual * np.where(whole, _WHOLE_COUNTS, 1.0)))
    confidence = float(np.clip(together[best], 0.0, 1.0))
    if confidence < MIN_TEMPO_CONFIDENCE:
        return None, confidence
    tempo = _whole_beats(bpm, whole_s)[best] if whole[best] else bpm[best]
    return float(tempo), confidence


def _whole_beats(bpm: NDArray[np.float64], whole_s: float) -> NDArray[np.float64]:
    """Return the tempos nearest to some by which a sound lasts a power of two of beats.

    That is 0 where it is longer than loops are.
    """
    beats = 2.0 ** np.round(np.log2(np.maximum(1.0, whole_s * bpm / 60.0)))
    return np.asarray(60.0 * beats / whole_s * (whole_s <= _LONGEST_LOOP_S))


def _autocorrelation(strength: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the correlation of a series with itself, each lag by how much of it overlaps."""
    centred = strength - strength.mean()
    size = 2 ** math.ceil(math.log2(2 * len(centred)))
    spectrum = np.fft.rfft(centred, size)
    sums = np.fft.irfft(np.abs(spectrum) ** 2, size)[: len(centred)]
    energy = np.cumsum(centred**2)
    heads = energy[::-1]
    tails = energy[-1] - np.concatenate([[0.0], energy[:-1]])
    scale = np.sqrt(heads * tails)
    found = np.zeros(len(centred))
    np.divide(sums, scale, out=found, where=scale > 1e-6 * float(energy[-1]))
    return found


def _levels(samples: NDArray[np.float32], sample_rate: int) -> NDArray[np.float64]:
    """Return root mean squares over 20 ms, in steps of 10 ms."""
    step = max(1, round(sample_rate * _LEVEL_STEP_S))
    padded = np.concatenate([samples, np.zeros(-len(samples) % step, np.float32)])
    steps = padded.reshape(-1, step)
    sums = np.einsum("ij,ij->i", steps, steps).astype(np.float64)
    pairs = sums + np.concatenate([sums[1:], [0.0]])
    return np.asarray(np.sqrt(pairs / (2 * step)), dtype=np.float64)


def _decay(levels: NDArray[np.float64]) -> float | None:
    top = int(np.argmax(levels))
    low = np.flatnonzero(levels[top:] < levels[top] * 10.0 ** (-_DECAY_DB / 20.0))
    return float(low[0]) * _LEVEL_STEP_S if len(low) else None


def _kind(
    levels: NDArray[np.float64], onsets: int, repeats: float | None, whole_s: float
) -> tuple[str | None, float | None]:
    """Tell a one-shot from a loop: by how often something begins, and whether it repeats."""
    if whole_s > _LONGEST_LOOP_S:
        return None, None
    beats = min(1.0, max(0, onsets - 1) / _LEAST_ONSETS)
    loop = beats * (0.5 + 0.5 * (repeats or 0.0)) * min(1.0, whole_s / _LEAST_TEMPO_S)
    if loop < 0.5 and whole_s > _LONGEST_ONE_SHOT_S:
        return None, None
    kind = "loop" if loop >= 0.5 else "one-shot"
    return kind, min(1.0, 2.0 * abs(loop - 0.5))


@cache
def _bands(n_fft: int, sample_rate: int) -> NDArray[np.intp]:
    """Return the first bins of bands that are equally wide on a logarithmic scale, and the end."""
    highest = min(16_000.0, sample_rate / 2)
    hz = np.geomspace(_LOWEST_HZ, max(highest, 2 * _LOWEST_HZ), _BANDS + 1)
    bins = np.unique(np.clip(np.round(hz * n_fft / sample_rate).astype(np.intp), 1, n_fft // 2))
    return bins if len(bins) > 1 else np.array([1, n_fft // 2 + 1], dtype=np.intp)


@cache
def _window(n_fft: int) -> NDArray[np.float32]:
    return scaled_hann(n_fft)
