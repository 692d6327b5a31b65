"""Loudness by EBU R 128 and stereo width: what is measured of the channels before they are mixed.

ITU-R BS.1770-4, "Algorithms to measure audio programme loudness and true-peak audio level", 2015:
the K-weighting, the weights of channels and the gate. EBU Tech 3341, 2016: momentary and
short-term loudness. The filters' coefficients for other rates than 48 kHz follow B. De Man,
"Evaluation of implementations of the EBU R128 loudness measurement", AES 145 (2018).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sqlclap.audio.spectrum import overlapping_frames, transform

LOWEST_RATE = 8_000
"""Below it (in Hz) the K-weighting's shelf can't be told from its end."""

_HOP_S = 0.05
_HOPS_AT_ONCE = 16
_MOMENTARY_HOPS = 8
_STEP_HOPS = 2  # blocks of 0.4 s and of 3 s lie 0.1 s apart
_SHORT_TERM_HOPS = 60
_OFFSET_LUFS = -0.691
_ABSOLUTE_GATE_LUFS = -70.0
_RELATIVE_GATE_LU = -10.0


@dataclass(frozen=True)
class ChannelMeasures:
    """What is measured of a sound's channels; see `sqlclap.descriptor_columns.Descriptors`."""

    loudness: float | None = None
    loudness_short_term: float | None = None
    loudness_momentary: float | None = None
    stereo_width: float | None = None


