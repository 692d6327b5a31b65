"""Mixes channels down to the mono signal that is measured and embedded, stretch by stretch.

A stretch is the part that becomes a window. What is decided for it (mix or channel, offset, audible
or not) is decided once, at the sound's own rate, before resampling smears its edges.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sqlclap.audio.spec import FrontEndSpec
from sqlclap.audio.windows import SILENCE_PEAK, decibels, is_subsonic

CANCELLED_DB = -12.0
"""A mix counts as cancelled if its power is this far (in dB) below that of unrelated channels.

Two channels of equal level reach it at a correlation of -0.94. Of 693 stretches of the 437 stereo
files in Debian's drum kits and instrument samples, the lowest lay at -8 dB; opposite polarity has
no lower bound, and one live channel among dead ones lies at 0 dB.
"""

_CANCELLED = 10.0 ** (CANCELLED_DB / 10.0)
# The first channel within 1 dB of the loudest: equal channels must not take turns.
_AS_LOUD = 10.0 ** (-1.0 / 10.0)
# Well over silence: a mix that loses this (one live channel among many) must not be silent.
_CLEAR = 10.0 ** (10.0 / 20.0) * SILENCE_PEAK
# Of all channels of a stretch: a window of dozens of channels is decided in several stretches.
_MOST_BYTES = 32 << 20
# Less than a period of the lowest tone has no offset to tell from sound.
_SHORTEST_OFFSET_S = 0.05


@dataclass(frozen=True)
class MixReport:
    """What was found while mixing down.

    Attributes
    ----------
    peak : float
        Largest magnitude over all channels, full scale 1.
    square_sum : float
        Sum of squares over all samples of all channels.
    samples : int
        Number of samples over all channels.
    stretches : int
        Stretches mixed down: about as many as windows.
    cancelled : int
        Stretches whose channels cancel each other out, so that their mean is almost nothing.
    instead : int
        Among them: those for which one channel was used instead, as the model's contract says.
    offsets : int
        Stretches whose constant level (DC) was larger than their sound.
    inaudible : int
        Stretches that hold a level over silence but nothing that can be heard: DC, or less than
        20 Hz.
    """

    peak: float = 0.0
    square_sum: float = 0.0
    samples: int = 0
    stretches: int = 0
    cancelled: int = 0
    instead: int = 0
    offsets: int = 0
    inaudible: int = 0

    @property
    def peak_db(self) -> float:
        """Largest magnitude over all channels (in dBFS, at least -120)."""
        return decibels(self.peak)

    @property
    def rms_db(self) -> float:
        """Root mean square over all channels' samples, offset included (in dBFS)."""
        return decibels(math.sqrt(self.square_sum / max(1, self.samples)))

    def notes(self) -> list[str]:
        """Return remarks on irregularities."""
        notes = []
        if self.cancelled:
            consequence = (
                "the louder one is heard" if self.instead else "this model hears little of it"
            )
            notes.append(
                f"its channels cancel each other out{self._share(self.cancelled)}: {consequence}"
            )
        if self.offsets:
            where = self._share(self.offsets)
            notes.append(f"a constant level (DC) larger than the sound was taken off{where}")
        if self.inaudible:
            consequence = "nothing but a constant level (DC) or less than 20 Hz"
            notes.append(f"{consequence}{self._share(self.inaudible)}: that counts as silence")
        return notes

    def _share(self, stretches: int) -> str:
        return "" if stretches == self.stretches else f" in {stretches} of {self.stretches} windows"


@dataclass(frozen=True)
class _Level:
    """Level of one signal: peak and sum of squares; offset, and mean square and peak without it."""

    peak: float
    square_sum: float
    offset: float
    power: float
    swing: float


@dataclass(frozen=True)
class _Choice:
    """Decision for a stretch: a channel (None for the mix), and the offset to subtract."""

    channel: int | None = None
    offset: float = 0.0


