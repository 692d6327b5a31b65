"""Grows events around the best windows, so that not all windows of a library are looked at."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Protocol, TypeVar

import numpy as np

from sqlclap.search.events import CLOCK_S, MatchedWindows, find_runs

if TYPE_CHECKING:
    from sqlclap.arrays import BoolArray, Int64Array

Stretch = tuple[int, float, float]
"""A sample, and a start and an end in it (in seconds)."""


class Placed(Protocol):
    """Windows that count, with where they lie, best first."""

    @property
    def embedding_ids(self) -> Int64Array:
        """Their vectors."""

    @property
    def windows(self) -> MatchedWindows:
        """Their places."""


Windows = TypeVar("Windows", bound=Placed)


class EventGrowth:
    """Looks up windows around the best ones until all of their events' windows are known.

    Parameters
    ----------
    seeds : np.ndarray [shape=(n,), dtype=int64]
        Embeddings of the best windows.
    merge_gap : float
        See `EventRule`.
    """

    def __init__(self, seeds: Int64Array, merge_gap: float) -> None:
        self._seeds = seeds
        self._merge_gap = merge_gap
        self._covered: dict[int, list[tuple[float, float]]] = {}

    def complete(
        self, known: Windows, look_up: Callable[[Windows, Sequence[Stretch]], Windows]
    ) -> Windows:
        """Return the seeds and the windows around them.

        Parameters
        ----------
        known : Placed
            The seeds.
        look_up : callable
            Adds the windows that touch some stretches and count to those that are known.
        """
        lengths = known.windows.ends - known.windows.starts
        reach, further = self._merge_gap + CLOCK_S, 2 * float(lengths.max(initial=0.0))
        while True:
            wanted = [
                (sample, start - reach - further, end + reach + further)
                for sample, start, end in self._open_runs(known)
                if not self._is_covered(sample, start - reach, end + reach)
            ]
            if not wanted:
                return known
            for sample, first, last in wanted:
                self._covered.setdefault(sample, []).append((first, last))
            known = look_up(known, wanted)
            further *= 2

    def grown_from_seed(self, known: Placed) -> BoolArray:
        """Return which windows are seeds, shape (n,)."""
        return np.isin(known.embedding_ids, self._seeds)

    def _open_runs(self, known: Placed) -> Iterator[Stretch]:
        """Yield the whole extent of each run that a seed is in."""
        windows, is_seed = known.windows, self.grown_from_seed(known)
        for run in find_runs(windows, self._merge_gap):
            if is_seed[run].any():
                start, end = float(windows.starts[run].min()), float(windows.ends[run].max())
                yield int(windows.sample_ids[run[0]]), start, end

    def _is_covered(self, sample: int, start: float, end: float) -> bool:
        return any(a <= start and end <= b for a, b in self._covered.get(sample, ()))