class ChannelMeter:
    """Measures the channels of a sound block by block, in bounded memory.

    The K-weighting is applied to the spectra of frames of 0.1 s that overlap by half, under a sine
    window: its squares add up to one, so that by Parseval's theorem the frames' powers add up to
    that of the sound. No filtered sound is made, which would take six times as long. Two channels
    are one series of complex numbers, whose transform has the power of both: so it lies as files
    have it, and is gone over once; where they are the same, one is measured for both. The result
    depends on the sound alone, not on how it was cut into blocks.

    Parameters
    ----------
    sample_rate : int
        Rate of the blocks (in Hz).
    channels : int
    """

    def __init__(self, sample_rate: int, channels: int) -> None:
        self._channels = channels
        self._hop = max(1, round(sample_rate * _HOP_S))
        self._is_weighted = sample_rate >= LOWEST_RATE
        self._rate = sample_rate
        # The last frame's second half, or silence, and then new frames.
        self._kind = np.dtype(np.complex64 if channels == 2 else np.float32)
        self._series = 1 if channels == 2 else channels
        self._pending = self._silence((_HOPS_AT_ONCE + 1) * self._hop)
        self._filled = self._hop
        self._hops: list[float] = []
        self._energy = 0.0
        self._side = 0.0
        self._was_same = channels == 2

    def update(self, block: NDArray[np.float32]) -> None:
        """Take the next block.

        Parameters
        ----------
        block : np.ndarray [shape=(n, channels), dtype=float32]
            Finite samples, full scale ±1.
        """
        at, series = 0, np.ascontiguousarray(block, dtype=np.float32).view(self._kind).T
        while at < len(block):
            taken = min(self._pending.shape[1] - self._filled, len(block) - at)
            self._pending[:, self._filled : self._filled + taken] = series[:, at : at + taken]
            self._filled += taken
            at += taken
            if self._filled == self._pending.shape[1]:
                self._measure(self._filled)
                self._pending[:, : self._hop] = self._pending[:, -self._hop :]
                self._filled = self._hop

    def finish(self) -> ChannelMeasures:
        """Measure the remaining samples and return what was found; call once."""
        rest = self._filled - self._hop
        frames = len(self._hops) * self._hop + rest
        # Silence up to a whole hop, and one more, so that the last sample has its full weight.
        end = self._hop * (1 + -(-rest // self._hop) + 1)
        last = self._silence(end)
        last[:, : self._filled] = self._pending[:, : self._filled]
        self._pending = last
        self._measure(end)
        width = None
        if self._channels <= 2 and self._energy > 0.0:
            width = 0.0 if self._channels == 1 else min(1.0, self._side / (2.0 * self._energy))
        if not self._is_weighted:
            return ChannelMeasures(stereo_width=width)
        hops = np.array(self._hops, dtype=np.float64) / self._hop
        # Each half of a frame counts half to the hop before its middle, and half to that after.
        inside = 0.5 * (hops[:-1] + hops[1:])
        whole = inside[: frames // self._hop]
        silence = np.zeros(_MOMENTARY_HOPS - 1)
        momentary = _loudest(np.concatenate([silence, hops, silence]), _MOMENTARY_HOPS)
        short_term = _loudest(whole, _SHORT_TERM_HOPS)
        return ChannelMeasures(integrated_loudness(whole), short_term, momentary, width)

    def _silence(self, length: int) -> NDArray[Any]:
        return np.zeros((self._series, length), dtype=self._kind)

    def _measure(self, end: int) -> None:
        """Measure the pending frames up to `end`, whose first hop was measured before."""
        pending, weights = self._pending[:, :end], _channel_weights(self._series)
        if self._channels <= 2:
            new = pending[0, self._hop :]
            values = new.view(np.float32)
            self._energy += float(values @ values)
        if self._channels == 2:
            difference = new.real - new.imag
            side = float(difference @ difference)
            self._side += side
            if self._was_same and not side:
                pending, weights = np.ascontiguousarray(pending.real), [2.0]
            self._was_same = not side
        if self._is_weighted:
            self._hops += np.dot(weights, self._powers(pending)).tolist()

    def _powers(self, pending: NDArray[Any]) -> NDArray[np.float64]:
        """Return the K-weighted power of frames, shape (series, frames)."""
        hop, kind = self._hop, pending.dtype
        size, bins = _fast_size(2 * hop), _bins(2 * hop, kind)
        sums = pending.reshape(len(pending), -1, hop).sum(axis=2)
        window, weights = _sine_window(hop), _k_power(self._rate, hop, bins)
        powers = np.empty((len(pending), sums.shape[1] - 1), dtype=np.float64)
        padded = np.zeros((powers.shape[1], size), dtype=kind)
        frames = padded[:, : 2 * hop]
        spectrum = np.empty((len(padded), bins), dtype=np.complex64)
        parts = spectrum.view(np.float32)
        for series, of_hops, found in zip(pending, sums, powers, strict=True):
            # A constant level is no sound, and would leak past the high-pass.
            means = (of_hops[:-1] + of_hops[1:]) / np.float32(2 * hop)
            np.subtract(overlapping_frames(series, 2 * hop, hop), means[:, None], out=frames)
            np.multiply(frames, window, out=frames)
            transform(padded, spectrum)
            np.square(parts, out=parts)
            found[:] = parts @ weights
        return powers


def integrated_loudness(hops: NDArray[np.float64]) -> float | None:
    """Return the gated loudness (in LUFS) of K-weighted mean squares of 0.05 s each, or None.

    BS.1770-4, annex 1: blocks of 0.4 s below -70 LUFS don't count, nor those more than 10 LU below
    the mean of the others.
    """
    blocks = _means(hops, _MOMENTARY_HOPS)
    blocks = blocks[blocks > _power(_ABSOLUTE_GATE_LUFS)]
    if not len(blocks):
        return None
    gate = float(blocks.mean()) * 10.0 ** (_RELATIVE_GATE_LU / 10.0)
    return _lufs(float(blocks[blocks > gate].mean()))


def _loudest(hops: NDArray[np.float64], width: int) -> float | None:
    means = _means(hops, width)
    top = float(means.max()) if len(means) else 0.0
    return _lufs(top) if top > _power(-120.0) else None


def _means(hops: NDArray[np.float64], width: int) -> NDArray[np.float64]:
    """Return the means of `width` hops, one every 0.1 s."""
    if len(hops) < width:
        return np.zeros(0)
    # No running sum: rounding in loud passages would drown quiet ones.
    sums = np.convolve(hops, np.ones(width), "valid")[::_STEP_HOPS]
    return np.asarray(sums / width, dtype=np.float64)


def _lufs(power: float) -> float:
    return _OFFSET_LUFS + 10.0 * math.log10(power)


def _power(lufs: float) -> float:
    return float(10.0 ** ((lufs - _OFFSET_LUFS) / 10.0))


def _channel_weights(channels: int) -> list[float]:
    """Return what each channel counts: surrounds 1.41, low-frequency effects nothing."""
    known = {5: [1.0, 1.0, 1.0, 1.41, 1.41], 6: [1.0, 1.0, 1.0, 0.0, 1.41, 1.41]}
    return known.get(channels, [1.0] * channels)


@cache
def _fast_size(length: int) -> int:
    """Return the least even number from `length` on that is quick to transform.

    It has no prime factors but 2, 3 and 5; 0.1 s at 44.1 kHz have 7 twice.
    """
    size = length + length % 2
    while 30**20 % size:
        size += 2
    return size


@cache
def _sine_window(hop: int) -> NDArray[np.float32]:
    """Return a window of two hops whose squares add up to 1, times what a transform divides by."""
    turn = np.pi * (np.arange(2 * hop) + 0.5) / (2 * hop)
    return np.asarray(_fast_size(2 * hop) * np.sin(turn), dtype=np.float32)


@cache
def _k_power(sample_rate: int, hop: int, bins: int) -> NDArray[np.float32]:
    """Return the K-weighting's power at the bins, for real and imaginary parts in turn.

    By Parseval's theorem: each bin counts once over their number. Of a real series there are half
    of the bins, so that each but the first and the last counts twice.
    """
    size = _fast_size(2 * hop)
    z = np.exp(-2j * np.pi * np.arange(bins) / size)
    power = np.abs(_shelf(sample_rate, z) * _high_pass(sample_rate, z)) ** 2 / size
    if bins < size:
        power[1:-1] *= 2.0
    return np.repeat(power, 2).astype(np.float32)


def _bins(length: int, kind: np.dtype[Any]) -> int:
    """Return how many bins the transform of a series has."""
    size = _fast_size(length)
    return size if kind.kind == "c" else size // 2 + 1


def _shelf(rate: int, z: NDArray[np.complex128]) -> NDArray[np.complex128]:
    """The high shelf of +4 dB above 1.7 kHz: the head."""
    gain, q, k = 3.999843853973347, 0.7071752369554196, math.tan(math.pi * 1681.974450955533 / rate)
    high = 10.0 ** (gain / 20.0)
    band = high**0.4996667741545416
    above = (high + band * k / q + k * k, 2.0 * (k * k - high), high - band * k / q + k * k)
    below = (1.0 + k / q + k * k, 2.0 * (k * k - 1.0), 1.0 - k / q + k * k)
    return _ratio(above, below, z)


def _high_pass(rate: int, z: NDArray[np.complex128]) -> NDArray[np.complex128]:
    """The high-pass at 38 Hz; its numerator isn't normalised, as in the standard."""
    q, k = 0.5003270373238773, math.tan(math.pi * 38.13547087602444 / rate)
    first = 1.0 + k / q + k * k
    below = (1.0, 2.0 * (k * k - 1.0) / first, (1.0 - k / q + k * k) / first)
    return _ratio((1.0, -2.0, 1.0), below, z)


def _ratio(
    above: tuple[float, ...], below: tuple[float, ...], z: NDArray[np.complex128]
) -> NDArray[np.complex128]:
    found: NDArray[np.complex128] = np.polyval(above[::-1], z) / np.polyval(below[::-1], z)
    return found
