"""The precision of a label, estimated from votes, with confidence bounds."""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist
from typing import TYPE_CHECKING, ClassVar

from sqlclap.errors import LabelValueError
from sqlclap.labels.labelled_examples import Votes, read_votes, score_votes
from sqlclap.labels.scorer import Scorer
from sqlclap.labels.scoring import CONFIDENCES, Confidence, LabelSettings, confidence_levels

if TYPE_CHECKING:
    from sqlclap.arrays import Float64Array
    from sqlclap.db.database import Database


def normal_quantile(level: float) -> float:
    """Return the standard normal quantile of a one-sided confidence `level` (0.5 to 1)."""
    return NormalDist().inv_cdf(level)


def wilson_bounds(
    share: Float64Array, votes: Float64Array, z: float
) -> tuple[Float64Array, Float64Array]:
    """Return lower and upper bounds of a share, element by element.

    Parameters
    ----------
    share : np.ndarray
        Estimated share, 0 to 1.
    votes : np.ndarray
        Effective number of votes behind the estimate; 0 gives the bounds 0 and 1.
    z : float
        See `normal_quantile`.
    """
    import numpy as np

    square = z * z
    positive_votes = np.maximum(votes, 1e-9)
    centre = share + square / (2 * positive_votes)
    spread = z * np.sqrt(
        share * (1 - share) / positive_votes + square / (4 * positive_votes * positive_votes)
    )
    scale = 1 + square / positive_votes
    low = np.where(votes > 0, (centre - spread) / scale, 0.0)
    high = np.where(votes > 0, (centre + spread) / scale, 1.0)
    return np.clip(low, 0.0, 1.0), np.clip(high, 0.0, 1.0)


def votes_needed(target: float, z: float) -> int:
    """Return how many votes, if all are accepted, raise the lower bound to `target`.

    With all of n accepted the bound is n / (n + z^2), so n = z^2 * target / (1 - target).
    """
    return math.ceil(z * z * target / (1 - target) - 1e-9)


def effective_votes(weights: Float64Array) -> float:
    """Return Kish's effective number of weighted votes."""
    squares = float((weights**2).sum())
    return float(weights.sum()) ** 2 / squares if squares else 0.0


LEVEL = 0.95
TARGET = 0.9
"""Target precision of a run, if neither the run nor a calibration states another."""

VOTES_TO_REFUSE = 5
"""Effective votes from which a low precision stops a run. With fewer, there is only a warning: to
reject a single match leaves out that one, and says nothing about the others."""


@dataclass(frozen=True)
class Precision:
    """Precision of the sounds that reach a confidence, estimated from votes.

    Attributes
    ----------
    label : str
    confidence : {"high", "medium", "low"}
    threshold : float
        The label's threshold, or the one that was asked for.
    level : float
        Confidence of each bound, one-sided.
    votes, above : int
        Number of votes, and of those on sounds that reach the confidence.
    effective : float
        Effective number of the latter; see `effective_votes`.
    precision, low, high : float or None
        Estimate and bounds; None where no vote reaches the confidence.
    """

    WHOLE: ClassVar[tuple[str, ...]] = ("threshold",)
    label: str
    confidence: Confidence
    threshold: float
    level: float
    votes: int
    above: int = 0
    effective: float = 0.0
    precision: float | None = None
    low: float | None = None
    high: float | None = None

    def __str__(self) -> str:
        if self.precision is None or self.low is None or self.high is None:
            none = f"none of {self.votes} votes reaches {self.confidence}"
            return f"precision not measured: {none if self.votes else 'no votes yet'}"
        within = f"{self.low:.2f} to {self.high:.2f}"
        votes = "1 vote" if self.above == 1 else f"{self.above} votes"
        return f"measured precision {self.precision:.2f} ({within}, from {votes})"


