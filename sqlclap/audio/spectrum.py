"""Overlapping frames, and the long-term power spectrum computed from them."""

from __future__ import annotations

import math
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

_NUMPY_1 = np.lib.NumpyVersion(np.__version__) < "2.0.0"


def overlapping_frames(samples: NDArray[Any], length: int, hop: int) -> NDArray[Any]:
    """Return all whole frames of a sound, as a view of it.

    Parameters
    ----------
    samples : np.ndarray [shape=(n,), dtype=float32 or complex64]
        Contiguous, ``n >= length``.
    length, hop : int
        Of a frame, and from one to the next (in samples).

    Returns
    -------
    np.ndarray [shape=(1 + (n - length) // hop, length)]
        Frames that share their memory with `samples`: to be read only.
    """
    count = 1 + (len(samples) - length) // hop
    # What sliding_window_view gives, without its ten microseconds in Python: short sounds
    # are framed by the thousand.
    size = samples.itemsize
    return np.ndarray((count, length), samples.dtype, samples.data, 0, (hop * size, size))


def transform(frames: NDArray[Any], out: NDArray[np.complex64]) -> None:
    """Write the Fourier transforms of frames, divided by their length, to an array.

    Parameters
    ----------
    frames : np.ndarray [shape=(..., n), dtype=float32 or complex64]
    out : np.ndarray [shape=(..., bins), dtype=complex64]
        There are ``n // 2 + 1`` bins of real frames, n of complex ones.
    """
    of_frames: Any = np.fft.fft if frames.dtype.kind == "c" else np.fft.rfft
    # Only a transform that is scaled stays in single precision, which numpy does four frames at
    # a time: unscaled ones it does in double precision whatever they are.
    if _NUMPY_1:  # it can't write into an array that is there; only exporting LAION's needs it
        out[:] = of_frames(frames, norm="forward")
    else:
        of_frames(frames, norm="forward", out=out)


def scaled_hann(n_fft: int) -> NDArray[np.float32]:
    """Return a periodic Hann window times `n_fft`, which a transform scaled "forward" divides by.

    Parameters
    ----------
    n_fft : int

    Returns
    -------
    np.ndarray [shape=(n_fft,), dtype=float32]
        ``n_fft`` times ``scipy.signal.get_window("hann", n_fft)``.
    """
    turn = 2.0 * np.pi * np.arange(n_fft) / n_fft
    window: NDArray[np.float32] = (n_fft * (0.5 - 0.5 * np.cos(turn))).astype(np.float32)
    return window


# Flatness is measured where every recording can hold sound: above, 8-bit era samples and lossy
# coders have nothing, and one empty bin would pull a geometric mean to 0.
_FLATNESS_BAND_HZ = (100.0, 10_000.0)
_LOWEST_RELATIVE_POWER = 1e-10
_FRAME_S = 0.046


class LongTermSpectrum:
    """Mean power spectrum by Welch's method: Hann frames of about 46 ms, half overlapped.

    P. D. Welch, "The use of fast Fourier transform for the estimation of power spectra", IEEE
    Trans. Audio Electroacoust. 15 (1967).

    Parameters
    ----------
    sample_rate : int
        Rate of the samples (in Hz).
    """

    def __init__(self, sample_rate: int) -> None:
        self.n_fft = 2 ** max(5, round(math.log2(sample_rate * _FRAME_S)))
        self._hz = _frequencies(self.n_fft, sample_rate)
        self._window = _window(self.n_fft)
        self._power = np.zeros(len(self._hz), dtype=np.float64)

    def add(self, samples: NDArray[np.float32]) -> None:
        """Add the frames of a stretch: shape (n_fft + k * n_fft / 2,), float32."""
        frames = overlapping_frames(samples, self.n_fft, self.n_fft // 2)
        # Scaled, so that numpy stays in single precision (see `MelFrontEnd`).
        spectrum = np.fft.rfft(frames * self._window, norm="forward")
        # The sum of squares over frames and over the two parts, without a copy of the spectrum.
        parts = spectrum.view(spectrum.real.dtype)
        squares = np.einsum("ij,ij->j", parts, parts)
        self._power += squares[::2]
        self._power += squares[1::2]

    def centroid_hz(self) -> float | None:
        """Power-weighted mean frequency (in Hz); None without power.

        G. Peeters, "A large set of audio features for sound description", IRCAM, 2004, 6.1.1.
        """
        total = float(self._power.sum())
        return float(self._hz @ self._power) / total if total > 0.0 else None

    def share(self, low_hz: float, high_hz: float) -> float | None:
        """Power between two frequencies (in Hz) over all power, 0 to 1; None without power.

        Bins 0 and 1 count for neither: they hold the constant level, which is no sound.
        """
        width = float(self._hz[1])
        power, hz = self._power[2:], self._hz[2:]
        total = float(power.sum())
        if total <= 0.0:
            return None
        # A tone at the edge spreads over its neighbours, in the model's own spectrum too.
        inside = (hz >= low_hz - width) & (hz <= high_hz + width)
        return min(1.0, float(power[inside].sum()) / total)

    def flatness(self) -> float | None:
        """Geometric over arithmetic mean of the power, 0 (a tone) to 1 (white noise), or None.

        Between 100 Hz and 10 kHz (or the highest bin below it). J. D. Johnston, "Transform coding
        of audio signals using perceptual noise criteria", IEEE J. Sel. Areas Commun. 6 (1988).
        """
        low, high = _FLATNESS_BAND_HZ
        power = self._power[(self._hz >= low) & (self._hz <= high)]
        mean = float(power.mean()) if len(power) else 0.0
        if mean <= 0.0:
            return None
        logs = np.log(np.maximum(power / mean, _LOWEST_RELATIVE_POWER))
        return min(1.0, float(np.exp(logs.mean())))


@cache
def _window(n_fft: int) -> NDArray[np.float32]:
    """Return the window; the same for all sounds of a rate."""
    return scaled_hann(n_fft)


@cache
def _frequencies(n_fft: int, sample_rate: int) -> NDArray[np.float64]:
    """Return the frequencies of the bins (in Hz)."""
    return np.asarray(np.fft.rfftfreq(n_fft, 1.0 / sample_rate), dtype=np.float64)
