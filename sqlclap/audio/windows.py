"""Cutting a stream into the consecutive windows that a model embeds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Window:
    """One stretch of sound, not padded.

    Attributes
    ----------
    index : int
        Place in the sound, from 0.
    start_s, end_s : float
        Where it lies in the sound (in seconds).
    samples : np.ndarray [shape=(n,), dtype=float32]
        Mono samples; ``n`` is the window's length but for the last, which may be shorter.
    """

    index: int
    start_s: float
    end_s: float
    samples: NDArray[np.float32]


def cut_windows(
    blocks: Iterable[NDArray[np.float32]], window_samples: int, sample_rate: int
) -> Iterator[Window]:
    """Cut a sound into consecutive windows, holding at most one window and one block.

    A tail shorter than half a window is dropped unless it is the only one; a tail of exactly
    half a window is kept.

    Parameters
    ----------
    blocks : iterable of np.ndarray [shape=(n,), dtype=float32]
        The sound in order, in blocks of any sizes.
    window_samples : int
        Length of a window (in samples).
    sample_rate : int
        Rate of `blocks` (in Hz).

    Yields
    ------
    Window
        In order; none when there are no samples.
    """
    index = 0
    filled = 0
    pending = np.empty(window_samples, dtype=np.float32)
    for block in blocks:
        rest = block
        while len(rest):
            taken = min(window_samples - filled, len(rest))
            pending[filled : filled + taken] = rest[:taken]
            filled += taken
            rest = rest[taken:]
            if filled == window_samples:
                yield _window(index, pending, window_samples, sample_rate)
                # A fresh array: the window just yielded may still be in use.
                pending = np.empty(window_samples, dtype=np.float32)
                index, filled = index + 1, 0
    if filled and (index == 0 or 2 * filled >= window_samples):
        yield _window(index, pending[:filled], window_samples, sample_rate)


def _window(
    index: int, samples: NDArray[np.float32], window_samples: int, sample_rate: int
) -> Window:
    start = index * window_samples
    return Window(index, start / sample_rate, (start + len(samples)) / sample_rate, samples)
