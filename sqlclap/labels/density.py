"""Call density of a library: what `sqlclap.labels.call_density` estimates, of stored sounds."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from sqlclap.db.statements import read_transaction, statement
from sqlclap.errors import LabelValueError
from sqlclap.labels.call_density import estimate_density
from sqlclap.labels.density_population import Population, Unit, read_population
from sqlclap.labels.group_density import estimate_groups
from sqlclap.labels.scorer_cache import scorer_of
from sqlclap.notebook.results import Results
from sqlclap.session import LibraryPart

if TYPE_CHECKING:
    from sqlclap.arrays import Int64Array
    from sqlclap.db.database import Database

GROUPS = ("site", "deployment", "year", "month", "date", "hour")
"""What densities can be told by, alone or several together."""

COUNTS = ("total", "votes", "accepted")
LEVEL = 0.9
MOST_GROUPS = 5_000


@dataclass(frozen=True)
class CallDensity:
    """The share of sounds, or moments, that hold a label, of all or of a group of them.

    Attributes
    ----------
    label : str
    site, deployment : str or None
        The group's, where densities are told by it. None also stands for sounds of which it isn't
        known.
    year : int or None
    month, date : str or None
        ``2024-06`` and ``2024-06-01``, by the clock there.
    hour : int or None
    unit : {"sound", "moment"}
    total : int
        Sounds, or moments, in the group.
    votes, accepted : int
        Answers of reviews about them, and how many said yes.
    density : float
        Estimated share of them that hold the label, 0 to 1: the median of the posterior.
    low, high : float
        Interval that holds the share with the probability `level`.
    level : float
    """

    NOUN: ClassVar[str] = "density"
    label: str
    site: str | None
    deployment: str | None
    year: int | None
    month: str | None
    date: str | None
    hour: int | None
    unit: Unit
    total: int
    votes: int
    accepted: int
    density: float
    low: float
    high: float
    level: float


class LabelDensity(LibraryPart):
    """How often labels occur; a part of `sqlclap.labels.labels.Labels`.

    Parameters
    ----------
    session : Session
    """

    def density(
        self,
        name: str,
        by: str | Iterable[str] = (),
        level: float = LEVEL,
        seed: int = 0,
        moments: bool = False,
    ) -> Results[CallDensity]:
        """Estimate the share of sounds, or moments, that hold a label, from its reviews.

        Parameters
        ----------
        name : str
        by : str or iterable of str
            Groups that are estimated apart: any of "site", "deployment", "year", "month", "date"
            and "hour", as far as it is known of recordings; a text holds several with commas.
            None: all sounds together.
        level : float
            Probability of the interval, 0.5 to 0.999.
        seed : int
            Of the draws from the posterior: the same one gives the same numbers.
        moments : bool
            The share of moments instead of sounds: windows of long sounds, and short ones as a
            whole. It needs answers about moments.

        Returns
        -------
        Results of CallDensity
            One a group, in order; without `by`, one of all sounds. How they are estimated says
            `sqlclap.labels.call_density`.

        Raises
        ------
        UnknownLabelError, NoAnchorsError
        LabelValueError
            An unknown group, or a level out of range.
        NotEnoughVotesError
            Fewer than 10 answers to reviews of the label.
        """
        groups = as_groups(by)
        check_level(level)
        with read_transaction(self._session.database) as database:
            scorer = scorer_of(self._session)
            at = scorer.scoring_position(name)
            unit: Unit = "moment" if moments else "sound"
            population = read_population(database, scorer, at, unit)
            keys = group_keys(database, population.sample_ids, groups)
        return Results(densities(population, keys, groups, level, seed), CallDensity)


def check_level(level: float) -> None:
    """Check the probability of an interval.

    Raises
    ------
    LabelValueError
    """
    if not 0.5 <= level <= 0.999:
        raise LabelValueError(f"level: expected a number from 0.5 to 0.999, got {level}")


def as_groups(words: str | Iterable[str]) -> tuple[str, ...]:
    """Check what densities are to be told by, and put it into the order of `GROUPS`.

    A text holds several with commas.

    Raises
    ------
    LabelValueError
    """
    several = words.split(",") if isinstance(words, str) else words
    asked = [word.strip() for word in several if word.strip()]
    for word in asked:
        if word not in GROUPS:
            raise LabelValueError(f"by: expected any of {', '.join(GROUPS)}; got {word!r}")
    return tuple(group for group in GROUPS if group in asked)


def group_keys(
    database: Database, sample_ids: Int64Array, groups: Sequence[str]
) -> list[tuple[Any, ...]]:
    """Return each sound's group."""
    if not groups:
        return [()] * len(sample_ids)
    which = [1 + GROUPS.index(group) for group in groups]
    rows = database.execute(statement("labels/density_groups"))
    places = {int(row[0]): tuple(row[at] for at in which) for row in rows}
    nowhere = (None,) * len(groups)
    return [places.get(key, nowhere) for key in sample_ids.tolist()]


def densities(
    population: Population,
    keys: list[tuple[Any, ...]],
    groups: Sequence[str],
    level: float,
    seed: int,
) -> list[CallDensity]:
    """Estimate each group's density, in the order of the groups; what isn't known comes last."""
    names = _in_order(keys)
    numbers = {name: number for number, name in enumerate(names)}
    member = np.array([numbers[key] for key in keys], dtype=np.int64)
    judged = population.judged
    drawn = judged.weight > 0
    yes = drawn & (judged.verdict == 1)
    counts = [np.bincount(member, of) for of in (np.ones(len(member)), drawn, yes)]
    if groups:
        found = estimate_groups(judged, member, level, seed)
    else:
        found = [estimate_density(judged, level, seed)]
    densities = []
    for number, (name, interval) in enumerate(zip(names, found, strict=True)):
        of_group: dict[str, Any] = dict.fromkeys(GROUPS) | dict(zip(groups, name, strict=True))
        of_group |= {what: int(count[number]) for what, count in zip(COUNTS, counts, strict=True)}
        of_group |= {"density": interval.share, "low": interval.low, "high": interval.high}
        of_group |= {"unit": population.unit, "level": level}
        densities.append(CallDensity(population.label, **of_group))
    return densities


def _in_order(keys: Sequence[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """Return each group once, in order; what isn't known comes last."""
    names = sorted({*keys}, key=lambda key: [(one is None, one) for one in key])
    if len(names) > MOST_GROUPS:
        raise LabelValueError(
            f"by: expected at most {MOST_GROUPS:,} groups, got {len(names):,}; take longer "
            "periods, or fewer kinds of groups"
        )
    return names
