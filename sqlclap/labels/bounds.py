"""Confidence bounds for a precision estimated from few, unequally likely votes.

The bound is Wilson's score interval, one-sided:
Wilson: Probable inference, the law of succession, and statistical inference (1927). It stays
inside 0 and 1 and, unlike the normal approximation, holds for few votes and near 1. Votes that
were drawn with unequal chances are weighted by the inverse of their chance (Horvitz, Thompson: A
generalization of sampling without replacement from a finite universe, 1952), and count as Kish's
effective number: (sum of weights) squared / sum of squared weights (Kish: Survey sampling, 1965).
"""

from __future__ import annotations

import math
from statistics import NormalDist
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]


def normal_quantile(level: float) -> float:
    """Return how many standard deviations hold a one-sided confidence `level` (0.5 to 1)."""
    return NormalDist().inv_cdf(level)


def wilson_bounds(share: Floats, votes: Floats, z: float) -> tuple[Floats, Floats]:
    """Return lower and upper bounds of a share, element by element.

    Parameters
    ----------
    share : np.ndarray
        Estimated share, 0 to 1.
    votes : np.ndarray
        Effective number of votes that it rests on; 0 gives the bounds 0 and 1.
    z : float
        See `normal_quantile`.
    """
    import numpy as np

    square = z * z
    held = np.maximum(votes, 1e-9)
    centre = share + square / (2 * held)
    spread = z * np.sqrt(share * (1 - share) / held + square / (4 * held * held))
    scale = 1 + square / held
    low = np.where(votes > 0, (centre - spread) / scale, 0.0)
    high = np.where(votes > 0, (centre + spread) / scale, 1.0)
    return np.clip(low, 0.0, 1.0), np.clip(high, 0.0, 1.0)


def votes_needed(target: float, z: float) -> int:
    """Return how many votes, all accepted, bring the lower bound to `target`.

    With all of n accepted the bound is n / (n + z^2), so n = z^2 * target / (1 - target).
    """
    return math.ceil(z * z * target / (1 - target) - 1e-9)


def effective_votes(weights: Floats) -> float:
    """Return Kish's effective number of weighted votes."""
    squares = float((weights**2).sum())
    return float(weights.sum()) ** 2 / squares if squares else 0.0
