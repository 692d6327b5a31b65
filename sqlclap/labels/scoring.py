"""The scoring formula: from cosines to scores, rivals, gaps and confidence."""

from __future__ import annotations

import math
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Literal

if TYPE_CHECKING:
    from sqlclap.arrays import Float64Array, Int8Array, Int64Array
    from sqlclap.labels.aggregations import AggregationName, Similarities


def or_none(value: float) -> float | None:
    """Turn NaN, which stands for "there is none" in arrays, into None."""
    return None if math.isnan(value) else float(value)


Confidence = Literal["high", "medium", "low"]
CONFIDENCES: tuple[Confidence, ...] = ("low", "medium", "high")
MEDIUM_SHARE = 0.85
NO_RIVAL = -1

SHORT_SCORE, SHORT_LEAD, UNOPPOSED = 1, 2, 4
_REASONS = {SHORT_SCORE: "score", SHORT_LEAD: "rival", UNOPPOSED: "no rival"}
HELD_BACK_BY: tuple[str | None, ...] = tuple(
    ", ".join(word for bit, word in _REASONS.items() if bits & bit) or None for bits in range(8)
)
"""What keeps a sound from high confidence, by the sum of the reasons' bits: None, "score", ..."""


@dataclass(frozen=True)
class LabelSettings:
    """How a label scores under a model.

    Attributes
    ----------
    label_id : int
    name : str
    top_k : int
        Best anchors that the score takes in.
    threshold, gap : float
    threshold_from : {"hand", "calibrated", "default"}
    calibration_id : int or None
        The calibration in force.
    aggregation : AggregationName
        How the score is made; see `sqlclap.labels.aggregations`.
    """

    WHOLE: ClassVar[tuple[str, ...]] = ("threshold", "gap")
    label_id: int
    name: str
    top_k: int
    threshold: float
    gap: float
    threshold_from: str
    calibration_id: int | None
    aggregation: AggregationName = "mean"

    @property
    def is_calibrated(self) -> bool:
        """Whether its threshold is calibrated from votes."""
        return self.threshold_from == "calibrated"

    @property
    def depth(self) -> int:
        """The former name of `top_k`; it goes with the next version."""
        warnings.warn("LabelSettings.depth is called top_k now", DeprecationWarning, stacklevel=2)
        return self.top_k


@dataclass(frozen=True)
class Scores:
    """Scores of n sounds for L labels; NaN stands for "there is none".

    Attributes
    ----------
    score : np.ndarray [shape=(n, L), dtype=float64]
        -1 to 1; NaN for labels without anchors.
    rival, gap : np.ndarray [shape=(n, L), dtype=float64]
        -1 to 1 and -2 to 2; NaN where there is no rival.
    rival_at : np.ndarray [shape=(n, L), dtype=int64]
        Who the rival is: a label's position; `negative_at` of an anchor's position; or `NO_RIVAL`.
    """

    score: Float64Array
    rival: Float64Array
    gap: Float64Array
    rival_at: Int64Array


def weighted(cosines: Similarities, weights: Float64Array) -> Similarities:
    """Return similarities: ``min(cosine, weight * cosine)``, element by element.

    They are as precise as the cosines, unless weights take part.
    """
    import numpy as np

    bounded = np.clip(cosines, -1.0, 1.0)
    return bounded if (weights == 1.0).all() else np.minimum(bounded, weights * bounded)


def negative_at(anchor: Any) -> Any:
    """Turn anchors' positions into what `Scores.rival_at` has for them, and back."""
    return -2 - anchor


def best_other(scores: Float64Array) -> tuple[Float64Array, Int64Array]:
    """Return each label's best score among the other labels, and its position, shapes (n, L).

    NaN and `NO_RIVAL` where there is none. Of labels that tie, the first counts.
    """
    import numpy as np

    rows, labels = scores.shape
    if labels < 2:
        nobody = np.full((rows, labels), NO_RIVAL, dtype=np.int64)
        return np.full((rows, labels), np.nan), nobody
    filled = np.where(np.isnan(scores), -np.inf, scores)
    every = np.arange(rows)
    best = filled.argmax(axis=1)
    top = filled[every, best]
    filled[every, best] = -np.inf
    second = filled.argmax(axis=1)
    is_best = np.arange(labels) == best[:, None]
    other = np.where(is_best, filled[every, second][:, None], top[:, None])
    whose = np.where(is_best, second[:, None], best[:, None])
    known = np.isfinite(other)
    return np.where(known, other, np.nan), np.where(known, whose, NO_RIVAL)


def compare(score: Float64Array, negative: Float64Array, negatives_at: Int64Array) -> Scores:
    """Compute rivals and gaps of scores.

    Parameters
    ----------
    score, negative : np.ndarray [shape=(n, L)]
        Labels' scores and their best own negative similarities; NaN for none.
    negatives_at : np.ndarray [shape=(n, L), dtype=int64]
        Positions of those negative anchors.
    """
    import numpy as np

    other, whose = best_other(score)
    own = ~np.isnan(negative) & ~(other >= negative)
    rival = np.where(own, negative, other)
    return Scores(score, rival, score - rival, np.where(own, negative_at(negatives_at), whose))


def confidence_levels(
    score: Float64Array,
    gap: Float64Array,
    threshold: float,
    label_gap: float,
    trusted: bool = False,
) -> Int8Array:
    """Return each sound's confidence for one label: an index into `CONFIDENCES`.

    Parameters
    ----------
    score, gap : np.ndarray [shape=(n,)]
    threshold, label_gap : float
    trusted : bool
        The threshold is calibrated: a score alone, without a rival, can be high.
    """
    import numpy as np

    no_rival = np.isnan(gap)
    medium = (score >= MEDIUM_SHARE * threshold) & (no_rival | (gap >= 0))
    high = (score >= threshold) & ((gap >= label_gap) | (no_rival & trusted))
    levels: Int8Array = np.where(high, 2, np.where(medium, 1, 0)).astype(np.int8)
    return levels


def held_back(
    score: Float64Array,
    gap: Float64Array,
    threshold: float,
    label_gap: float,
    trusted: bool = False,
) -> Int8Array:
    """Return what keeps each sound from high: indices into `HELD_BACK_BY`; see above."""
    import numpy as np

    no_rival = np.isnan(gap)
    short = np.where(score >= threshold, 0, SHORT_SCORE)
    lead = np.where(no_rival | (gap >= label_gap), 0, SHORT_LEAD)
    alone = np.where(no_rival & (not trusted), UNOPPOSED, 0)
    reasons: Int8Array = (short + lead + alone).astype(np.int8)
    return reasons
