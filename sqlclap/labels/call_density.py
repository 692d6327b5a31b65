"""Call density: the share of sounds that hold a label, estimated from a review's answers.

Matches above a threshold can't be counted as calls: some are false, and some calls score below it.
Navine, Denton, Weldy and Hart ("All Thresholds Barred: Direct Estimation of Call Density in
Bioacoustic Data", 2024, arXiv:2402.15360) sort all windows into bins b by score, have some of each
bin judged, and add up

    P(+) = sum over b of P(b) * P(+|b),   P(+|b) ~ Beta(yes + 0.1, no + 0.1),

where P(b) is counted and not estimated. Here, too, but for four things:

- **Neighbouring bins inform each other.** Where a label is rare, most sounds lie in bins without a
  "yes", and independent Beta distributions there add up to several percent of nothing. Here the
  logits of P(+|b) rise with the score by a slope (unknown, not negative) and may wander off that
  line: a random walk of variance `WANDER` ** 2 for each standard deviation of the scores. The
  posterior is drawn exactly, bin by bin on a grid (forward filtering, backward sampling).
- **Any review will do.** Votes count by how they were drawn: in a bin with weights w (inverse
  probabilities), yes and no are the weighted shares of Kish's effective number of votes,
  (sum w)^2 / sum w^2. Bins are also cut where a stratum of a review ends, so that weights within
  a bin are mostly alike.
- **Sounds that were judged are known.** Only the others are uncertain: their number is drawn from a
  binomial distribution.
- **Few answers widen the interval**, as Student's t does where a variance is estimated: it reaches
  to the quantiles that are as far out as those of t for Kish's effective number of all answers,
  less one (Satterthwaite, "An Approximate Distribution of Estimates of Variance Components", 1946).
"""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from sqlclap.arrays import BoolArray, Float64Array, Int8Array, Int64Array

LOGITS = np.arange(-14.0, 9.01, 0.2)
"""Grid of the logit of P(+|b): from one in a million to nearly all."""

SLOPES = (0.0, 0.5, 1.0, 1.5, 2.0, 3.0, 4.5, 6.5)
"""Rise of the logit for each standard deviation of the scores; equally likely beforehand."""

WANDER = 1.8
"""Standard deviation of what the logit strays from its line over one of the scores'."""

SHARES = (0.25, *(1 - 0.5**n for n in range(1, 10)))
"""Where bins are cut: shares of sounds that score below. Each holds half of those above it."""

DRAWS = 1000
"""Draws from the posterior."""

_P = 1 / (1 + np.exp(-LOGITS))
_YES, _NO = np.log(_P), np.log1p(-_P)


@dataclass(frozen=True)
class Judged:
    """All sounds with their scores, and what is known of them.

    Attributes
    ----------
    score : np.ndarray [shape=(n,), dtype=float64]
    verdict : np.ndarray [shape=(n,), dtype=int8]
        1: it holds the label; 0: it doesn't; -1: nobody has said.
    weight : np.ndarray [shape=(n,), dtype=float64]
        Of verdicts on sounds that a review drew: the inverse of the probability. Otherwise 0: a
        verdict on a sound that somebody picked says nothing of others.
    later : np.ndarray [shape=(n,), dtype=bool]
        Verdicts on picked sounds that a review might have drawn before they were picked.
    cuts : np.ndarray [shape=(m,), dtype=float64]
        Scores at which strata of reviews end.
    """

    score: Float64Array
    verdict: Int8Array
    weight: Float64Array
    later: BoolArray
    cuts: Float64Array


@dataclass(frozen=True)
class Counts:
    """Sounds and votes in each bin, of all or of each group: shape (bins,) or (groups, bins).

    Attributes
    ----------
    sounds : np.ndarray [dtype=float64]
    held : np.ndarray [dtype=float64]
        Sounds known to hold the label.
    open : np.ndarray [dtype=float64]
        Sounds of which it is unknown, or was when others were drawn.
    at_least, at_most : np.ndarray [dtype=float64]
        How many of these can hold the label, by what has been said since.
    votes, yes : np.ndarray [dtype=float64]
        Effective number of votes on drawn sounds, and of those that say yes.
    """

    sounds: Float64Array
    held: Float64Array
    open: Float64Array
    at_least: Float64Array
    at_most: Float64Array
    votes: Float64Array
    yes: Float64Array


