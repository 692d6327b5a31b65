"""Descriptors: measurements of a sound, made in the pass that embeds it."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sqlclap.audio.loudness import ChannelMeasures, ChannelMeter
from sqlclap.audio.pitch import estimate_pitch
from sqlclap.audio.rhythm import RhythmMeasures, measure_rhythm
from sqlclap.audio.spectrum import LongTermSpectrum
from sqlclap.audio.tonality import estimate_key
from sqlclap.audio.windows import SILENCE_PEAK, decibels, peak
from sqlclap.descriptor_columns import Descriptors

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
    envelope_held = _hold(envelope, _HOLD_STEPS)
    rising = np.maximum.accumulate(envelope)
    clear = rising >= _ONSET_LEVEL * rising[-1]
    over = np.flatnonzero(clear & (envelope_held < _DECAY * rising))
    peak = rising[over[0]] if len(over) else rising[-1]
    end = int(np.argmax(envelope >= _END_LEVEL * peak))
    quiet = np.flatnonzero(envelope_held[: end + 1] < _START_LEVEL * peak)
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


_OPENING_S = 30.0
_NOTE_S = 4.0  # of the opening, for attack and pitch
# Half frames analysed at once: batches of them stay in cache and amortise the calls.
_HALF_FRAMES_AT_ONCE = 32


class DescriptorMeter:
    """Measures a sound block by block, in bounded memory.

    The result depends on the sound alone, not on how it was cut into blocks.

    Parameters
    ----------
    sample_rate : int
        Rate of the blocks (in Hz).
    heard_hz : tuple of (float, float), optional
        The band whose share of the energy is measured (in Hz).
    """

    def __init__(
        self, sample_rate: int, heard_hz: tuple[float, float] = (0.0, float("inf"))
    ) -> None:
        self._rate = sample_rate
        self._heard_hz = heard_hz
        self._spectrum = LongTermSpectrum(sample_rate)
        self._half = self._spectrum.n_fft // 2
        # Half a frame of silence first, so that the first sample has its full weight.
        self._pending = np.zeros((_HALF_FRAMES_AT_ONCE + 1) * self._half, dtype=np.float32)
        self._filled = self._half
        self._frames = 0
        self._peak = 0.0
        self._square_sum = 0.0
        self._crossings = 0
        self._was_negative: bool | None = None
        self._opening = _Opening(sample_rate)
        self._channels: ChannelMeter | None = None

    def update_channels(self, block: NDArray[np.float32]) -> None:
        """Take the next block of the channels that are mixed down to what `update` takes.

        Parameters
        ----------
        block : np.ndarray [shape=(n, channels), dtype=float32]
            Finite samples, full scale ±1.
        """
        if self._channels is None:
            self._channels = ChannelMeter(self._rate, block.shape[1])
        self._channels.update(block)

    def update(self, mono: NDArray[np.float32]) -> None:
        """Take the next block.

        Parameters
        ----------
        mono : np.ndarray [shape=(n,), dtype=float32]
            Finite samples, full scale ±1.
        """
        self._frames += len(mono)
        rest = mono
        while len(rest):
            taken = min(len(self._pending) - self._filled, len(rest))
            self._pending[self._filled : self._filled + taken] = rest[:taken]
            self._filled += taken
            rest = rest[taken:]
            if self._filled == len(self._pending):
                self._measure(self._pending[self._half :])
                self._spectrum.add(self._pending)
                self._pending[: self._half] = self._pending[-self._half :]
                self._filled = self._half

    def finish(self) -> Descriptors:
        """Measure the remaining samples and return the descriptors; call once."""
        rest = self._pending[self._half : self._filled]
        self._measure(rest)
        if self._frames:
            # Zeros up to a whole number of half frames, plus one so that the last sample counts.
            halves = -(-len(rest) // self._half) + 2
            last = np.zeros(halves * self._half, dtype=np.float32)
            last[: self._filled] = self._pending[: self._filled]
            self._spectrum.add(last)
        silent = self._peak < SILENCE_PEAK
        rms = math.sqrt(self._square_sum / self._frames) if self._frames else 0.0
        return Descriptors(
            duration_s=self._frames / self._rate,
            peak_db=decibels(self._peak),
            rms_db=decibels(rms),
            spectral_centroid_hz=None if silent else self._spectrum.centroid_hz(),
            flatness=None if silent else self._spectrum.flatness(),
            heard_share=None if silent else self._spectrum.share(*self._heard_hz),
            zero_crossing_rate=None if silent else self._crossings * self._rate / self._frames,
            **({} if silent else self._measures_of_parts()),
        )

    def _measures_of_parts(self) -> dict[str, Any]:
        """Return what is measured of the opening, and of the channels."""
        pitch_hz, pitch_confidence = self._opening.pitch()
        key, key_confidence = self._opening.key()
        channels = ChannelMeasures() if self._channels is None else self._channels.finish()
        return {
            "attack_s": self._opening.attack(),
            "pitch_hz": pitch_hz,
            "pitch_confidence": pitch_confidence,
            "key": key,
            "key_confidence": key_confidence,
            **vars(self._opening.rhythm(self._frames)),
            **vars(channels),
        }

    def _measure(self, samples: NDArray[np.float32]) -> None:
        self._peak = max(self._peak, peak(samples))
        # A stretch's sum may be float32; hours of such sums would lose the quiet parts.
        self._square_sum += float(samples @ samples)
        self._crossings += self._count_crossings(samples)
        self._opening.add(samples)

    def _count_crossings(self, samples: NDArray[np.float32]) -> int:
        """Count changes of sign, from the last stretch's end on; 0 is positive.

        F. Gouyon, F. Pachet and O. Delerue, "On the use of zero-crossing rate for an application
        of classification of percussive sounds", DAFX-00 (2000): the count over the time.
        """
        if not len(samples):
            return 0
        negative = samples < 0.0
        within = np.count_nonzero(negative[1:] != negative[:-1])
        between = self._was_negative not in (None, bool(negative[0]))
        self._was_negative = bool(negative[-1])
        return int(within) + between


class _Opening:
    """The first half minute from the first audible sample on."""

    def __init__(self, sample_rate: int) -> None:
        self._rate = sample_rate
        self._wanted = round(_OPENING_S * sample_rate)
        self._pieces: list[NDArray[np.float32]] = []
        self._length = 0
        self._silent_before = 0

    def add(self, samples: NDArray[np.float32]) -> None:
        """Add the part of the next stretch that is still needed."""
        if self._length >= self._wanted:
            return
        if not self._length:
            audible = np.abs(samples) >= SILENCE_PEAK
            start = int(np.argmax(audible)) if audible.any() else len(samples)
            self._silent_before += start
            samples = samples[start:]
        piece = samples[: self._wanted - self._length].copy()
        self._pieces.append(piece)
        self._length += len(piece)

    def attack(self) -> float | None:
        """Attack of the first onset (in seconds)."""
        return attack_time(self._note(), self._rate)

    def pitch(self) -> tuple[float | None, float | None]:
        """Pitch (in Hz) and confidence (0..1)."""
        return estimate_pitch(self._note(), self._rate)

    def key(self) -> tuple[str | None, float | None]:
        """Key and confidence (0..1)."""
        return estimate_key(self._all(), self._rate)

    def rhythm(self, frames: int) -> RhythmMeasures:
        """Return the measures of rhythm, for a sound of this many frames."""
        whole_s = (frames - self._silent_before) / self._rate
        return measure_rhythm(self._all(), self._rate, whole_s)

    def _all(self) -> NDArray[np.float32]:
        if len(self._pieces) > 1:
            self._pieces = [np.concatenate(self._pieces)]
        return self._pieces[0]

    def _note(self) -> NDArray[np.float32]:
        return self._all()[: round(_NOTE_S * self._rate)]
