"""The mel scale and its triangular filter bank."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sqlclap.audio.spec import MelScale, MelSpec

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
    bins = np.fft.rfftfreq(spec.n_fft, 1.0 / sample_rate)[:, None]
    left, centre, right = corners[:-2], corners[1:-1], corners[2:]
    rising = (bins - left) / (centre - left)
    falling = (right - bins) / (right - centre)
    filters = np.maximum(0.0, np.minimum(rising, falling))
    return filters * (2.0 / (right - left)) if spec.norm == "slaney" else filters
