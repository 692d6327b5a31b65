"""Call density: the share of sounds that hold a label, estimated from a review's answers.

Matches above a threshold can't be counted as calls: some are false, and some calls score below it.
Navine, Denton, Weldy and Hart ("All Thresholds Barred: Direct Estimation of Call Density in
Bioacoustic Data", 2024, arXiv:2402.15360) sort all windows into bins b by score, have some of each
bin judged, and add up

    P(+) = sum over b of P(b) * P(+|b),   P(+|b) ~ Beta(yes + 0.1, no + 0.1),

where P(b) is counted and not estimated. Here, too, but for three things:

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

Sites (or months, or both) differ in how often they hold the label. The paper's first way takes
P(+|b) for the same everywhere, which draws all sites towards the mean. Here the odds of each bin
are multiplied by one factor a group, as follows exactly where calls and other sounds score alike
everywhere and only their proportion differs (prior shift). The factor is estimated from the group's
votes and from how its scores are distributed; the latter counts for less the worse such mixtures
fit the groups (divided by Pearson's dispersion, chi^2 / df). Factors have a lognormal prior around
1 (the paper's way), whose width is estimated, too.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from sqlclap.arrays import BoolArray, Float64Array, Int8Array, Int64Array

LOGITS = np.arange(-14.0, 9.01, 0.15)
"""Grid of the logit of P(+|b): from one in a million to nearly all."""

SLOPES = (0.0, 0.5, 1.0, 1.5, 2.0, 3.0, 4.5, 6.5)
"""Rise of the logit for each standard deviation of the scores; equally likely beforehand."""

WANDER = 1.2
"""Standard deviation of what the logit strays from its line over one of the scores'."""

SHARES = (0.25, *(1 - 0.5**n for n in range(1, 10)))
"""Where bins are cut: shares of sounds that score below. Each holds half of those above it."""

DRAWS = 2000
"""Draws from the posterior."""

FACTORS = np.arange(-7.0, 7.01, 0.1)
"""Grid of a group's factor (the logarithm)."""

WIDTHS = (0.25, 0.5, 1.0, 2.0)
"""Standard deviations of the logarithm of groups' factors; equally likely beforehand."""

GROUP_DRAWS = 400
GROUPS_AT_ONCE = 40

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


def estimate_density(
    judged: Judged, groups: Int64Array | None = None, level: float = 0.9, seed: int = 0
) -> list[Interval]:
    """Estimate the share of sounds that hold a label; see the module's docstring.

    Parameters
    ----------
    judged : Judged
        With at least one drawn vote.
    groups : np.ndarray [shape=(n,), dtype=int64], optional
        Each sound's group, counted from 0: each has an estimate of its own.
    level : float
        Probability of the interval (0 to 1).
    seed : int
        The same one gives the same numbers.

    Returns
    -------
    list of Interval
        Of all sounds; with groups, one a group.
    """
    rng = np.random.default_rng(seed)
    bins = _bins(judged)
    counts = _count(judged, bins)
    position = _positions(judged.score, bins)
    shares = draw_shares(counts, position, rng)
    if groups is None:
        return [_interval(_complete(counts, shares, rng), float(counts.sounds.sum()), level)]
    several = _count(judged, bins, groups)
    return _groups(counts, several, shares[:GROUP_DRAWS], level, rng)


def _bins(judged: Judged) -> Int64Array:
    """Return each sound's bin; every bin holds a sound."""
    edges = np.unique(np.concatenate([np.quantile(judged.score, SHARES), judged.cuts]))
    found = np.searchsorted(edges, judged.score, side="right")
    return np.unique(found, return_inverse=True)[1].reshape(-1)


def _positions(score: Float64Array, bins: Int64Array) -> Float64Array:
    """Return the bins' mean scores, in standard deviations of all scores."""
    means = np.bincount(bins, score) / np.bincount(bins)
    return np.asarray((means - score.mean()) / max(float(score.std()), 1e-12))


def _count(judged: Judged, bins: Int64Array, groups: Int64Array | None = None) -> Counts:
    """Count in bins, or in groups and bins."""
    width = int(bins.max()) + 1
    shape: tuple[int, ...] = (width,)
    if groups is not None:
        shape = (int(groups.max()) + 1, width)
        bins = groups * width + bins
    size = int(np.prod(shape))

    def total(values: np.ndarray) -> Float64Array:
        counted = np.bincount(bins, values.astype(np.float64), size)
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
    walks = [_filter(likelihood, _steps(position, slope)) for slope in SLOPES]
    evidence = np.array([evidence for _, evidence in walks])
    chance = np.exp(evidence - evidence.max())
    parts = []
    for slope, (filtered, _), count in zip(
        SLOPES, walks, rng.multinomial(draws, chance / chance.sum()), strict=True
    ):
        if count:
            parts.append(_sample(filtered, _steps(position, slope), int(count), rng))
    return np.asarray(_P[rng.permutation(np.concatenate(parts))])


def _steps(position: Float64Array, slope: float) -> list[Float64Array]:
    """Return the chances of going from each logit to each, from every bin to the next."""
    steps = []
    for distance in np.diff(position):
        # No finer than the grid shows.
        spread = max(WANDER * np.sqrt(distance), 0.12)
        away = (LOGITS[None, :] - LOGITS[:, None] - slope * distance) / spread
        chance = np.exp(-0.5 * away**2) + 1e-12
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
    chance = np.broadcast_to(filtered[-1], (count, len(LOGITS)))
    for at in range(len(filtered) - 1, -1, -1):
        if at < len(filtered) - 1:
            chance = filtered[at] * steps[at][:, course[:, at + 1]].T
        course[:, at] = _choose(chance, rng)
    return course


