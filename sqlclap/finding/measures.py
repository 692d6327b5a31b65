"""Measures as terms of a query: how far a sound has more of a descriptor than others like it.

"A deep kick" is deep for a kick. So a descriptor is measured against the sounds that the query's
other terms find: ``m`` is what the median one of them has, ``s`` half of what lies between their
16th and 84th percentile, and a sound with the value ``v`` has ``z = tanh((v - m) / s / STEEP)``,
which lies between -1 and 1. Frequencies and times are compared by their logarithms. A measure of
several descriptors is the mean of those that a sound has; a sound that has none counts as the
median.

To a query's score (`sqlclap.finding.formula`) each measure adds ``FULL * w * z``, in the units of
the terms' scales: beside words that the best hundredth reaches, a quality counts `FULL` at most.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from sqlclap.db.database import CachedByState, Snapshot
from sqlclap.db.measured_columns import sample_columns
from sqlclap.db.statements import columns_statement
from sqlclap.descriptor_columns import COLUMNS
from sqlclap.finding.formula import DECIMALS
from sqlclap.finding.measure_words import Measure, measured_columns
from sqlclap.search.aspects import MEASURED_COLUMNS

if TYPE_CHECKING:
    from sqlclap.arrays import BoolArray, Float64Array, Int64Array
    from sqlclap.db.database import Database

FULL = 0.7
STEEP = 0.5
"""See above. The figures in docs/words.md chose them: a measure without bounds drowns the words
before the order follows it."""

FEWEST_ALIKE, MOST_ALIKE, SHARE_ALIKE = 20, 100, 0.1
"""How many sounds like the other terms say what is much: a share of the library, within bounds."""

LEAST_SPREAD = 0.1
"""Of the library's spread: what the sounds in question differ by less is no difference."""

SMALLEST = 1e-4
"""Of a value whose logarithm is taken."""

_BY_LOGARITHM = frozenset(one.name for one in COLUMNS if one.low == 0.0 and one.high is None)


@dataclass(frozen=True, eq=False)
class MeasuredSounds:
    """What the library's sounds measure.

    Attributes
    ----------
    sample_ids : np.ndarray [shape=(n,), dtype=int64]
        Ascending.
    values : mapping of str to np.ndarray [shape=(n,), dtype=float64]
        By descriptor; logarithms (to base 2) of frequencies and times. NaN: not measured.
    """

    sample_ids: Int64Array
    values: Mapping[str, Float64Array]

    def places(self, sample_ids: Sequence[int] | Int64Array) -> Int64Array:
        """Return the rows of samples; -1 for unknown ones."""
        wanted = np.asarray(sample_ids, dtype=np.int64)
        if not len(self.sample_ids):
            return np.full(len(wanted), -1)
        rows = np.minimum(np.searchsorted(self.sample_ids, wanted), len(self.sample_ids) - 1)
        return np.where(self.sample_ids[rows] == wanted, rows, -1)

    def spreads(self, by: ByMeasure) -> Float64Array:
        """Return how far each sound has what a measure wants, from -1 to 1, shape (n,)."""
        total, count = np.zeros(len(self.sample_ids)), np.zeros(len(self.sample_ids))
        for name, (sign, median, spread) in by.columns.items():
            found = np.tanh((self.values[name] - median) / spread / STEEP)
            known = ~np.isnan(found)
            total[known] += sign * found[known]
            count += known
        mean: Float64Array = total / np.maximum(count, 1)
        return mean

    def in_order(self, name: str) -> Float64Array:
        """Return all values of a descriptor that are known, ascending; kept."""
        if name not in self._in_order:
            values = self.values[name]
            self._in_order[name] = np.sort(values[~np.isnan(values)])
        return self._in_order[name]

    @cached_property
    def _in_order(self) -> dict[str, Float64Array]:
        return {}

    def whole(self, name: str) -> list[float] | None:
        """Return the 16th, 50th and 84th percentile of all known values; None without any."""
        known = self.in_order(name)
        return percentiles(known) if len(known) else None

    def compared(self, name: str, among: BoolArray) -> Compared:
        """Return what a descriptor is compared with: what some sounds have of it, and all."""
        values = self.values[name]
        return Compared(values[among & ~np.isnan(values)], self.whole(name))


class Compared(NamedTuple):
    """What a sound's value of a descriptor is compared with.

    Attributes
    ----------
    alike : np.ndarray [shape=(n,), dtype=float64]
        What sounds like the query's other terms have, as far as it is known.
    whole : list of float or None
        The 16th, 50th and 84th percentile of all that is known; None: nothing is.
    """

    alike: Float64Array
    whole: list[float] | None

    @property
    def median_and_spread(self) -> tuple[float, float] | None:
        """What the median one of them has, and how far they spread; None: unknown."""
        if self.whole is None:
            return None
        low, median, high = percentiles(self.alike) if len(self.alike) else self.whole
        least = LEAST_SPREAD * (self.whole[2] - self.whole[0]) / 2
        return median, max((high - low) / 2, least, 1e-9)