@dataclass(frozen=True)
class Judgement:
    """A label's estimated precision, compared with its target.

    Attributes
    ----------
    precision : Precision
    target : float
    """

    precision: Precision
    target: float

    @property
    def falls_short(self) -> bool:
        """Whether the estimate lies below the target."""
        return self.precision.precision is not None and self.precision.precision < self.target

    @property
    def is_refused(self) -> bool:
        """Whether the whole confidence interval lies below the target."""
        measured = self.precision
        enough = measured.effective >= VOTES_TO_REFUSE - 1e-9
        return measured.high is not None and measured.high < self.target and enough

    @property
    def warning(self) -> str | None:
        """A warning if the estimate misses the target; otherwise None."""
        if not self.falls_short:
            return None
        return f"{self.precision} lies below the target of {self.target:g}"


def measure_precision(
    database: Database,
    scorer: Scorer,
    position: int,
    confidence: Confidence = "high",
    threshold: float | None = None,
) -> Precision:
    """Measure a label's precision among sounds that reach a confidence.

    Votes on whole sounds tell it; where there are none, those on spans of sounds do.

    Parameters
    ----------
    database : Database
    scorer : Scorer
    position : int
        The label's, among the scorer's.
    confidence : {"high", "medium", "low"}
        A label without a rival is measured as though it could be high: that is what a calibration
        would make of it.
    threshold : float, optional
        Instead of the label's own.
    """
    label = scorer.labels[position]
    votes = read_votes(database, scorer, label.label_id, on_spans=False)
    if not votes.sample_ids:  # of a label that speaks of moments alone, those
        votes = read_votes(database, scorer, label.label_id, on_spans=True)
    return _measure(scorer, position, votes, confidence, threshold)


def measure_moment_precision(
    database: Database,
    scorer: Scorer,
    position: int,
    confidence: Confidence = "high",
    threshold: float | None = None,
) -> Precision:
    """Measure a label's precision among moments that reach a confidence, by votes on spans."""
    votes = read_votes(database, scorer, scorer.labels[position].label_id, on_spans=True)
    return _measure(scorer, position, votes, confidence, threshold)


def _measure(
    scorer: Scorer,
    position: int,
    votes: Votes,
    confidence: Confidence,
    threshold: float | None,
) -> Precision:
    import numpy as np

    label = scorer.labels[position]
    limit = label.threshold if threshold is None else threshold
    none = Precision(label.name, confidence, limit, LEVEL, len(votes.sample_ids))
    if not votes.sample_ids or not len(scorer.positives[position]):
        return none
    examples = score_votes(scorer, position, votes, label.top_k)
    levels = confidence_levels(examples.score, examples.gap, limit, label.gap)
    reaching = examples.take(levels >= CONFIDENCES.index(confidence))
    if not len(reaching.weights):
        return none
    share = float(reaching.weights[reaching.accepted].sum() / reaching.weights.sum())
    effective = effective_votes(reaching.weights)
    bounds = wilson_bounds(np.array([share]), np.array([effective]), normal_quantile(LEVEL))
    low, high = (float(bound[0]) for bound in bounds)
    counts = (len(votes.sample_ids), len(reaching.weights), effective)
    return Precision(label.name, confidence, limit, LEVEL, *counts, share, low, high)


def judge(
    database: Database,
    scorer: Scorer,
    position: int,
    confidence: Confidence,
    target: float | None = None,
) -> Judgement:
    """Compare a label's precision with a target, by default that of its calibration."""
    if target is None:
        target = _calibrated_target(database, scorer.labels[position])
    return Judgement(measure_precision(database, scorer, position, confidence), target)


def check_target(target: float | None) -> None:
    """Check that a target is a precision between 0 and 1.

    Raises
    ------
    LabelValueError
    """
    if target is not None and not 0 < target < 1:
        raise LabelValueError(f"target: expected a precision between 0 and 1, got {target}")


def _calibrated_target(database: Database, label: LabelSettings) -> float:
    if not label.is_calibrated:
        return TARGET
    query = "SELECT target_precision FROM calibrations WHERE calibration_id = ?"
    row = database.execute(query, (label.calibration_id,)).fetchone()
    return float(row[0]) if row else TARGET
