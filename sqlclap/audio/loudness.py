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

import numpy as np
from numpy.typing import NDArray

LOWEST_RATE = 8_000
"""Below it (in Hz) the K-weighting's shelf can't be told from its end."""

_STEP_S = 0.1  # momentary and gating blocks of 0.4 s overlap by three quarters
_MOMENTARY_STEPS = 4
_SHORT_TERM_STEPS = 30
_OFFSET_LUFS = -0.691
_ABSOLUTE_GATE_LUFS = -70.0
_RELATIVE_GATE_LU = -10.0
_RESPONSE_S = 0.045  # the high-pass at 38 Hz has fallen by over 80 dB


@dataclass(frozen=True)
class ChannelMeasures:
    """What is measured of a sound's channels; see `sqlclap.descriptor_columns.Descriptors`."""

    loudness: float | None = None
    loudness_short_term: float | None = None
    loudness_momentary: float | None = None
    stereo_width: float | None = None


class ChannelMeter:
    """Measures the channels of a sound block by block, in bounded memory.

    The result depends on the sound alone, not on how it was cut into blocks.

    Parameters
    ----------
    sample_rate : int
        Rate of the blocks (in Hz).
    channels : int
    """

    def __init__(self, sample_rate: int, channels: int) -> None:
        self._channels = channels
        self._step = round(sample_rate * _STEP_S)
        self._response = _k_response(sample_rate) if sample_rate >= LOWEST_RATE else None
        self._taps = _taps(sample_rate)
        self._hop = 3 * self._taps
        self._weights = _channel_weights(channels)
        # What a transform takes: the last stretch's end, then a hop of new frames.
        self._pending = np.zeros((channels, 4 * self._taps), dtype=np.float32)
        self._filled = self._taps
        self._open_step = np.zeros(0, dtype=np.float32)
        self._steps: list[float] = []
        self._energy = 0.0
        self._side = 0.0

    def update(self, block: NDArray[np.float32]) -> None:
        """Take the next block.

        Parameters
        ----------
        block : np.ndarray [shape=(n, channels), dtype=float32]
            Finite samples, full scale ±1.
        """
        at = 0
        while at < len(block):
            taken = min(self._pending.shape[1] - self._filled, len(block) - at)
            self._pending[:, self._filled : self._filled + taken] = block[at : at + taken].T
            self._filled += taken
            at += taken
            if self._filled == self._pending.shape[1]:
                self._measure(self._hop)
                self._pending[:, : self._taps] = self._pending[:, -self._taps :]
                self._filled = self._taps

    def finish(self) -> ChannelMeasures:
        """Measure the remaining samples and return what was found; call once."""
        count = self._filled - self._taps
        if count:
            self._pending[:, self._filled :] = 0.0
            self._measure(count)
        width = None
        if self._channels <= 2 and self._energy > 0.0:
            width = 0.0 if self._channels == 1 else min(1.0, self._side / (2.0 * self._energy))
        if self._response is None:
            return ChannelMeasures(stereo_width=width)
        whole = np.array(self._steps, dtype=np.float64) / self._step
        rest = float(self._open_step.sum(dtype=np.float64)) / self._step
        short_term = _loudest(whole, _SHORT_TERM_STEPS)
        silence = np.zeros(_MOMENTARY_STEPS - 1)
        momentary = _loudest(np.concatenate([silence, whole, [rest], silence]), _MOMENTARY_STEPS)
        return ChannelMeasures(integrated_loudness(whole), short_term, momentary, width)

    def _measure(self, count: int) -> None:
        """Measure the first `count` frames of the pending hop."""
        new = self._pending[:, self._taps : self._taps + count]
        self._energy += float(np.einsum("ij,ij->", new, new))
        if self._channels == 2:
            difference = new[0] - new[1]
            self._side += float(difference @ difference)
        if self._response is None:
            return
        # Overlap-save: the first `taps` frames of the circular convolution are wrapped around.
        # Scaled "forward" both ways, so that numpy stays in single precision (see `MelFrontEnd`).
        spectrum = np.fft.rfft(self._pending, norm="forward")
        spectrum *= self._response
        weighted = np.fft.irfft(spectrum, self._pending.shape[1], norm="forward")
        weighted = weighted[:, self._taps : self._taps + count] * self._weights
        self._add_steps(np.einsum("ij,ij->j", weighted, weighted))

    def _add_steps(self, power: NDArray[np.float32]) -> None:
        power = np.concatenate([self._open_step, power])
        whole = len(power) // self._step
        sums = power[: whole * self._step].reshape(whole, self._step).sum(axis=1)
        self._steps += sums.tolist()
        self._open_step = power[whole * self._step :]


def integrated_loudness(steps: NDArray[np.float64]) -> float | None:
    """Return the gated loudness (in LUFS) of K-weighted mean squares of 0.1 s each, or None.

    BS.1770-4, annex 1: blocks of 0.4 s below -70 LUFS don't count, nor those more than 10 LU below
    the mean of the others.
    """
    blocks = _means(steps, _MOMENTARY_STEPS)
    blocks = blocks[blocks > _power(_ABSOLUTE_GATE_LUFS)]
    if not len(blocks):
        return None
    gate = float(blocks.mean()) * 10.0 ** (_RELATIVE_GATE_LU / 10.0)
    return _lufs(float(blocks[blocks > gate].mean()))


def _loudest(steps: NDArray[np.float64], width: int) -> float | None:
    means = _means(steps, width)
    top = float(means.max()) if len(means) else 0.0
    return _lufs(top) if top > _power(-120.0) else None


def _means(steps: NDArray[np.float64], width: int) -> NDArray[np.float64]:
    """Return the means of every `width` steps that follow each other."""
    if len(steps) < width:
        return np.zeros(0)
    windows = np.lib.stride_tricks.sliding_window_view(steps, width)
    return np.asarray(windows.mean(axis=1), dtype=np.float64)


def _lufs(power: float) -> float:
    return _OFFSET_LUFS + 10.0 * math.log10(power)


def _power(lufs: float) -> float:
    return float(10.0 ** ((lufs - _OFFSET_LUFS) / 10.0))


def _channel_weights(channels: int) -> NDArray[np.float32]:
    """Return the roots of what each channel counts, shape (channels, 1).

    Surrounds count 1.41, low-frequency effects nothing.
    """
    known = {5: [1.0, 1.0, 1.0, 1.41, 1.41], 6: [1.0, 1.0, 1.0, 0.0, 1.41, 1.41]}
    weights = np.sqrt(known.get(channels, [1.0] * channels))
    return np.asarray(weights[:, None], dtype=np.float32)


def _taps(sample_rate: int) -> int:
    return 1 << math.ceil(math.log2(max(64.0, sample_rate * _RESPONSE_S)))


@cache
def _k_response(sample_rate: int) -> NDArray[np.complex64]:
    """Return the K-weighting at the bins of a transform of four times `_taps`."""
    taps = _taps(sample_rate)
    fine = 32 * taps  # so fine that the impulse response doesn't wrap around
    turn = np.exp(-2j * np.pi * np.fft.rfftfreq(fine))
    whole = _shelf(sample_rate, turn) * _high_pass(sample_rate, turn)
    impulse = np.fft.irfft(whole, fine)[:taps]
    return np.fft.rfft(impulse, 4 * taps).astype(np.complex64)


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
