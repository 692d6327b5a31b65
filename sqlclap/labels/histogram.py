"""How the scores of all samples for a label lie, beside those of votes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from sqlclap.db.vectors import own_vectors
from sqlclap.labels.store import Label, find_label
from sqlclap.labels.votes import Verdict, list_votes

if TYPE_CHECKING:
    from sqlclap.db.database import Database
    from sqlclap.labels.scorer import Scorer

BINS = 120
"""Of equal width, from a cosine of -1 to 1."""


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
    edges = np.linspace(-1, 1, BINS + 1)
    counts = np.zeros(BINS, dtype=np.int64)
    for block in own_vectors(database, scorer.model):
        counts += np.histogram(scorer.score(block.vectors).score[:, at], edges)[0]
    used = np.nonzero(counts)[0]
    first, last = (int(used[0]), int(used[-1]) + 1) if len(used) else (0, BINS)
    settings = scorer.labels[at]
    return ScoreHistogram(
        settings.name,
        settings.threshold,
        edges[first : last + 1].round(4).tolist(),
        counts[first:last].tolist(),
        _voted(database, find_label(database, settings.name)),
    )


def _voted(database: Database, label: Label) -> list[VotedScore]:
    return [
        VotedScore(vote.verdict, vote.score, vote.sample_id)
        for vote in list_votes(database, label)
        if vote.in_force and vote.score is not None and vote.start_s is None
    ]
