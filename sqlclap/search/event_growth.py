"""Grows events around the best windows, so that not all windows of a library are looked at."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

import numpy as np

from sqlclap.search.events import (
    CLOCK_S,
    Event,
    EventRule,
    MatchedWindows,
    find_events,
    find_runs,
)

if TYPE_CHECKING:
    from sqlclap.arrays import Int64Array

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


LookUp = Callable[[Windows, Sequence[Stretch]], Windows]
"""Adds the windows that touch some stretches and count to those that are known."""


class EventGrowth(Generic[Windows]):
    """Looks up windows around the best ones until all that their events are made of are known.

    Parameters
    ----------
    seeds : np.ndarray [shape=(n,), dtype=int64]
        Embeddings of the best windows, best first.
    rule : EventRule
    look_up : callable
    """

    def __init__(self, seeds: Int64Array, rule: EventRule, look_up: LookUp[Windows]) -> None:
        self._seeds = seeds
        self._rule = rule
        self._look_up = look_up
        self._covered: dict[int, list[tuple[float, float]]] = {}

    def best_events(self, known: Windows, wanted: int) -> tuple[list[Event], Windows]:
        """Return the best events, at least `wanted` where the seeds lie in that many.

        Parameters
        ----------
        known : Placed
            All seeds, and maybe more windows.
        wanted : int

        Returns
        -------
        events : list of Event
        known : Placed
            The windows that these are made of.
        """
        taken = wanted
        while True:
            # No window is better than the first seeds: they hold the peaks of the best events.
            seeds = self._seeds[:taken]
            known = self._complete(known, seeds)
            is_seed = np.isin(known.embedding_ids, seeds)
            found = find_events(known.windows, self._rule)
            events = [one for one in found if is_seed[[*one.windows]].any()]
            if len(events) >= wanted or taken >= len(self._seeds):
                return events, known
            taken += wanted

    def _complete(self, known: Windows, seeds: Int64Array) -> Windows:
        lengths = known.windows.ends - known.windows.starts
        reach = self._rule.merge_gap + CLOCK_S
        further = 2 * float(lengths.max(initial=0.0))
        while True:
            wanted = [
                (sample, start - reach - further, end + reach + further)
                for sample, start, end in self._runs(known, seeds)
                if not self._is_covered(sample, start - reach, end + reach)
            ]
            if not wanted:
                return known
            for sample, first, last in wanted:
                self._covered.setdefault(sample, []).append((first, last))
            known = self._look_up(known, wanted)
            further *= 2

    def _runs(self, known: Windows, seeds: Int64Array) -> Iterator[Stretch]:
        """Yield the whole extent of each run that a seed is in."""
        windows, is_seed = known.windows, np.isin(known.embedding_ids, seeds)
        for run in find_runs(windows, self._rule.merge_gap):
            if is_seed[run].any():
                start, end = float(windows.starts[run].min()), float(windows.ends[run].max())
                yield int(windows.sample_ids[run[0]]), start, end

    def _is_covered(self, sample: int, start: float, end: float) -> bool:
        return any(a <= start and end <= b for a, b in self._covered.get(sample, ()))
