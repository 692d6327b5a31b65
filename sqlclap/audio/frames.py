"""Overlapping frames of a sound, and the window that they are weighed by."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def overlapping_frames(samples: NDArray[np.float32], length: int, hop: int) -> NDArray[np.float32]:
    """Return all whole frames of a sound, as a view of it.

    Parameters
    ----------
    samples : np.ndarray [shape=(n,), dtype=float32]
        Contiguous, ``n >= length``.
    length, hop : int
        Of a frame, and from one to the next (in samples).

    Returns
    -------
    np.ndarray [shape=(1 + (n - length) // hop, length), dtype=float32]
        Frames that share their memory with `samples`: to be read only.
    """
    count = 1 + (len(samples) - length) // hop
    # What sliding_window_view gives, without its ten microseconds in Python: short sounds
    # are framed by the thousand.
    size = samples.itemsize
    return np.ndarray((count, length), samples.dtype, samples.data, 0, (hop * size, size))


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
