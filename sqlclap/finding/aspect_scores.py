"""How like a sound others are in aspects that are measured: pitch, length, loudness...

Of a descriptor, ``d`` is the distance of two sounds in octaves (frequencies, times) or decibels,
and ``s`` how far the library's sounds lie apart: half of what lies between their 16th and 84th
percentile, or `Aspect.least` if that is more. Their similarity is ``2 ** (-d / s)``: 1 where they
are the same, a half at the distance ``s``. An aspect of two descriptors takes the mean of both. A
sound without a measure is unlike: 0. Of several sounds that are compared with, the mean counts, by
the weights of their terms.

A score is the mean of timbre's cosine and these similarities, by the aspects' weights.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from sqlclap.db.database import Snapshot
from sqlclap.errors import QueryError
from sqlclap.finding.formula import DECIMALS
from sqlclap.finding.measures import (
    ByAspect,
    MeasuredLibrary,
    MeasureScores,
    comparable,
)
from sqlclap.search.aspects import ASPECTS, TIMBRE

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable, Sequence

    from sqlclap.arrays import Float64Array
    from sqlclap.finding.measures import MeasuredSounds
    from sqlclap.finding.ranking import ComposedRanking
    from sqlclap.finding.terms import FoundTerm
    from sqlclap.search.aspects import Aspect
    from sqlclap.session import Session


@dataclass(frozen=True)
class AspectRanking:
    """An order by aspects.

    Attributes
    ----------
    ranking : ComposedRanking
    notes : tuple of str
        What could not be compared.
    """

    ranking: ComposedRanking
    notes: tuple[str, ...]


def rank_by_aspects(
    session: Session,
    ranking: ComposedRanking,
    weights: Mapping[str, float],
    found: Sequence[FoundTerm],
) -> AspectRanking:
    """Return a ranking whose scores are but timbre's share of the whole.

    Parameters
    ----------
    session : Session
    ranking : ComposedRanking
        Of timbre: the query's vectors.
    weights : mapping of str to float
        By aspect, above 0.
    found : sequence of FoundTerm
        The query's terms: what is compared with are the sounds that are wanted, by their weights.

    Raises
    ------
    QueryError
        There is none, or they have none of the measures and timbre doesn't count.
    """
    with Snapshot(session.database) as snapshot:
        sounds = session.cache(MeasuredLibrary).of(snapshot)

    def own_values(term: FoundTerm) -> Mapping[str, float]:
        return _own_values(term, sounds)

    weighed = weigh_aspects(weights, found, own_values, sounds.whole)
    joined = by_aspects(ranking, weighed.share, sounds, weighed.parts)
    return AspectRanking(joined, weighed.notes)


class WeighedAspects(NamedTuple):
    """How aspects count.

    Attributes
    ----------
    share : float
        Of timbre in the whole.
    parts : tuple of ByAspect
    notes : tuple of str
        What could not be compared.
    """

    share: float
    parts: tuple[ByAspect, ...]
    notes: tuple[str, ...]


def weigh_aspects(
    weights: Mapping[str, float],
    found: Sequence[FoundTerm],
    own_values: Callable[[FoundTerm], Mapping[str, float]],
    spread: Callable[[str], Sequence[float] | None],
) -> WeighedAspects:
    """Compare aspects with the sounds that are wanted.

    Parameters
    ----------
    weights : mapping of str to float
        By aspect, above 0.
    found : sequence of FoundTerm
    own_values : callable
        Returns what a term's sound measures, on the scales of `MeasuredSounds`.
    spread : callable
        Returns the 16th, 50th and 84th percentile of a descriptor; None: it was never measured.

    Raises
    ------
    QueryError
    """
    compared = [
        _Compared(str(term.term), term.term.weight, own_values(term))
        for term in _sounds_wanted(found)
    ]
    usable = {
        name: weight
        for name, weight in weights.items()
        if any(one.has(ASPECTS[name]) for one in compared)
    }
    notes = _lacking(weights, usable, compared)
    if not usable:
        raise QueryError(f"{'; '.join(notes)}: let timbre count, or `sqlclap ingest --measure`")
    whole = sum(usable.values())
    parts = tuple(
        part
        for name, weight in usable.items()
        if name != TIMBRE
        for part in _parts(spread, ASPECTS[name], compared, weight / whole)
    )
    return WeighedAspects(usable.get(TIMBRE, 0.0) / whole, parts, notes)


def by_aspects(
    ranking: ComposedRanking, share: float, sounds: MeasuredSounds, by_aspect: Sequence[ByAspect]
) -> ComposedRanking:
    """Return a ranking by a share of another one's scores, and by aspects."""
    measured = ranking.measured
    parts = [one._replace(weight=share * one.weight) for one in measured.parts] if measured else []
    added = np.zeros(len(sounds.sample_ids)) if measured is None else share * measured.added
    for one in by_aspect:
        added = added + one.weight * likeness(sounds, one)
    scores = MeasureScores(sounds, np.round(added, DECIMALS), (*parts, *by_aspect))
    return replace(ranking, formula=replace(ranking.formula, share=share), measured=scores)


