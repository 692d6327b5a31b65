"""What call density is estimated of: all sounds, or all moments, and what is known of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from sqlclap.db.statements import statement
from sqlclap.db.vectors import own_vectors
from sqlclap.errors import NotEnoughVotesError
from sqlclap.labels.call_density import Judged
from sqlclap.labels.labelled_examples import (
    Origin,
    Votes,
    read_draws,
    read_votes,
    unit_of,
    vote_weights,
)
from sqlclap.labels.scored_moments import UNKNOWN, ScoredMoments, known_moments, score_moments
from sqlclap.labels.scorer import Scorer

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlclap.arrays import BoolArray, Float64Array, Int64Array
    from sqlclap.db.database import Database

Unit = Literal["sound", "moment"]
FEWEST_VOTES = 10


@dataclass(frozen=True)
class Population:
    """All sounds, or moments, that can be scored for a label, and what is known of them.

    Attributes
    ----------
    label : str
    unit : {"sound", "moment"}
    sample_ids : np.ndarray [shape=(n,), dtype=int64]
    judged : Judged
    """

    label: str
    unit: Unit
    sample_ids: Int64Array
    judged: Judged


@dataclass(frozen=True)
class Ground:
    """What is scored for a label, before anything is known of it.

    Attributes
    ----------
    sample_ids : np.ndarray [shape=(n,), dtype=int64]
        Ascending.
    scores : np.ndarray [shape=(n,), dtype=float64]
    moments : ScoredMoments or None
        None: sounds are scored.
    numbers : mapping of int to int, optional
        What samples are called here of which anchors and votes tell by other numbers; others are
        not here. None: all are called the same.
    """

    sample_ids: Int64Array
    scores: Float64Array
    moments: ScoredMoments | None = None
    numbers: Mapping[int, int] | None = None

    @classmethod
    def of_moments(cls, moments: ScoredMoments, numbers: Mapping[int, int] | None = None) -> Ground:
        """Return it of moments."""
        return cls(moments.sample_ids, moments.score, moments, numbers)

    def called(self, sample_id: int) -> int | None:
        """Return what a sample is called here; None: it is not here."""
        return sample_id if self.numbers is None else self.numbers.get(sample_id)


def read_population(database: Database, scorer: Scorer, position: int, unit: Unit) -> Population:
    """Score all sounds, or moments, and read what is known of them; in a read transaction.

    Raises
    ------
    NotEnoughVotesError
        Fewer than 10 answers to reviews.
    """
    if unit == "moment":
        ground = Ground.of_moments(score_moments(database, scorer, position))
    else:
        ground = Ground(*score_sounds(database, scorer.of_label(position)))
    return population_of(database, scorer, position, ground)


def population_of(database: Database, scorer: Scorer, position: int, ground: Ground) -> Population:
    """Read what is known of what was scored; in a read transaction.

    Raises
    ------
    NotEnoughVotesError
        Fewer than 10 answers to reviews.
    """
    label = scorer.labels[position]
    if ground.moments is not None:
        judged = _judge_moments(database, scorer, label.label_id, ground)
        _check_number(label.name, "moment", judged)
        return Population(label.name, "moment", ground.sample_ids, judged)
    votes = read_votes(database, scorer, label.label_id, on_spans=False)
    judged = _judge_sounds(scorer, position, votes, ground)
    _check_number(label.name, "sound", judged)
    _note_known(database, label.label_id, ground, judged)
    return Population(label.name, "sound", ground.sample_ids, judged)


def _check_number(label: str, unit: Unit, judged: Judged) -> None:
    answers = int((judged.weight > 0).sum())
    if answers < FEWEST_VOTES:
        what, option = ("moments", " --moments") if unit == "moment" else ("sounds", "")
        raise NotEnoughVotesError(
            f"not enough answers to reviews of {label!r} that ask about {what}: have {answers}, "
            f"need at least {FEWEST_VOTES}; get some with `sqlclap review{option}`. Votes on "
            f"{what} that somebody picked don't tell how often it occurs"
        )


def score_sounds(database: Database, scorer: Scorer) -> tuple[Int64Array, Float64Array]:
    """Score all sounds; return their ids, ascending, and the scores."""
    ids, scores = [np.empty(0, dtype=np.int64)], [np.empty(0)]
    for block in own_vectors(database, scorer.model):
        ids.append(block.sample_ids)
        scores.append(scorer.score(block.vectors).score[:, 0])
    joined, order = np.concatenate(ids), np.argsort(np.concatenate(ids))
    return joined[order], np.concatenate(scores)[order]


def _judge_sounds(scorer: Scorer, position: int, votes: Votes, ground: Ground) -> Judged:
    """Put votes beside the scores. Sounds voted on aren't scored by themselves."""
    sample_ids, scores = ground.sample_ids, ground.scores
    called = [ground.called(one) for one in votes.sample_ids]
    here = np.array([one if one is not None else -1 for one in called], dtype=np.int64)
    kept = np.isin(here, sample_ids)
    at = np.searchsorted(sample_ids, here[kept])
    own = scorer.own_anchors(votes.sample_ids, votes.hashes)
    score = scorer.score(votes.vectors, own).score[kept, position]
    scores[at] = np.where(np.isnan(score), scores[at], score)
    weights = np.where(votes.drawn, votes.weights, 0.0)
    return _judged(scores, at, votes.accepted[kept], weights[kept], votes.edges)


