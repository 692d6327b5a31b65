"""A sound's outline, for drawing its waveform; its memory does not grow with the sound's length."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from sqlclap.arrays import Float32Array, Int8Array

COLUMNS = 400
BINS = 16 * COLUMNS
"""Maxima that are held while a sound is read, whatever its length."""


def waveform(blocks: Iterable[Float32Array]) -> Int8Array:
    """Reduce a sound to `COLUMNS` columns, scaled so that its loudest reaches the edge.

    Parameters
    ----------
    blocks : iterable of np.ndarray [shape=(n, channels), dtype=float32]
        What is not a number counts as silence, infinity as 1.

    Returns
    -------
    np.ndarray [shape=(COLUMNS, 2), dtype=int8]
        Lowest and highest value of each stretch, -127 to 127.
    """

    highest = RunningMaxima(BINS)
    for block in blocks:
        highest.add(np.nan_to_num(np.abs(block).max(axis=1), posinf=1.0))
    columns = highest.columns(COLUMNS)
    loudest = float(columns.max()) or 1.0
    top = np.round(127 * columns / loudest).astype(np.int8)
    return np.stack([-top, top], axis=1)


class RunningMaxima:
    """Maxima of equal stretches of a sound whose length isn't known; stretches double when full.

    Parameters
    ----------
    bins : int
        Most stretches to hold; an even number.
    """

    def __init__(self, bins: int) -> None:
        self._bins = np.zeros(bins, dtype=np.float32)
        self._width = 1
        self._taken = 0

    def add(self, values: Float32Array) -> None:
        """Take in what comes next: shape (n,), none of it negative."""

        while self._taken + len(values) > len(self._bins) * self._width:
            self._double()
        places = (self._taken + np.arange(len(values))) // self._width
        first = places[0]
        starts = np.searchsorted(places, np.arange(first, places[-1] + 1))
        found = np.maximum.reduceat(values, starts)
        part = self._bins[first : first + len(found)]
        np.maximum(part, found, out=part)
        self._taken += len(values)

    def columns(self, count: int) -> Float32Array:
        """Return the maxima of `count` equal parts of all that was taken in."""

        held = -(-self._taken // self._width)
        edges = np.linspace(0, self._taken, count + 1).astype(np.int64)[:-1] // self._width
        found: Float32Array = np.maximum.reduceat(self._bins[:held], np.minimum(edges, held - 1))
        return found

    def _double(self) -> None:
        self._bins[: len(self._bins) // 2] = self._bins.reshape(-1, 2).max(axis=1)
        self._bins[len(self._bins) // 2 :] = 0
        self._width *= 2
