"""Call density of a library: what `sqlclap.labels.call_density` estimates, of stored sounds."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from sqlclap.db.statements import read_transaction, statement
from sqlclap.db.vectors import own_vectors
from sqlclap.errors import LabelValueError, NotEnoughVotesError
from sqlclap.labels.call_density import Judged, estimate_density
from sqlclap.labels.group_density import estimate_groups
from sqlclap.labels.labelled_examples import Votes, read_votes
from sqlclap.labels.scorer import Scorer
from sqlclap.labels.scorer_cache import scorer_of
from sqlclap.notebook.results import Results
from sqlclap.session import LibraryPart

if TYPE_CHECKING:
    from sqlclap.arrays import Float64Array, Int64Array
    from sqlclap.db.database import Database

GROUPS = ("site", "deployment", "year", "month", "date", "hour")
"""What densities can be told by, alone or several together."""

COUNTS = ("sounds", "votes", "accepted")
FEWEST_VOTES = 10
LEVEL = 0.9
MOST_GROUPS = 5_000


@dataclass(frozen=True)
class CallDensity:
    """The share of sounds that hold a label, of all sounds or of a group of them.

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
    sounds : int
        In the group.
    votes, accepted : int
        Answers of reviews on its sounds, and how many said yes.
    density : float
        Estimated share of its sounds that hold the label, 0 to 1: the median of the posterior.
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
    sounds: int
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
        self, name: str, by: str | Iterable[str] = (), level: float = LEVEL, seed: int = 0
    ) -> Results[CallDensity]:
        """Estimate the share of sounds that hold a label, from the answers to its reviews.

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
        if not 0.5 <= level <= 0.999:
            raise LabelValueError(f"level: expected a number from 0.5 to 0.999, got {level}")
        with read_transaction(self._session.database) as database:
            scorer = scorer_of(self._session)
            population = _read(database, scorer, scorer.scoring_position(name))
            keys = _keys(database, population.sample_ids, groups)
        return Results(_densities(population, keys, (groups, level, seed)), CallDensity)


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


@dataclass(frozen=True)
class _Population:
    """All sounds that can be scored for a label, and what is known of them."""

    label: str
    sample_ids: Int64Array
    judged: Judged


def _read(database: Database, scorer: Scorer, position: int) -> _Population:
    label = scorer.labels[position]
    votes = read_votes(database, scorer, label.label_id, on_spans=False)
    if votes.sampled < FEWEST_VOTES:
        raise NotEnoughVotesError(
            f"not enough answers to reviews of {label.name!r}: have {votes.sampled}, need at "
            f"least {FEWEST_VOTES}; get some with `sqlclap review`. Votes on sounds that somebody "
            "picked don't tell how often it occurs"
        )
    sample_ids, scores = _score_all(database, scorer.of_label(position))
    return _Population(
        label.name, sample_ids, _judge(scorer, position, votes, (sample_ids, scores))
    )


def _score_all(database: Database, scorer: Scorer) -> tuple[Int64Array, Float64Array]:
    """Score all sounds; return their ids, ascending, and the scores."""
    ids, scores = [np.empty(0, dtype=np.int64)], [np.empty(0)]
    for block in own_vectors(database, scorer.model):
        ids.append(block.sample_ids)
        scores.append(scorer.score(block.vectors).score[:, 0])
    joined, order = np.concatenate(ids), np.argsort(np.concatenate(ids))
    return joined[order], np.concatenate(scores)[order]


def _judge(
    scorer: Scorer, position: int, votes: Votes, scored: tuple[Int64Array, Float64Array]
) -> Judged:
    """Put votes beside the scores. Sounds voted on aren't scored by themselves."""
    sample_ids, scores = scored
    verdict = np.full(len(sample_ids), -1, dtype=np.int8)
    weight, later = np.zeros(len(sample_ids)), np.zeros(len(sample_ids), dtype=np.bool_)
    at = np.searchsorted(sample_ids, votes.sample_ids)
    verdict[at] = votes.accepted
    own = scorer.own_anchors(votes.sample_ids, votes.hashes)
    score = scorer.score(votes.vectors, own).score[:, position]
    scores[at] = np.where(np.isnan(score), scores[at], score)
    weight[at] = np.where(votes.drawn, votes.weights, 0.0)
    first_drawn = int(votes.drawn.argmax())
    later[at] = ~votes.drawn & (np.arange(len(at)) > first_drawn)
    return Judged(scores, verdict, weight, later, np.array(votes.edges))


def _keys(
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


def _densities(
    population: _Population, keys: list[tuple[Any, ...]], settings: tuple[Sequence[str], float, int]
) -> list[CallDensity]:
    """Estimate each group's density, in the order of the groups; what isn't known comes last."""
    groups, level, seed = settings
    names = sorted({*keys}, key=lambda key: [(one is None, one) for one in key])
    if len(names) > MOST_GROUPS:
        raise LabelValueError(
            f"by: expected at most {MOST_GROUPS:,} groups, got {len(names):,}; take longer "
            "periods, or fewer kinds of groups"
        )
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
        densities.append(CallDensity(population.label, **of_group, level=level))
    return densities