class ByMeasure(NamedTuple):
    """How a measure counts in a score.

    Attributes
    ----------
    weight : float
    columns : mapping of str to (float, float, float)
        Of each descriptor: 1 if more of it is wanted, else -1, the median, and the spread.
    """

    weight: float
    columns: Mapping[str, tuple[float, float, float]]

    @classmethod
    def of(cls, measure: Measure, unit: float, compared: Mapping[str, Compared]) -> ByMeasure:
        """Compare a measure's descriptors with those of some sounds, by their names."""
        found = {name: compared[name].median_and_spread for name in measure.columns}
        columns = {
            name: (measure.columns[name], *one) for name, one in found.items() if one is not None
        }
        return cls(FULL * unit * measure.weight, columns)


class ByAspect(NamedTuple):
    """How likeness to a sound in an aspect counts in a score.

    Attributes
    ----------
    weight : float
    columns : mapping of str to (float, float)
        Of each descriptor: what the sound has, and the distance at which others are half alike.
    """

    weight: float
    columns: Mapping[str, tuple[float, float]]


def percentiles(values: Float64Array) -> list[float]:
    """Return the 16th, the 50th and the 84th percentile of at least one value, shape (n,)."""
    in_order = np.sort(values)
    places = places_of(len(in_order))
    found: list[float] = np.interp(places, np.arange(len(in_order)), in_order).tolist()
    return found


def places_of(count: int) -> Float64Array:
    """Return the positions of these percentiles among `count` sorted values, shape (3,)."""
    return np.array([0.16, 0.5, 0.84]) * (count - 1)


@dataclass(frozen=True, eq=False)
class MeasureScores:
    """What measures add to the scores of samples.

    Attributes
    ----------
    sounds : MeasuredSounds
    added : np.ndarray [shape=(n,), dtype=float64]
    parts : tuple of ByMeasure or ByAspect
        What it is the sum of.
    """

    sounds: MeasuredSounds
    added: Float64Array
    parts: tuple[ByMeasure | ByAspect, ...]

    @property
    def most(self) -> float:
        """What is added at most."""
        return float(self.added.max(initial=0.0))

    def of(self, sample_ids: Sequence[int] | Int64Array) -> Float64Array:
        """Return what is added to the scores of samples, shape (len(sample_ids),)."""
        rows = self.sounds.places(sample_ids)
        if not len(self.added):
            return np.zeros(len(rows))
        return np.where(rows < 0, 0.0, self.added[rows])


class MeasuredLibrary:
    """A cache of what a library's sounds measure, valid until the library changes."""

    def __init__(self) -> None:
        self._sounds = CachedByState(_read)

    def of(self, snapshot: Snapshot) -> MeasuredSounds:
        """Return the library's sounds as of a snapshot."""
        return self._sounds.of(snapshot)


def known_columns(database: Database) -> frozenset[str]:
    """Return those of the descriptors that words and aspects are about that a library has."""
    return frozenset(sample_columns(database)) & {*measured_columns(), *MEASURED_COLUMNS}


def is_by_logarithm(name: str) -> bool:
    """Whether sounds are compared by a descriptor's logarithm."""
    return name in _BY_LOGARITHM


def comparable(name: str, values: Float64Array) -> Float64Array:
    """Return values of a descriptor, shape (n,), on the scale on which sounds are compared."""
    if not is_by_logarithm(name):
        return values.copy()
    logarithms: Float64Array = np.log2(np.maximum(values, SMALLEST))
    return logarithms


def _read(database: Database) -> MeasuredSounds:
    names = sorted(known_columns(database))
    rows = database.execute(columns_statement("finding/measured_samples", tuple(names))).fetchall()
    table = np.array(rows, dtype=np.float64).reshape(len(rows), len(names) + 1)
    values = {}
    for column, name in enumerate(names, start=1):
        values[name] = comparable(name, table[:, column])
    return MeasuredSounds(table[:, 0].astype(np.int64), values)


def score_measures(
    sounds: MeasuredSounds, measures: Sequence[Measure], alike: Sequence[int] | None, unit: float
) -> MeasureScores:
    """Return what measures add to scores.

    Parameters
    ----------
    sounds : MeasuredSounds
    measures : sequence of Measure
    alike : sequence of int or None
        The samples against which they are measured; None: all.
    unit : float
        What 1 on the scale of the query's terms is in a score.
    """
    among = np.ones(len(sounds.sample_ids), dtype=np.bool_)
    if alike is not None:
        rows = sounds.places(alike)
        among[:] = False
        among[rows[rows >= 0]] = True
    compared = {name: sounds.compared(name, among) for one in measures for name in one.columns}
    return scores_by(sounds, tuple(ByMeasure.of(one, unit, compared) for one in measures))


def scores_by(sounds: MeasuredSounds, parts: tuple[ByMeasure, ...]) -> MeasureScores:
    """Return what measures that have been compared add to the scores of sounds."""
    added = np.zeros(len(sounds.sample_ids))
    for one in parts:
        added += one.weight * sounds.spreads(one)
    return MeasureScores(sounds, np.round(added, DECIMALS), parts)


def alike_count(sounds: int) -> int:
    """Return how many sounds like the other terms say what is much, of so many.

    >>> alike_count(50), alike_count(600), alike_count(1_000_000)
    (20, 60, 100)
    """
    return max(FEWEST_ALIKE, min(MOST_ALIKE, int(sounds * SHARE_ALIKE)))