def _choose(chance: Float64Array, rng: np.random.Generator) -> Int64Array:
    """Draw a place of each row with chances in proportion."""
    heaps = np.cumsum(chance, axis=-1)
    drawn = rng.random((*heaps.shape[:-1], 1)) * heaps[..., -1:]
    return np.asarray((heaps[..., :-1] <= drawn).sum(axis=-1))


def _complete(counts: Counts, shares: Float64Array, rng: np.random.Generator) -> Float64Array:
    """Draw how many sounds hold the label: those known, and those among the others."""
    found = rng.binomial(counts.open.astype(np.int64), shares)
    return np.asarray((counts.held + np.clip(found, counts.at_least, counts.at_most)).sum(axis=-1))


def _interval(held: Float64Array, sounds: float, level: float) -> Interval:
    tail = (1 - level) / 2
    low, middle, high = np.quantile(held / sounds, [tail, 0.5, 1 - tail])
    return Interval(float(middle), float(low), float(high))


@dataclass(frozen=True)
class _Mixtures:
    """What each draw and each factor say of a group's bins, logarithms: (bins, draws * factors).

    Attributes
    ----------
    yes, no : np.ndarray
        Of P(+|b) and its complement in the group.
    bins : np.ndarray
        Of P(b) in the group.
    """

    yes: Float64Array
    no: Float64Array
    bins: Float64Array

    @classmethod
    def of(cls, sounds: Float64Array, shares: Float64Array) -> _Mixtures:
        """Shift shares of shape (draws, bins) by every factor."""
        clipped = np.clip(shares.T[:, :, None], _P[0], _P[-1])
        odds = np.exp(FACTORS) * clipped / (1 - clipped)
        mass = sounds[:, None, None] * (1 - clipped) * (1 + odds)
        flat = len(sounds), -1
        return cls(
            np.log(odds / (1 + odds)).reshape(flat),
            -np.log1p(odds).reshape(flat),
            np.log(mass / mass.sum(axis=0)).reshape(flat),
        )

    def likelihood(self, counts: Counts, dispersion: float) -> Float64Array:
        """Return the logarithm of each group's likelihood, shape (groups, draws, factors)."""
        votes = counts.yes @ self.yes + (counts.votes - counts.yes) @ self.no
        found = votes + counts.sounds @ self.bins / dispersion
        return found.reshape(len(found), -1, len(FACTORS))


def _groups(
    counts: Counts, several: Counts, shares: Float64Array, level: float, rng: np.random.Generator
) -> list[Interval]:
    dispersion = _dispersion(counts, several, shares)
    mixtures = _Mixtures.of(counts.sounds, shares)
    chance = _width_chances(mixtures, several, dispersion)
    widths = rng.choice(len(WIDTHS), size=len(shares), p=chance)
    prior = _priors()[widths]
    logits = np.log(shares / (1 - shares))
    intervals = []
    for part in _parts(several):
        posterior = mixtures.likelihood(part, dispersion) + prior
        posterior -= posterior.max(axis=-1, keepdims=True)
        factors = FACTORS[_choose(np.exp(posterior), rng)]
        factors += rng.uniform(-0.05, 0.05, factors.shape)  # between the grid's places
        shifted = 1 / (1 + np.exp(-(logits + factors[..., None])))
        for at, own in enumerate(_each(part)):
            held = _complete(own, shifted[at], rng)
            intervals.append(_interval(held, float(own.sounds.sum()), level))
    return intervals


def _priors() -> Float64Array:
    """Return the logarithms of factors' chances for each width, shape (widths, factors)."""
    spread = np.array(WIDTHS)[:, None]
    chance = np.exp(-0.5 * (FACTORS / spread) ** 2)
    return np.asarray(np.log(chance / chance.sum(axis=1, keepdims=True) + 1e-300))


def _width_chances(mixtures: _Mixtures, several: Counts, dispersion: float) -> Float64Array:
    """Return how likely each of `WIDTHS` is, given all groups."""
    evidence = np.zeros(len(WIDTHS))
    for part in _parts(several):
        likelihood = mixtures.likelihood(part, dispersion)
        top = likelihood.max(axis=(1, 2), keepdims=True)
        mean = np.exp(likelihood - top).mean(axis=1)
        evidence += np.log(mean @ np.exp(_priors()).T + 1e-300).sum(axis=0)
    chance = np.exp(evidence - evidence.max())
    return np.asarray(chance / chance.sum())


def _dispersion(counts: Counts, several: Counts, shares: Float64Array) -> float:
    """Return chi^2 / df of the groups' scores around the best mixtures, at least 1."""
    mean = shares.mean(axis=0, keepdims=True)
    mixtures = _Mixtures.of(counts.sounds, mean)
    chi = 0.0
    for part in _parts(several):
        best = mixtures.likelihood(part, 1.0)[:, 0, :].argmax(axis=1)
        expected = np.exp(mixtures.bins.T[best]) * part.sounds.sum(axis=1, keepdims=True)
        chi += float(((part.sounds - expected) ** 2 / np.maximum(expected, 0.5)).sum())
    freedom = len(several.sounds) * (len(counts.sounds) - 2)
    return max(1.0, chi / max(freedom, 1))


def _parts(several: Counts) -> list[Counts]:
    """Split counts into some groups at a time, which bounds memory."""
    starts = range(0, len(several.sounds), GROUPS_AT_ONCE)
    return [_take(several, slice(start, start + GROUPS_AT_ONCE)) for start in starts]


def _each(several: Counts) -> list[Counts]:
    return [_take(several, at) for at in range(len(several.sounds))]


def _take(several: Counts, which: slice | int) -> Counts:
    return Counts(*(column[which] for column in vars(several).values()))