@dataclass(frozen=True)
class Interval:
    """An estimated share with its interval, equal-tailed.

    Attributes
    ----------
    share, low, high : float
        Median of the posterior, and bounds.
    """

    share: float
    low: float
    high: float


def estimate_density(judged: Judged, level: float = 0.9, seed: int = 0) -> Interval:
    """Estimate the share of sounds that hold a label; see the module's docstring.

    Parameters
    ----------
    judged : Judged
        With at least one drawn vote.
    level : float
        Probability of the interval (0 to 1).
    seed : int
        The same one gives the same numbers.
    """
    rng = np.random.default_rng(seed)
    bins = Bins.of(judged)
    counts = bins.count(judged)
    shares = draw_shares(counts, bins.position, rng)
    return interval(counts, shares, widened_level(judged, level), rng)


@dataclass(frozen=True)
class Bins:
    """The sounds' bins by score, lowest first; every bin holds a sound.

    Attributes
    ----------
    member : np.ndarray [shape=(sounds,), dtype=int64]
        Each sound's bin.
    position : np.ndarray [shape=(bins,), dtype=float64]
        The bins' mean scores, in standard deviations of all scores.
    """

    member: Int64Array
    position: Float64Array

    @classmethod
    def of(cls, judged: Judged) -> Bins:
        """Cut at `SHARES`, and where strata end."""
        score = judged.score
        edges = np.unique(np.concatenate([np.quantile(score, SHARES), judged.cuts]))
        found = np.searchsorted(edges, score, side="right")
        member = np.unique(found, return_inverse=True)[1].reshape(-1)
        means = np.bincount(member, score) / np.bincount(member)
        return cls(member, (means - score.mean()) / max(float(score.std()), 1e-12))

    def count(self, judged: Judged, groups: Int64Array | None = None) -> Counts:
        """Count in bins, or in groups (counted from 0) and bins."""
        bins, shape = self.member, (len(self.position),)
        if groups is None:
            return _counted(judged, bins, shape)
        several = (int(groups.max()) + 1, *shape)
        return _counted(judged, groups * shape[0] + bins, several)


def _counted(judged: Judged, cells: Int64Array, shape: tuple[int, ...]) -> Counts:
    size = int(np.prod(shape))

    def total(values: np.ndarray) -> Float64Array:
        counted = np.bincount(cells, values.astype(np.float64), size)
        return counted.astype(np.float64).reshape(shape)

    yes, drawn = judged.verdict == 1, judged.weight > 0
    is_open = (judged.verdict < 0) | judged.later
    opened = total(is_open)
    sums, squares = total(judged.weight), total(judged.weight**2)
    votes = np.divide(sums**2, squares, out=np.zeros(shape), where=squares > 0)
    share = np.divide(total(judged.weight * yes), sums, out=np.zeros(shape), where=sums > 0)
    return Counts(
        sounds=total(np.ones_like(judged.score)),
        held=total(yes & ~judged.later & (drawn | (judged.verdict >= 0))),
        open=opened,
        at_least=total(yes & judged.later),
        at_most=opened - total((judged.verdict == 0) & judged.later),
        votes=votes,
        yes=votes * share,
    )


def draw_shares(
    counts: Counts, position: Float64Array, rng: np.random.Generator, draws: int = DRAWS
) -> Float64Array:
    """Draw P(+|b) from its posterior.

    Parameters
    ----------
    counts : Counts
        Of bins, lowest scores first.
    position : np.ndarray [shape=(bins,), dtype=float64]
        Their places, in standard deviations of the scores.
    rng : np.random.Generator
    draws : int

    Returns
    -------
    np.ndarray [shape=(draws, bins), dtype=float64]
        In random order.
    """
    no = counts.votes - counts.yes
    likelihood = counts.yes[:, None] * _YES + no[:, None] * _NO
    steps = [_steps(position, slope) for slope in SLOPES]
    walks = [_filter(likelihood, one) for one in steps]
    evidence = np.array([evidence for _, evidence in walks])
    chance = np.exp(evidence - evidence.max())
    numbers = rng.multinomial(draws, chance / chance.sum()).tolist()
    parts = [
        _sample(filtered, one, number, rng)
        for one, (filtered, _), number in zip(steps, walks, numbers, strict=True)
        if number
    ]
    return np.asarray(_P[rng.permutation(np.concatenate(parts))])