class Mixdown:
    """Mixes a sound's channels down to one signal, in bounded memory.

    The result depends on the sound alone, not on how it was cut into blocks.

    Parameters
    ----------
    spec : FrontEndSpec
        Its `mono` and `offset` rules, and the length of a window.
    sample_rate : int
        Of the sound (in Hz).
    channels : int
    """

    def __init__(self, spec: FrontEndSpec, sample_rate: int, channels: int) -> None:
        self._spec = spec
        self._rate = sample_rate
        self._channels = channels
        self._index = self._start = self._filled = 0
        self._pending = self._fresh()
        self._last = _Choice()
        self._peak = self._square_sum = 0.0
        self._samples = 0
        self._stretches: Counter[str] = Counter()

    @property
    def report(self) -> MixReport:
        """The report so far."""
        return MixReport(self._peak, self._square_sum, self._samples, **self._stretches)

    def add(self, block: NDArray[np.float32]) -> Iterator[NDArray[np.float32]]:
        """Take a block, shape (n, channels), finite; yield the signal of whole stretches."""
        rest = block
        while len(rest):
            taken = min(self._pending.shape[1] - self._filled, len(rest))
            self._pending[:, self._filled : self._filled + taken] = rest[:taken].T
            self._filled += taken
            rest = rest[taken:]
            if self._filled == self._pending.shape[1]:
                yield self._mix(self._pending)
                self._start, self._index = self._start + self._filled, self._index + 1
                self._filled = 0
                # A fresh array: the signal just yielded may be one of its rows.
                self._pending = self._fresh()

    def finish(self) -> Iterator[NDArray[np.float32]]:
        """Yield the signal of the remaining samples; call once."""
        if self._filled:
            whole = self._pending.shape[1]
            # No window of its own, but what the end of the last one is resampled with.
            is_tail = self._index > 0 and 2 * self._filled < whole
            yield self._mix(self._pending[:, : self._filled], is_tail)

    def _fresh(self) -> NDArray[np.float32]:
        max_samples = max(1, _MOST_BYTES // (4 * self._channels))
        window = self._spec.window_samples
        end = -(-(self._index + 1) * window * self._rate // self._spec.sample_rate)
        if window * self._rate > max_samples * self._spec.sample_rate:
            end = self._start + max_samples
        return np.empty((self._channels, max(1, end - self._start)), dtype=np.float32)

    def _mix(self, stretch: NDArray[np.float32], is_tail: bool = False) -> NDArray[np.float32]:
        mixed = mix_rows(stretch)
        levels = [self._level(channel) for channel in stretch]
        level = levels[0] if len(levels) == 1 else self._level(mixed)
        self._peak = max(self._peak, *(level.peak for level in levels))
        self._square_sum += sum(level.square_sum for level in levels)
        self._samples += stretch.size
        if not is_tail:
            self._last = self._choose(levels, level)
            self._stretches["stretches"] += 1
        channel, offset = self._last.channel, self._last.offset
        mono = mixed if channel is None else stretch[channel]
        level = level if channel is None else levels[channel]
        if _is_still(levels) or self._is_inaudible(mono, level):
            self._stretches["inaudible"] += not is_tail
            return np.zeros_like(mono)
        self._stretches["offsets"] += not is_tail and offset != 0.0
        return mono - np.float32(offset) if offset else mono

    def _is_inaudible(self, mono: NDArray[np.float32], level: _Level) -> bool:
        """Whether a signal above silence is inaudible: constant, or below 20 Hz."""
        if level.peak < SILENCE_PEAK:
            return False
        return level.swing < SILENCE_PEAK or is_subsonic(
            mono, self._rate, level.offset, level.swing
        )

    def _level(self, signal: NDArray[np.float32]) -> _Level:
        has_offset = len(signal) >= _SHORTEST_OFFSET_S * self._rate
        offset = float(signal.mean()) if has_offset else 0.0
        high, low, square_sum = float(signal.max()), float(signal.min()), float(signal @ signal)
        square = square_sum / len(signal)
        power = square - offset * offset
        if offset * offset > 0.01 * square:  # single precision would lose the sound on the offset
            alone = signal - np.float32(offset)
            power = float(alone @ alone) / len(signal)
        swing = max(high - offset, offset - low)
        return _Level(max(high, -low), square_sum, offset, max(0.0, power), swing)

    def _choose(self, levels: list[_Level], mixed: _Level) -> _Choice:
        channel = _instead_of(levels, mixed)
        self._stretches["cancelled"] += channel is not None
        if self._spec.mono == "mean":
            channel = None
        self._stretches["instead"] += channel is not None
        chosen = mixed if channel is None else levels[channel]
        removes = self._spec.offset != "kept"
        larger = abs(chosen.offset) > max(chosen.swing, SILENCE_PEAK)
        return _Choice(channel, chosen.offset if removes and larger else 0.0)


def mix_rows(channels: NDArray[np.float32]) -> NDArray[np.float32]:
    """Mean over the channels: shape (channels, n) to (n,), float32."""
    # Row by row: each sample's sum has one order, whatever the block's size.
    mono: NDArray[np.float32] = channels[0]
    for channel in channels[1:]:
        mono = mono + channel
    if len(channels) == 1:
        return mono
    scaled: NDArray[np.float32] = mono * np.float32(1.0 / len(channels))
    return scaled


def _is_still(levels: list[_Level]) -> bool:
    """Whether channels hold nothing but constant levels above silence."""
    moves = any(level.swing >= SILENCE_PEAK for level in levels)
    return not moves and any(abs(level.offset) >= SILENCE_PEAK for level in levels)


def _instead_of(levels: list[_Level], mixed: _Level) -> int | None:
    """Return the channel to use if the mix is cancelled or silent; otherwise None."""
    loudest = max((level.power for level in levels if level.swing >= SILENCE_PEAK), default=None)
    if len(levels) == 1 or loudest is None:
        return None
    # The mean of unrelated channels has this power, and so has one live channel among dead ones.
    unrelated = math.fsum(level.power for level in levels) / len(levels) ** 2
    lost = mixed.swing < SILENCE_PEAK and any(level.swing >= _CLEAR for level in levels)
    if mixed.power >= _CANCELLED * unrelated and not lost:
        return None
    is_loud = (
        level.swing >= SILENCE_PEAK and level.power >= _AS_LOUD * loudest for level in levels
    )
    return list(is_loud).index(True)
