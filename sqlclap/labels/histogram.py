"""How the scores of all samples for a label lie, beside those of votes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from sqlclap.db.vectors import own_vectors
from sqlclap.labels.store import find_label
from sqlclap.labels.votes import Verdict, Vote, list_votes

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlclap.arrays import Int64Array
    from sqlclap.db.database import Database
    from sqlclap.labels.scorer import Scorer
    from sqlclap.labels.scoring import LabelSettings

BINS = 120
"""Of equal width, from a cosine of -1 to 1."""

EDGES = np.linspace(-1, 1, BINS + 1)


@dataclass(frozen=True)
class VotedScore:
    """A vote in force and the score that its sample had then.

    Attributes
    ----------
    verdict : {"accept", "reject", "unsure"}
    score : float
    sample_id : int
    """

    verdict: Verdict
    score: float
    sample_id: int


@dataclass(frozen=True)
class ScoreHistogram:
    """How many samples have which score for a label.

    Attributes
    ----------
    label : str
    threshold : float
        The one in force.
    edges : list of float
        Of the bins from the first to the last that hold a sample: one more than `counts`.
    counts : list of int
        Samples a bin.
    votes : list of VotedScore
    """

    WHOLE: ClassVar[tuple[str, ...]] = ("threshold",)
    label: str
    threshold: float
    edges: list[float]
    counts: list[int]
    votes: list[VotedScore]


def score_histogram(database: Database, scorer: Scorer, name: str) -> ScoreHistogram:
    """Count all samples by their score for a label.

    Raises
    ------
    NoAnchorsError
        The label has none that score.
    """
    at = scorer.scoring_position(name)
    counts = count_scores(database, scorer, at)
    votes = list_votes(database, find_label(database, scorer.labels[at].name))
    return histogram_of(scorer.labels[at], counts, votes)


def count_scores(database: Database, scorer: Scorer, at: int) -> Int64Array:
    """Count all samples a bin by their score for a label, shape (bins,)."""
    counts = np.zeros(BINS, dtype=np.int64)
    for block in own_vectors(database, scorer.model):
        counts += np.histogram(scorer.score(block.vectors).score[:, at], EDGES)[0]
    return counts


def histogram_of(label: LabelSettings, counts: Int64Array, votes: Iterable[Vote]) -> ScoreHistogram:
    """Return counts of all bins, shape (bins,), as a label's histogram."""
    used = np.nonzero(counts)[0]
    first, last = (int(used[0]), int(used[-1]) + 1) if len(used) else (0, BINS)
    return ScoreHistogram(
        label.name,
        label.threshold,
        EDGES[first : last + 1].round(4).tolist(),
        counts[first:last].tolist(),
        [
            VotedScore(vote.verdict, vote.score, vote.sample_id)
            for vote in votes
            if vote.in_force and vote.score is not None and vote.start_s is None
        ],
    )