def _steps(position: Float64Array, slope: float) -> list[Float64Array]:
    """Return the chances of going from each logit to each, from every bin to the next."""
    steps = []
    away = LOGITS[-1] - LOGITS[0]
    apart = np.linspace(-away, away, 2 * len(LOGITS) - 1)
    for distance in np.diff(position):
        # No finer than the grid shows.
        spread = max(WANDER * np.sqrt(distance), 0.15)
        bell = np.exp(-0.5 * ((apart - slope * distance) / spread) ** 2) + 1e-12
        # Only how far a logit lies from another counts: row i holds what begins i places earlier.
        chance = np.lib.stride_tricks.sliding_window_view(bell, len(LOGITS))[::-1]
        steps.append(chance / chance.sum(axis=1, keepdims=True))
    return steps


def _filter(likelihood: Float64Array, steps: list[Float64Array]) -> tuple[Float64Array, float]:
    """Return each bin's chances given it and those below, and the logarithm of the evidence."""
    filtered = np.empty_like(likelihood)
    chance, evidence = np.full(len(LOGITS), 1 / len(LOGITS)), 0.0
    for at, row in enumerate(likelihood):
        if at:
            chance = filtered[at - 1] @ steps[at - 1]
        joint = chance * np.exp(row - row.max())
        evidence += float(np.log(joint.sum()) + row.max())
        filtered[at] = joint / joint.sum()
    return filtered, evidence


def _sample(
    filtered: Float64Array, steps: list[Float64Array], count: int, rng: np.random.Generator
) -> Int64Array:
    """Draw whole courses, as places in the grid, shape (count, bins)."""
    course = np.empty((count, len(filtered)), dtype=np.int64)
    heaps = np.broadcast_to(np.cumsum(filtered[-1]), (count, len(LOGITS)))
    for at in range(len(filtered) - 1, -1, -1):
        if at < len(filtered) - 1:
            heaps = np.cumsum(filtered[at] * steps[at].T, axis=1)[course[:, at + 1]]
        course[:, at] = _place(heaps, rng)
    return course


def choose(chance: Float64Array, rng: np.random.Generator) -> Int64Array:
    """Draw a place of each row with chances in proportion."""
    return _place(np.cumsum(chance, axis=-1), rng)


def _place(heaps: Float64Array, rng: np.random.Generator) -> Int64Array:
    """Draw a place of each row from its chances, added up."""
    drawn = rng.random((*heaps.shape[:-1], 1)) * heaps[..., -1:]
    return np.asarray((heaps[..., :-1] <= drawn).sum(axis=-1))


def widened_level(judged: Judged, level: float) -> float:
    """Return the level whose normal quantile is that of Student's t at `level`.

    The degrees of freedom are the effective number of drawn answers, less one; quantiles by Hill's
    expansion (Abramowitz and Stegun, 26.7.5).
    """
    weights = judged.weight[judged.weight > 0]
    freedom = max(float(weights.sum() ** 2 / (weights**2).sum()) - 1, 2.0)
    z = NormalDist().inv_cdf((1 + level) / 2)
    t = z + (z**3 + z) / (4 * freedom) + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * freedom**2)
    return 2 * NormalDist().cdf(t) - 1


def interval(
    counts: Counts, shares: Float64Array, level: float, rng: np.random.Generator
) -> Interval:
    """Return the share of sounds that hold the label: those known, and those among the others.

    Parameters
    ----------
    counts : Counts
        Of bins.
    shares : np.ndarray [shape=(draws, bins), dtype=float64]
        P(+|b), drawn from its posterior.
    level : float
    rng : np.random.Generator
    """
    found = rng.binomial(counts.open.astype(np.int64), shares)
    held = (counts.held + np.clip(found, counts.at_least, counts.at_most)).sum(axis=1)
    tail = (1 - level) / 2
    low, middle, high = np.quantile(held / counts.sounds.sum(), [tail, 0.5, 1 - tail])
    return Interval(float(middle), float(low), float(high))
