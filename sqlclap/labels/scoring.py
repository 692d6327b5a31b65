"""The formula: from cosines to scores, rivals, gaps and confidence, over many sounds at once.

- Similarity to an anchor: ``min(cosine, weight * cosine)``. A weight never raises it.
- Score of a label: the mean of its best ``depth`` positive similarities (all, if it has fewer).
  ``depth`` 1 is the maximum.
- Rival: the larger of the best other label's score and the best own negative similarity.
- Gap: score - rival. Where there is no rival there is no gap, and nothing to fail.
- Confidence: high at score >= threshold and gap >= the label's gap; medium at
  score >= 0.85 * threshold and gap >= 0; else low.

``sql/views/label_scores.sql`` says the same in SQL; tests prove them equal.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]
    Similarities = npt.NDArray[np.floating[Any]]
    Levels = npt.NDArray[np.int8]

Confidence = Literal["high", "medium", "low"]
CONFIDENCES: tuple[Confidence, ...] = ("low", "medium", "high")
MEDIUM_SHARE = 0.85


@dataclass(frozen=True)
class LabelSettings:
    """How a label scores under a model.

    Attributes
    ----------
    label_id : int
    name : str
    depth : int
        Anchors that the score is the mean of.
    threshold, gap : float
    threshold_from : {"hand", "calibrated", "default"}
    calibration_id : int or None
        The calibration in force.
    """

    label_id: int
    name: str
    depth: int
    threshold: float
    gap: float
    threshold_from: str
    calibration_id: int | None


@dataclass(frozen=True)
class Scores:
    """Scores of n sounds for L labels; NaN stands for "there is none".

    Attributes
    ----------
    score : np.ndarray [shape=(n, L), dtype=float64]
        -1 to 1; NaN for labels without anchors.
    rival, gap : np.ndarray [shape=(n, L), dtype=float64]
        -1 to 1 and -2 to 2; NaN where there is no rival.
    """

    score: Floats
    rival: Floats
    gap: Floats


def weighted(cosines: Similarities, weights: Floats) -> Similarities:
    """Return similarities: ``min(cosine, weight * cosine)``, element by element.

    They are as precise as the cosines, unless weights take part.
    """
    import numpy as np

    bounded = np.clip(cosines, -1.0, 1.0)
    return bounded if (weights == 1.0).all() else np.minimum(bounded, weights * bounded)


def mean_of_best(similarities: Similarities, depth: int) -> Floats:
    """Return the mean of the largest `depth` similarities of each row.

    Parameters
    ----------
    similarities : np.ndarray [shape=(n, anchors)]
        ``-inf`` marks anchors that a row must not be scored by.
    depth : int
        At least 1; rows with fewer anchors take all they have.

    Returns
    -------
    np.ndarray [shape=(n,)]
        NaN for rows without anchors.
    """
    import numpy as np

    rows, anchors = similarities.shape
    if anchors == 0:
        return np.full(rows, np.nan)
    if depth < anchors:
        similarities = np.partition(similarities, anchors - depth, axis=1)[:, anchors - depth :]
    total: Floats = similarities.sum(axis=1, dtype=np.float64)
    if np.isfinite(total).all():
        mean: Floats = total / similarities.shape[1]
        return mean
    usable = np.isfinite(similarities)
    count = usable.sum(axis=1)
    total = np.where(usable, similarities, 0.0).sum(axis=1, dtype=np.float64)
    means: Floats = np.divide(total, count, out=np.full(rows, np.nan), where=count > 0)
    return means


def best_of(similarities: Similarities) -> Floats:
    """Return each row's largest similarity, shape (n,); NaN for rows without any."""
    return mean_of_best(similarities, 1)


def best_other(scores: Floats) -> Floats:
    """Return for each label the best score among the others, shape (n, L); NaN if there is none."""
    import numpy as np

    rows, labels = scores.shape
    if labels < 2:
        return np.full((rows, labels), np.nan)
    filled = np.where(np.isnan(scores), -np.inf, scores)
    best = filled.argmax(axis=1)
    two = np.partition(filled, labels - 2, axis=1)[:, labels - 2 :]
    other = np.where(np.arange(labels) == best[:, None], two[:, :1], two[:, 1:])
    return np.where(np.isfinite(other), other, np.nan)


def compare(score: Floats, negative: Floats) -> Scores:
    """Put scores beside their rivals.

    Parameters
    ----------
    score, negative : np.ndarray [shape=(n, L)]
        Labels' scores and their best own negative similarities; NaN for none.
    """
    import numpy as np

    rival = np.fmax(best_other(score), negative)
    return Scores(score, rival, score - rival)


def confidence_levels(score: Floats, gap: Floats, threshold: float, label_gap: float) -> Levels:
    """Return each sound's confidence for one label: an index into `CONFIDENCES`."""
    import numpy as np

    no_rival = np.isnan(gap)
    medium = (score >= MEDIUM_SHARE * threshold) & (no_rival | (gap >= 0))
    high = (score >= threshold) & (no_rival | (gap >= label_gap))
    levels: Levels = np.where(high, 2, np.where(medium, 1, 0)).astype(np.int8)
    return levels
