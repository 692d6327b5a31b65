"""Call density of groups: sites, months, or both.

Groups differ in how often they hold the label. Navine et al. (2024, arXiv:2402.15360) first take
P(+|b), see `sqlclap.labels.call_density`, for the same everywhere,

    P_s(+) = sum over b of P_s(b) * P(+|b),

which draws all groups s towards the mean. Here the odds of each bin
are multiplied by one factor a group, as follows exactly where calls and other sounds score alike
everywhere and only their proportion differs (prior shift). The factor is estimated from the group's
votes and from how its scores are distributed; the latter counts for less the worse such mixtures
fit the groups (by Pearson's chi^2). Factors have a lognormal prior around 1 (the paper's way),
whose width is estimated, too.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from sqlclap.labels.call_density import (
    Bins,
    Counts,
    Interval,
    Judged,
    choose,
    draw_shares,
    interval,
    widened_level,
)

if TYPE_CHECKING:
    from sqlclap.arrays import Float64Array, Int64Array

FACTORS = np.arange(-7.0, 7.01, 0.1)
"""Grid of a group's factor (the logarithm)."""

WIDTHS = (0.25, 0.5, 1.0, 2.0)
"""Standard deviations of the logarithm of groups' factors; equally likely beforehand."""

DRAWS = 400
GROUPS_AT_ONCE = 40


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
        clipped = np.clip(shares.T[:, :, None], 1e-6, 1 - 1e-6)
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


def estimate_groups(
    judged: Judged, groups: Int64Array, level: float = 0.9, seed: int = 0
) -> list[Interval]:
    """Estimate the share of each group's sounds that hold a label; see the module's docstring.

    Parameters
    ----------
    judged : Judged
        With at least one drawn vote.
    groups : np.ndarray [shape=(n,), dtype=int64]
        Each sound's group, counted from 0.
    level, seed
        As in `estimate_density`.
    """
    rng, level = np.random.default_rng(seed), widened_level(judged, level)
    bins = Bins.of(judged)
    counts, several = bins.count(judged), bins.count(judged, groups)
    shares = draw_shares(counts, bins.position, rng, DRAWS)
    dispersion = _dispersion(counts, several, shares)
    mixtures = _Mixtures.of(counts.sounds, shares)
    chance = _width_chances(mixtures, several, dispersion)
    prior = _priors()[rng.choice(len(WIDTHS), size=len(shares), p=chance)]
    logits = np.log(shares / (1 - shares))
    intervals = []
    for part in _parts(several):
        posterior = mixtures.likelihood(part, dispersion) + prior
        posterior -= posterior.max(axis=-1, keepdims=True)
        factors = FACTORS[choose(np.exp(posterior), rng)]
        factors += rng.uniform(-0.05, 0.05, factors.shape)  # between the grid's places
        for own, factor in zip(_each(part), factors, strict=True):
            shifted = 1 / (1 + np.exp(-(logits + factor[:, None])))
            intervals.append(interval(own, shifted, level, rng))
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
    """Return the dispersion: how much less scores say about groups than mixtures would, from 1.

    Pearson's chi^2 of the groups' bins around the best mixtures exceeds the degrees of freedom
    where they don't. The worst is assumed: that all the excess lies in the direction of the factor.
    """
    mean = shares.mean(axis=0, keepdims=True)
    mixtures = _Mixtures.of(counts.sounds, mean)
    chi = 0.0
    for part in _parts(several):
        best = mixtures.likelihood(part, 1.0)[:, 0, :].argmax(axis=1)
        expected = np.exp(mixtures.bins.T[best]) * part.sounds.sum(axis=1, keepdims=True)
        chi += float(((part.sounds - expected) ** 2 / np.maximum(expected, 0.5)).sum())
    groups, bins = len(several.sounds), len(counts.sounds)
    return 1.0 + max(0.0, chi / groups - (bins - 2))


def _parts(several: Counts) -> list[Counts]:
    """Split counts into some groups at a time, which bounds memory."""
    starts = range(0, len(several.sounds), GROUPS_AT_ONCE)
    return [_take(several, slice(start, start + GROUPS_AT_ONCE)) for start in starts]


def _each(several: Counts) -> list[Counts]:
    return [_take(several, at) for at in range(len(several.sounds))]


def _take(several: Counts, which: slice | int) -> Counts:
    return Counts(*(column[which] for column in vars(several).values()))
