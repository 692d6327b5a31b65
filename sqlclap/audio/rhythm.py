"""Onsets, tempo, decay, and whether a sound is a loop: of a sound's first half minute."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from sqlclap.audio.spectrum import overlapping_frames, scaled_hann, transform

SLOWEST_BPM, FASTEST_BPM = 40.0, 240.0
MIN_TEMPO_CONFIDENCE = 0.15
"""Below this nothing repeats that would be a beat."""

_FRAME_S = 0.023
_BANDS = 24
_FRAMES_AT_ONCE = 64  # they stay in cache
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
    kind, certainty = _kind(len(times), confidence, whole_s)
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
    bands = _band_magnitudes(samples, n_fft, sample_rate)
    bands *= _COMPRESSION / max(float(bands.max()), 1e-9)
    logs = np.log1p(bands, out=bands)
    widened = logs[:-2].copy()
    np.maximum(widened[:, 1:], logs[:-2, :-1], out=widened[:, 1:])
    np.maximum(widened[:, :-1], logs[:-2, 1:], out=widened[:, :-1])
    logs[2:] -= widened
    flux = np.maximum(logs, 0.0, out=logs).sum(axis=1) / logs.shape[1]
    return OnsetStrength(flux.astype(np.float64), sample_rate / hop)


def _band_magnitudes(
    samples: NDArray[np.float32], n_fft: int, sample_rate: int
) -> NDArray[np.float32]:
    """Return the sums of magnitudes, shape (frames, bands); the first frame is silence."""
    hop = n_fft // 2
    padded = np.zeros(n_fft + len(samples) + -len(samples) % hop, dtype=np.float32)
    padded[n_fft : n_fft + len(samples)] = samples
    frames = overlapping_frames(padded, n_fft, hop)
    edges, window = _bands(n_fft, sample_rate), _window(n_fft)
    found = np.empty((len(frames), len(edges) - 1), dtype=np.float32)
    rows = min(_FRAMES_AT_ONCE, len(frames))
    windowed = np.empty((rows, n_fft), dtype=np.float32)
    spectrum = np.empty((rows, hop + 1), dtype=np.complex64)
    for start in range(0, len(frames), rows):
        count = min(rows, len(frames) - start)
        np.multiply(frames[start : start + count], window, out=windowed[:count])
        transform(windowed[:count], spectrum[:count])
        magnitudes = np.abs(spectrum[:count, : edges[-1]])
        np.add.reduceat(magnitudes, edges[:-1], axis=1, out=found[start : start + count])
    return found


def find_onsets(onset: OnsetStrength) -> NDArray[np.float64]:
    """Return when notes and hits begin (in seconds), shape (n,)."""
    strength = onset.strength
    top = float(strength.max(initial=0.0))
    if not top:
        return np.zeros(0)
    near, around = (max(1, round(s * onset.rate)) for s in (_NEAR_S, _AROUND_S))
    largest = strength.copy()
    for step in range(1, min(near, len(strength) - 1) + 1):
        np.maximum(largest[step:], strength[:-step], out=largest[step:])
        np.maximum(largest[:-step], strength[step:], out=largest[:-step])
    sums = np.zeros(len(strength) + 2 * around + 1)
    np.cumsum(strength, out=sums[around + 1 : around + 1 + len(strength)])
    sums[around + 1 + len(strength) :] = sums[around + len(strength)]
    means = (sums[2 * around + 1 :] - sums[: -2 * around - 1]) / (2 * around + 1)
    places = np.flatnonzero((strength == largest) & (strength - means > _LEAST_RISE * top))
    if len(places) > 1:  # of equal ones that touch, the first
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
    whole = len(samples) // step
    steps, rest = samples[: whole * step].reshape(-1, step), samples[whole * step :]
    sums = np.zeros(whole + bool(len(rest)) + 1)
    sums[:whole] = np.einsum("ij,ij->i", steps, steps)
    sums[whole] = float(rest @ rest)
    pairs = sums[:-1] + sums[1:]
    return np.asarray(np.sqrt(pairs / (2 * step)), dtype=np.float64)


def _decay(levels: NDArray[np.float64]) -> float | None:
    top = int(np.argmax(levels))
    low = np.flatnonzero(levels[top:] < levels[top] * 10.0 ** (-_DECAY_DB / 20.0))
    return float(low[0]) * _LEVEL_STEP_S if len(low) else None


def _kind(onsets: int, repeats: float | None, whole_s: float) -> tuple[str | None, float | None]:
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