def _lacking(
    weights: Iterable[str], usable: Container[str], compared: Sequence[_Compared]
) -> tuple[str, ...]:
    """Return notes on what sounds that are compared with lack themselves."""
    return tuple(
        f"{one.name}: has no {name} that is measured, so that {name} doesn't count"
        + (" for it" if name in usable else "")
        for name in weights
        for one in compared
        if not one.has(ASPECTS[name])
    )


def _sounds_wanted(found: Sequence[FoundTerm]) -> list[FoundTerm]:
    wanted = [one for one in found if one.term.is_positive and one.term.kind == "sound"]
    if not wanted:
        raise QueryError(
            "expected a sound that aspects compare with, as `sqlclap similar` and `sqlclap find "
            "--like` take it; got none"
        )
    return wanted


class _Compared(NamedTuple):
    """A sound that others are compared with.

    Attributes
    ----------
    name : str
    weight : float
        Of its term.
    own : mapping of str to float
        What it measures, on the scales of `MeasuredSounds`; NaN or missing: not measured.
    """

    name: str
    weight: float
    own: Mapping[str, float]

    def has(self, aspect: Aspect) -> bool:
        """Whether it can be compared in an aspect."""
        return not aspect.columns or any(_is_known(self.own, name) for name in aspect.columns)


def _own_values(term: FoundTerm, sounds: MeasuredSounds) -> dict[str, float]:
    if term.place is not None:
        row = sounds.places([term.place.sample_id])[0]
        return {name: float(column[row]) for name, column in sounds.values.items() if row >= 0}
    return measured_values(term, sounds.values)


def measured_values(term: FoundTerm, names: Iterable[str]) -> dict[str, float]:
    """Return what a term's file measures of some descriptors, on the scales of `MeasuredSounds`."""
    if term.measure is None:
        return {}
    measured = vars(term.measure())
    values = {name: measured.get(name) for name in names}
    return {
        name: float(comparable(name, np.array([np.nan if value is None else value]))[0])
        for name, value in values.items()
    }


def _is_known(own: Mapping[str, float], name: str) -> bool:
    return not np.isnan(own.get(name, np.nan))


def _parts(
    spread: Callable[[str], Sequence[float] | None],
    aspect: Aspect,
    compared: Sequence[_Compared],
    weight: float,
) -> list[ByAspect]:
    """Share an aspect's weight among the sounds that have the measure, by theirs."""
    having = [one for one in compared if one.has(aspect)]
    whole = sum(one.weight for one in having)
    return [
        ByAspect(
            weight * one.weight / whole,
            {
                name: (one.own[name], _half_alike(spread(name), aspect))
                for name in aspect.columns
                if _is_known(one.own, name)
            },
        )
        for one in having
    ]


def _half_alike(whole: Sequence[float] | None, aspect: Aspect) -> float:
    """Return the distance at which sounds are half alike, by all values of a descriptor."""
    if whole is None:
        return aspect.least
    return max((whole[2] - whole[0]) / 2, aspect.least)


def likeness(sounds: MeasuredSounds, by: ByAspect) -> Float64Array:
    """Return how like a sound the library's sounds are in an aspect, from 0 to 1, shape (n,)."""
    total = np.zeros(len(sounds.sample_ids))
    for name, (own, spread) in by.columns.items():
        alike = np.exp2(-np.abs(sounds.values[name] - own) / spread)
        total += np.nan_to_num(alike, nan=0.0)
    mean: Float64Array = total / len(by.columns)
    return mean
