"""Percentiles of what all shards hold, exactly, without any shard telling all of it.

Each shard tells values that lie evenly spread in its own order; by them it is known between which
two values the wanted one lies. Then each tells those in between, and how many are below.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from sqlclap.finding.measures import places_of

if TYPE_CHECKING:
    from sqlclap.arrays import Float64Array, Int64Array

SPREAD = 1_025
"""So many values of a shard are told first."""

Between = tuple[float, float]
"""The least and the greatest value that are meant, both included."""


@dataclass(frozen=True, eq=False)
class Thinned:
    """Values in order, of which some are left out.

    Attributes
    ----------
    count : int
        How many there are in all.
    values : np.ndarray [shape=(some,), dtype=float64]
        Evenly spread ones, the first and the last among them.
    """

    count: int
    values: Float64Array

    @property
    def places(self) -> Int64Array:
        """Where the values lie among all, shape (some,)."""
        return _spread(self.count, len(self.values))

    def surely_up_to(self, values: Float64Array) -> Int64Array:
        """Return how many are at least known to be at most each of some values."""
        last = np.searchsorted(self.values, values, side="right")
        return np.where(last > 0, self._place(last - 1) + 1, 0)

    def perhaps_up_to(self, values: Float64Array) -> Int64Array:
        """Return how many can at most be at most each of some values."""
        following = np.searchsorted(self.values, values, side="right")
        return np.where(following < len(self.values), self._place(following), self.count)

    def _place(self, at: Int64Array) -> Int64Array:
        places = self.places
        if not len(places):
            return np.zeros(len(at), dtype=np.int64)
        return places[np.clip(at, 0, len(places) - 1)]


def _spread(count: int, some: int) -> Int64Array:
    """Return evenly spread places among so many, shape (some,)."""
    return np.linspace(0, max(count - 1, 0), some).round().astype(np.int64)


def thinned(in_order: Float64Array) -> Thinned:
    """Leave out values of some in order, shape (n,), where there are many."""
    count = len(in_order)
    return Thinned(count, in_order[_spread(count, min(count, SPREAD))])


class Inside(NamedTuple):
    """Values that lie between two.

    Attributes
    ----------
    every : int
        How many there are in all.
    below : int
        How many lie below.
    values : np.ndarray [shape=(n,), dtype=float64]
    """

    every: int
    below: int
    values: Float64Array


def inside(in_order: Float64Array, between: Between) -> Inside:
    """Return the values, of some in order, that lie between two."""
    first = int(np.searchsorted(in_order, between[0], side="left"))
    last = int(np.searchsorted(in_order, between[1], side="right"))
    return Inside(len(in_order), first, in_order[first:last])


def ends_of_percentiles(parts: Sequence[Thinned]) -> list[Between]:
    """Return between which values the percentiles lie; without any value, there are none."""
    count = sum(one.count for one in parts)
    if not count:
        return []
    every = np.unique(np.concatenate([one.values for one in parts]))
    surely = sum(one.surely_up_to(every) for one in parts)
    perhaps = sum(one.perhaps_up_to(every) for one in parts)
    ends = []
    for place in places_of(count):
        low, high = int(np.floor(place)), min(int(np.floor(place)) + 1, count - 1)
        first = int(np.searchsorted(perhaps, low, side="right")) - 1
        last = int(np.searchsorted(surely, high + 1, side="left"))
        least = -np.inf if first < 0 else float(every[first])
        ends.append((least, float(every[min(last, len(every) - 1)])))
    return ends


def joined_percentiles(count: int, found: Sequence[Sequence[Inside]]) -> list[float]:
    """Return the percentiles of so many values by what lies around each, shard by shard."""
    told = []
    for place, parts in zip(places_of(count).tolist(), found, strict=True):
        below = sum(one.below for one in parts)
        some = np.sort(np.concatenate([one.values for one in parts]))
        low = int(np.floor(place))
        high = min(low + 1, count - 1)
        values = float(some[low - below]), float(some[high - below])
        told.append(float(np.interp(place, (low, low + 1), values)))
    return told
