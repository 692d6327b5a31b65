"""Fitting threshold, gap and `top_k` to votes.

Threshold and gap: for each candidate gap, take the lowest score above which the lower bound of
the precision of "score >= threshold and gap >= candidate" meets the target; keep the pair that
lets the largest share of accepted votes through. Candidate gaps are 0 and quantiles of the
accepted votes' margins over their rivals.

Depth: the one with the best average precision over folds of the votes, all scored out of sample.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from sqlclap.labels.labelled_examples import Examples
from sqlclap.labels.precision import effective_votes, wilson_bounds

if TYPE_CHECKING:
    from sqlclap.arrays import BoolArray, Float64Array, Int64Array

GAP_QUANTILES = (0.02, 0.05, 0.1, 0.2, 0.3, 0.5)
FOLDS = 5
ROUNDING = 1e-6
"""Margin of a threshold below its score, since scores differ slightly between code paths."""


@dataclass(frozen=True)
class ThresholdSweep:
    """Precision over all thresholds, from the highest score down.

    Attributes
    ----------
    threshold, precision, low, high, recall, votes : np.ndarray [shape=(n,), dtype=float64]
        Of what scores at least `threshold`: the estimated precision with its bounds, the share of
        accepted pairs, the effective number of votes.
    """

    threshold: Float64Array
    precision: Float64Array
    low: Float64Array
    high: Float64Array
    recall: Float64Array
    votes: Float64Array


@dataclass(frozen=True)
class OperatingPoint:
    """A rule "score >= threshold and gap >= gap", with its estimated precision and recall.

    Attributes
    ----------
    threshold, gap : float
    precision, precision_low : float
        Estimate and lower bound.
    recall : float
        Share of accepted pairs that it lets through.
    votes : float
        Effective number of votes above it.
    """

    WHOLE: ClassVar[tuple[str, ...]] = ("threshold", "gap")
    threshold: float
    gap: float
    precision: float
    precision_low: float
    recall: float
    votes: float


@dataclass(frozen=True)
class TargetPrecision:
    """The precision target of a rule.

    Attributes
    ----------
    target : float
        Precision, 0 to 1, that the lower bound has to meet.
    z : float
        Of the bound: see `normal_quantile`.
    """

    target: float
    z: float


def precision_curve(
    examples: Examples, target: TargetPrecision, total_accepted: float
) -> ThresholdSweep:
    """Return precision and recall at every threshold that a vote's score makes.

    Parameters
    ----------
    examples : Examples
    target : TargetPrecision
    total_accepted : float
        Weight of all accepted votes, for the recall.
    """

    order = np.argsort(-examples.score, kind="stable")
    score, weights = examples.score[order], examples.weights[order]
    accepted = np.cumsum(weights * examples.accepted[order])
    total, squares = np.cumsum(weights), np.cumsum(weights**2)
    # Votes with equal scores can't be separated: only the last of them makes a threshold.
    last = np.append(score[1:] != score[:-1], True) if len(score) else np.zeros(0, dtype=bool)
    share, votes = (accepted / total)[last], (total**2 / squares)[last]
    low, high = wilson_bounds(share, votes, target.z)
    recall = accepted[last] / total_accepted if total_accepted else np.zeros(len(share))
    return ThresholdSweep(score[last], share, low, high, recall, votes)


def fit_point(examples: Examples, target: TargetPrecision) -> OperatingPoint | None:
    """Return the rule that meets the target and keeps the most accepted votes, or None."""
    best: OperatingPoint | None = None
    total = float(examples.weights[examples.accepted].sum())
    for gap in _candidate_gaps(examples):
        curve = precision_curve(examples.take(examples.gap >= gap), target, total)
        point = _lowest_meeting(curve, gap, target.target)
        if point is not None and (best is None or point.recall > best.recall + 1e-12):
            best = point
    return best


def best_bound(examples: Examples, target: TargetPrecision) -> OperatingPoint | None:
    """Return the rule with the highest lower bound, to show how near it comes to the target."""

    total = float(examples.weights[examples.accepted].sum())
    points = []
    for gap in _candidate_gaps(examples):
        curve = precision_curve(examples.take(examples.gap >= gap), target, total)
        if len(curve.low):
            points.append(_point(curve, int(np.argmax(curve.low)), gap))
    return max(points, key=lambda point: point.precision_low, default=None)


def _candidate_gaps(examples: Examples) -> list[float]:
    margins = examples.gap[examples.accepted & np.isfinite(examples.gap)]
    quantiles = np.quantile(margins, GAP_QUANTILES) if len(margins) else np.empty(0)
    return sorted({0.0, *(float(gap) for gap in quantiles if gap > 0)})


def _lowest_meeting(curve: ThresholdSweep, gap: float, target: float) -> OperatingPoint | None:
    # A label's threshold can't be below 0.
    meeting = np.flatnonzero((curve.low >= target) & (curve.threshold >= 0))
    return _point(curve, int(meeting[-1]), gap) if len(meeting) else None


def _point(curve: ThresholdSweep, index: int, gap: float) -> OperatingPoint:
    score = float(curve.threshold[index])
    below = float(curve.threshold[index + 1]) if index + 1 < len(curve.threshold) else -1.0
    threshold = max(score - ROUNDING, (score + below) / 2)
    return OperatingPoint(
        threshold=min(1.0, max(0.0, threshold)),
        gap=gap,
        precision=float(curve.precision[index]),
        precision_low=float(curve.low[index]),
        recall=float(curve.recall[index]),
        votes=float(curve.votes[index]),
    )


def average_precision(examples: Examples) -> float:
    """Return the weighted mean precision at each accepted vote, 0 to 1; 0 without any."""

    order = np.lexsort((examples.accepted, -examples.score))  # ties count against
    weights, accepted = examples.weights[order], examples.accepted[order]
    precision = np.cumsum(weights * accepted) / np.cumsum(weights)
    accepted_weights = weights * accepted
    return (
        float((precision * accepted_weights).sum() / accepted_weights.sum())
        if accepted_weights.sum()
        else 0.0
    )


def folds(examples: Examples, seed: int = 0) -> list[Int64Array]:
    """Split examples into `FOLDS` parts that each hold their share of accepted votes."""

    rng = np.random.default_rng(seed)
    parts: list[list[int]] = [[] for _ in range(FOLDS)]
    for accepted in (True, False):
        members = rng.permutation(np.flatnonzero(examples.accepted == accepted))
        for index, member in enumerate(members.tolist()):
            parts[index % FOLDS].append(member)
    return [np.array(sorted(part), dtype=np.int64) for part in parts]


def choose_top_k(
    top_ks: Sequence[int], score_at: Callable[[int], Examples], current: int
) -> tuple[int, dict[int, float]]:
    """Return the top_k with the best average precision over folds, and that of each top_k.

    The current top_k stays unless another is better by more than a standard error of the folds'
    differences: few votes don't turn it over.
    """

    found = {}
    for top_k in top_ks:
        examples = score_at(top_k)
        parts = [examples.take(part) for part in folds(examples)]
        found[top_k] = np.array([average_precision(part) for part in parts if part.accepted.any()])
    means = {top_k: float(values.mean()) if len(values) else 0.0 for top_k, values in found.items()}
    best = max(top_ks, key=lambda top_k: (means[top_k], top_k == current, -top_k))
    if current in found and len(found[best]) == len(found[current]) > 1:
        differences = found[best] - found[current]
        error = float(differences.std(ddof=1)) / len(differences) ** 0.5
        if float(differences.mean()) <= error:
            best = current
    return best, means


def cross_fitted(examples: Examples, target: TargetPrecision) -> dict[str, float] | None:
    """Return the cross-validated precision: fitted on 4/5 of the votes, measured on 1/5.

    Returns
    -------
    dict or None
        precision, precision_low, votes (effective); None where a part can't be fitted.
    """

    passes = cross_fitted_passes(examples, target)
    if passes is None or not passes.any():
        return None
    weights = examples.weights[passes]
    accepted = weights * examples.accepted[passes]
    share, votes = accepted.sum() / weights.sum(), effective_votes(weights)
    low, _ = wilson_bounds(np.array(share), np.array(votes), target.z)
    return {"precision": float(share), "precision_low": float(low), "votes": votes}


def cross_fitted_passes(examples: Examples, target: TargetPrecision) -> BoolArray | None:
    """Return which examples pass a rule that was fitted to the others: 4/5 of the votes each time.

    Returns
    -------
    np.ndarray [shape=(n,), dtype=bool] or None
        None where a part can't be fitted.
    """

    passes = np.zeros(len(examples.score), dtype=np.bool_)
    everyone = np.arange(len(examples.score))
    for part in folds(examples):
        point = fit_point(examples.take(np.setdiff1d(everyone, part)), target)
        if point is None:
            return None
        unseen = examples.take(part)
        passes[part] = (unseen.score >= point.threshold) & (unseen.gap >= point.gap)
    return passes
