"""The log-mel spectrogram: mel scale, filter bank, fast enough for inference."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from sqlclap.audio.spec import MelScale, MelSpec
from sqlclap.audio.spectrum import overlapping_frames, scaled_hann, transform

# Slaney's scale is linear (3 mels per 200 Hz) below 1 kHz and logarithmic (27 mels per factor
# 6.4) above: M. Slaney, Auditory Toolbox, Technical Report 1998-010, Interval Research, 1998.
_LINEAR_HZ_PER_MEL = 200.0 / 3.0
_BREAK_HZ = 1000.0
_BREAK_MEL = _BREAK_HZ / _LINEAR_HZ_PER_MEL
_LOG_STEP = np.log(6.4) / 27.0


def hz_to_mel(hz: NDArray[np.float64], scale: MelScale) -> NDArray[np.float64]:
    """Frequencies (in Hz, float64, any shape) on the mel `scale`.

    "htk" is ``2595 * log10(1 + f / 700)`` (Young et al., The HTK Book, section 5.4); "slaney" is
    the Auditory Toolbox's, linear below 1 kHz and logarithmic above.
    """
    if scale == "htk":
        return np.asarray(2595.0 * np.log10(1.0 + hz / 700.0))
    # The clamp keeps log(0) out of the branch that is not taken.
    above = _BREAK_MEL + np.log(np.maximum(hz, _BREAK_HZ) / _BREAK_HZ) / _LOG_STEP
    return np.where(hz < _BREAK_HZ, hz / _LINEAR_HZ_PER_MEL, above)


def mel_to_hz(mel: NDArray[np.float64], scale: MelScale) -> NDArray[np.float64]:
    """Inverse of `hz_to_mel`: mels (float64, any shape) to frequencies (in Hz)."""
    if scale == "htk":
        return np.asarray(700.0 * (10.0 ** (mel / 2595.0) - 1.0))
    above = _BREAK_HZ * np.exp(_LOG_STEP * (np.maximum(mel, _BREAK_MEL) - _BREAK_MEL))
    return np.where(mel < _BREAK_MEL, mel * _LINEAR_HZ_PER_MEL, above)


def mel_filters(spec: MelSpec, sample_rate: int) -> NDArray[np.float64]:
    """Triangular filters, equally spaced in mel, evaluated at the bins of the transform.

    Parameters
    ----------
    spec : MelSpec
        Bands, their limits, scale and normalisation.
    sample_rate : int
        Rate of the samples (in Hz).

    Returns
    -------
    np.ndarray [shape=(n_fft // 2 + 1, n_mels), dtype=float64]
        Weights, at least 0: peak 1, or with `norm` "slaney" area 1 per hertz (the triangle's
        ``2 / (right - left)`` of the Auditory Toolbox, as librosa's ``filters.mel``).
    """
    limits = hz_to_mel(np.array([spec.fmin, spec.fmax]), spec.scale)
    corners = mel_to_hz(np.linspace(limits[0], limits[1], spec.n_mels + 2), spec.scale)
    bins = np.fft.rfftfreq(spec.n_fft, 1.0 / (spec.bank_rate or sample_rate))[:, None]
    left, centre, right = corners[:-2], corners[1:-1], corners[2:]
    rising = (bins - left) / (centre - left)
    falling = (right - bins) / (right - centre)
    filters = np.maximum(0.0, np.minimum(rising, falling))
    return filters * (2.0 / (right - left)) if spec.norm == "slaney" else filters


# Frames transformed at once: their buffers (about 1 MB at n_fft 1024) stay in the core's cache.
_FRAMES_AT_ONCE = 128
_DB_PER_NEPER = np.float32(10.0 / np.log(10.0))
# A low filter spans few bins: products over runs of neighbouring filters skip most of the zeros.
_FILTER_GROUPS = 4


@dataclass(frozen=True)
class _FilterGroup:
    """Neighbouring filters and the parts of the spectrum that they weigh.

    Squares of real and imaginary parts are weighed alike: the product adds them to the power.
    """

    mels: slice
    parts: slice
    weights: NDArray[np.float32]


def _filter_groups(filters: NDArray[np.float64]) -> list[_FilterGroup]:
    """Split a filter bank, shape (bins, n_mels), into dense pieces."""
    groups = []
    edges = np.linspace(0, filters.shape[1], _FILTER_GROUPS + 1).astype(int)
    for first, last in pairwise(edges.tolist()):
        used = np.flatnonzero(filters[:, first:last].any(axis=1))
        low, high = (int(used[0]), int(used[-1]) + 1) if len(used) else (0, 1)
        weights = np.repeat(filters[low:high, first:last].astype(np.float32), 2, axis=0)
        groups.append(_FilterGroup(slice(first, last), slice(2 * low, 2 * high), weights))
    return groups


class MelFrontEnd:
    """Computes log-mel spectrograms of one specification.

    Agrees with librosa's ``power_to_db(melspectrogram(...), ref=1, top_db=None)`` and with
    transformers' ``ClapFeatureExtractor`` but for float32 rounding.

    Parameters
    ----------
    spec : MelSpec
        Transform, bands and floor.
    sample_rate : int
        Rate of the samples (in Hz).
    """

    def __init__(self, spec: MelSpec, sample_rate: int) -> None:
        self.spec = spec
        filters = mel_filters(spec, sample_rate)
        used = np.flatnonzero(filters.any(axis=1))
        # Bins outside [fmin, fmax] weigh nothing: their power is not even computed.
        self._low, self._high = int(used[0]), int(used[-1]) + 1
        self._groups = _filter_groups(filters[self._low : self._high])
        self._window = scaled_hann(spec.n_fft)
        self._floor = np.float32(spec.log_floor)
        self._floor_db = np.log(self._floor) * _DB_PER_NEPER

    def frames(self, total_samples: int) -> int:
        """Frames that `total_samples` samples give: ``1 + total_samples // hop``."""
        return 1 + total_samples // self.spec.hop

    def compute(
        self, samples: NDArray[np.float32], total_samples: int | None = None
    ) -> NDArray[np.float32]:
        """Log-mel spectrogram of a window.

        Parameters
        ----------
        samples : np.ndarray [shape=(n,), dtype=float32]
            Mono samples, ``n > n_fft // 2`` when they are reflected.
        total_samples : int, optional
            Length as if zeros followed `samples`; frames that hold nothing but those zeros
            are filled with the floor instead of being computed. Default: ``n``.

        Returns
        -------
        np.ndarray [shape=(1 + total // hop, n_mels), dtype=float32]
            ``10 * log10(max(power, log_floor))`` (in dB).
        """
        total = len(samples) if total_samples is None else total_samples
        out = np.empty((self.frames(total), self.spec.n_mels), dtype=np.float32)
        padded = self._padded(samples, total)
        sounding = min(len(out), 1 + (len(padded) - self.spec.n_fft) // self.spec.hop)
        out[sounding:] = self._floor_db
        self._fill(out[:sounding], padded)
        return out

    def compute_padded(self, padded: NDArray[np.float32]) -> NDArray[np.float32]:
        """Log-mel spectrogram of all whole frames of samples, the first one beginning at 0.

        Parameters
        ----------
        padded : np.ndarray [shape=(n,), dtype=float32]
            Contiguous, ``n >= n_fft``: with whatever is to lie around the sound.

        Returns
        -------
        np.ndarray [shape=(1 + (n - n_fft) // hop, n_mels), dtype=float32]
            As `compute`.
        """
        count = 1 + (len(padded) - self.spec.n_fft) // self.spec.hop
        out = np.empty((count, self.spec.n_mels), dtype=np.float32)
        self._fill(out, padded)
        return out

    def _padded(self, samples: NDArray[np.float32], total: int) -> NDArray[np.float32]:
        """Centre the frames: half a frame before, and what the last sounding frame needs after."""
        half = self.spec.n_fft // 2
        end = half + total
        # Past so much silence the mirrored end holds zeros alone, and so do later frames.
        padded = np.zeros(min(end + half, half + len(samples) + self.spec.n_fft), dtype=np.float32)
        padded[half : half + len(samples)] = samples
        if self.spec.pad_mode == "reflect":
            padded[:half] = padded[half + 1 : 2 * half + 1][::-1]
            if len(padded) == end + half:
                padded[end:] = padded[end - half - 1 : end - 1][::-1]
        return padded

    def _fill(self, out: NDArray[np.float32], padded: NDArray[np.float32]) -> None:
        """Write the spectrogram of `padded` to `out`, some frames at a time."""
        framed = overlapping_frames(padded, self.spec.n_fft, self.spec.hop)[: len(out)]
        rows = min(_FRAMES_AT_ONCE, len(out))
        windowed = np.empty((rows, self.spec.n_fft), dtype=np.float32)
        spectrum = np.empty((rows, self.spec.n_fft // 2 + 1), dtype=np.complex64)
        # Real and imaginary parts beside each other, of the bins that count.
        band = spectrum.view(np.float32)[:, 2 * self._low : 2 * self._high]
        for start in range(0, len(out), rows):
            part = framed[start : start + rows]
            count = len(part)
            np.multiply(part, self._window, out=windowed[:count])
            transform(windowed[:count], spectrum[:count])
            np.square(band[:count], out=band[:count])
            for group in self._groups:
                mels = out[start : start + count, group.mels]
                np.matmul(band[:count, group.parts], group.weights, out=mels)
        np.maximum(out, self._floor, out=out)
        # log times a constant: numpy vectorises the natural logarithm, not log10.
        np.log(out, out=out)
        out *= _DB_PER_NEPER
