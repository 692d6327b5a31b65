"""Measures and aspects in queries to a set: compared with all its sounds, added in each shard."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from sqlclap.db.database import Snapshot
from sqlclap.errors import PartialAnswerError
from sqlclap.finding.aspect_scores import by_aspects, measured_values
from sqlclap.finding.measures import (
    ByAspect,
    ByMeasure,
    Compared,
    MeasuredLibrary,
    known_columns,
    scores_by,
)
from sqlclap.shards.order_statistics import (
    Between,
    Inside,
    Thinned,
    ends_of_percentiles,
    inside,
    joined_percentiles,
    thinned,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlclap.arrays import Float64Array
    from sqlclap.finding.measured_query import MeasuredQuery
    from sqlclap.finding.measures import MeasuredSounds
    from sqlclap.finding.ranking import ComposedRanking
    from sqlclap.finding.terms import FoundTerm
    from sqlclap.shards.questions import ShardPlace
    from sqlclap.shards.reader import ShardReader
    from sqlclap.shards.session import SetSession


TRIES = 3


@dataclass(frozen=True, eq=False)
class Weighing:
    """What measures and aspects add to scores, compared with all of a set's sounds.

    Attributes
    ----------
    measures : tuple of ByMeasure
    aspects : tuple of ByAspect
    share : float or None
        Of timbre in the whole, where aspects count; None: they don't.
    """

    measures: tuple[ByMeasure, ...] = ()
    aspects: tuple[ByAspect, ...] = ()
    share: float | None = None

    def ranking(self, reader: ShardReader, ranking: ComposedRanking) -> ComposedRanking:
        """Return a shard's ranking with what they add to its sounds' scores."""
        sounds = _sounds_of(reader)
        if self.measures:
            ranking = replace(ranking, measured=scores_by(sounds, self.measures))
        if self.share is None:
            return ranking
        return by_aspects(ranking, self.share, sounds, self.aspects)


def _sounds_of(reader: ShardReader) -> MeasuredSounds:
    with Snapshot(reader.database) as snapshot:
        return reader.session.cache(MeasuredLibrary).of(snapshot)


@dataclass(frozen=True)
class Thin:
    """Tell evenly spread values of descriptors."""

    names: tuple[str, ...]

    def __call__(self, reader: ShardReader) -> dict[str, Thinned]:
        """Return them by the descriptors' names."""
        sounds = _sounds_of(reader)
        return {name: thinned(sounds.in_order(name)) for name in self.names}


@dataclass(frozen=True)
class LookInside:
    """Tell the values of descriptors that lie between some."""

    ends: Mapping[str, list[Between]]

    def __call__(self, reader: ShardReader) -> dict[str, list[Inside]]:
        """Return them by the descriptors' names."""
        sounds = _sounds_of(reader)
        return {
            name: [inside(sounds.in_order(name), one) for one in ends]
            for name, ends in self.ends.items()
        }


@dataclass(frozen=True)
class ValuesOf:
    """Tell what some sounds measure; each is named with its shard."""

    places: tuple[tuple[int, int], ...]
    names: tuple[str, ...]

    def __call__(self, reader: ShardReader) -> dict[str, Float64Array]:
        """Return it by the descriptors' names, of those that lie here: NaN is not measured."""
        sounds = _sounds_of(reader)
        own = [sample_id for shard, sample_id in self.places if shard == reader.number]
        rows = sounds.places(own)
        return {name: sounds.values[name][rows[rows >= 0]] for name in self.names}


class SetMeasures:
    """What all of a set's sounds measure, as far as it is asked for.

    Parameters
    ----------
    session : SetSession
    require_all : bool
    """

    def __init__(self, session: SetSession, require_all: bool) -> None:
        self._session, self._require_all = session, require_all
        self._wholes: dict[str, list[float] | None] = {}

    @property
    def names(self) -> tuple[str, ...]:
        """The descriptors that there are."""
        return tuple(sorted(known_columns(self._session.catalog.database)))

    def whole(self, name: str) -> list[float] | None:
        """Return the 16th, 50th and 84th percentile of a descriptor; None: none is known."""
        if name not in self._wholes:
            self.look_up([name])
        return self._wholes[name]

    def look_up(self, names: Sequence[str]) -> None:
        """Look up the percentiles of several descriptors at once.

        Raises
        ------
        PartialAnswerError
            Shards went, or changed again and again, meanwhile.
        """
        for _ in range(TRIES):
            thin, reach = self._session.ask(Thin(tuple(names)))
            reach.check(self._require_all)
            parts = {name: [one[name] for one in thin.answers] for name in names}
            ends = {name: ends_of_percentiles(some) for name, some in parts.items()}
            found, reach = self._session.ask(LookInside(ends))
            around = {name: [one[name] for one in found.answers] for name in names}
            if all(_are_of(parts[name], around[name]) for name in names):
                break
        else:
            raise PartialAnswerError(f"what shards measure changed while it was asked; {reach}")
        for name, some in parts.items():
            count = sum(one.count for one in some)
            inner = [[one[at] for one in around[name]] for at in range(len(ends[name]))]
            self._wholes[name] = joined_percentiles(count, inner) if count else None

    def values(
        self, places: Sequence[tuple[int, int]], names: Sequence[str]
    ) -> dict[str, Float64Array]:
        """Return what sounds, of shards with their ids there, measure."""
        found, _ = self._session.ask(ValuesOf(tuple(places), tuple(names)))
        return {
            name: np.concatenate([np.empty(0), *(one[name] for one in found.answers)])
            for name in names
        }

    def own(self, place: ShardPlace | None, term: FoundTerm) -> dict[str, float]:
        """Return what a term's sound measures, on the scales on which sounds are compared."""
        if place is None:
            return measured_values(term, self.names)
        found = self.values([(place.shard, place.place.sample_id)], self.names)
        return {name: float(values[0]) for name, values in found.items() if len(values)}


def _are_of(thin: Sequence[Thinned], found: Sequence[Sequence[Inside]]) -> bool:
    """Whether both were told by the same shards, and nothing was added or removed between."""
    if len(thin) != len(found):
        return False
    pairs = zip(thin, found, strict=True)
    return all(one.every == part.count for part, of in pairs for one in of)


def weigh_measures(
    measures: SetMeasures, asked: MeasuredQuery, unit: float, alike: Sequence[tuple[int, int]]
) -> tuple[ByMeasure, ...]:
    """Compare a query's measures with what some sounds, or all, of the set have.

    Parameters
    ----------
    measures : SetMeasures
    asked : MeasuredQuery
    unit : float
        What 1 on the scale of the query's terms is in a score.
    alike : sequence of (int, int)
        Shards and ids of sounds like its other terms; without any, all count.
    """
    names = sorted({name for one in asked.measures for name in one.columns})
    measures.look_up(names)
    values = measures.values(alike, names)
    compared = {
        name: Compared(values[name][~np.isnan(values[name])], measures.whole(name))
        for name in names
    }
    return tuple(ByMeasure.of(one, unit, compared) for one in asked.measures)