def _judged(
    scores: Float64Array,
    at: Int64Array,
    accepted: BoolArray,
    weights: Float64Array,
    ends: list[float],
) -> Judged:
    """Put votes beside scores, at these places, oldest first; those that weren't drawn weigh 0."""
    count = len(scores)
    verdict, weight = np.full(count, -1, dtype=np.int8), np.zeros(count)
    later = np.zeros(count, dtype=np.bool_)
    verdict[at], weight[at] = accepted, weights
    first_drawn = int(np.argmax(weights > 0)) if len(weights) else 0
    later[at] = (weights == 0) & (np.arange(len(at)) > first_drawn)
    return Judged(scores, verdict, weight, later, np.array(ends))


def _note_known(database: Database, label_id: int, ground: Ground, judged: Judged) -> None:
    """Note what anchors and votes on spans say about sounds without a vote of their own."""
    rows = database.execute(statement("labels/density_known"), (label_id,)).fetchall()
    called = ((ground.called(sample_id), word) for sample_id, word in rows)
    known = {one: word for one, word in called if one is not None}
    sample_ids = ground.sample_ids
    at = np.flatnonzero(np.isin(sample_ids, list(known)) & (judged.verdict < 0))
    for place in at.tolist():
        word = known[int(sample_ids[place])]
        judged.verdict[place] = word != "negative"
        judged.later[place] = word == "span"


def _judge_moments(database: Database, scorer: Scorer, label_id: int, ground: Ground) -> Judged:
    """Put votes on moments beside their scores, and what else is known of them.

    Windows beside an anchor are like it, so those that were asked about are scored as all others.
    """
    moments = ground.moments
    assert moments is not None  # noqa: S101 it was looked at
    rows = database.execute(statement("labels/moment_votes"), (label_id,)).fetchall()
    called = [(ground.called(row[0]), *row[1:]) for row in rows]
    placed = [(_exactly(moments, *row[:3]), *row[3:]) for row in called if row[0] is not None]
    votes = [vote for vote in placed if vote[0] is not None]
    at = np.array([vote[0] for vote in votes], dtype=np.int64)
    query, bindings = statement("labels/calibration_reviews"), (label_id, scorer.model.model_id)
    drawn_by = read_draws(database.execute(query, bindings).fetchall())
    reviews = {key: draws for key, draws in drawn_by.items() if unit_of(draws) == "moment"}
    ends = [end for draws in reviews.values() for one in draws for end in (one.low, one.high)]
    origins = [
        Origin(review_id, stratum, float(moments.score[place]) if score is None else score)
        for place, _, review_id, stratum, score in votes
    ]
    drawn = np.array([one.review_id in reviews for one in origins], dtype=np.bool_)
    weights = np.where(drawn, vote_weights(origins, reviews), 0.0)
    accepted = np.array([vote[1] for vote in votes], dtype=np.bool_)
    judged = _judged(moments.score, at, accepted, weights, ends)
    known = known_moments(database, label_id, moments, ground.called)
    others = (judged.verdict == UNKNOWN) & (known != UNKNOWN)
    judged.verdict[others] = known[others]
    return judged


def _exactly(
    moments: ScoredMoments, sample_id: int, start_s: float | None, end_s: float | None
) -> int | None:
    """Return the moment that a vote is on; None where it is on none, or on another stretch."""
    if start_s is None or end_s is None:
        here = moments.of_sound(sample_id)
        here = here[moments.is_short[here]]
        return int(here[0]) if len(here) else None
    return moments.at_span(sample_id, start_s, end_s)
