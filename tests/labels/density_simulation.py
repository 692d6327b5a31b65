"""Simulated libraries whose calls are known, reviewed as real ones are."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sqlclap.labels.call_density import Interval, Judged, estimate_density
from sqlclap.labels.group_density import estimate_groups
from sqlclap.labels.labelled_examples import Origin, vote_weights
from sqlclap.labels.ranking import Ranked
from sqlclap.labels.review import draw_strata

SOUNDS = 8_000
SITES = 8
THRESHOLD = 0.65


@dataclass(frozen=True)
class Regime:
    """How often a label occurs, and how its scores lie.

    Attributes
    ----------
    prevalence : float
        Share of sounds that hold it; of sites, the median.
    apart : float
        Distance of the scores of calls from the others', in their standard deviation.
    hidden : float
        Share of calls that score only half a deviation higher, being unlike the anchors.
    spread : float
        Standard deviation of calls' scores, in that of the others.
    votes : int
    """

    prevalence: float
    apart: float
    hidden: float = 0.0
    spread: float = 1.0
    votes: int = 60


def scores_of(holds: np.ndarray, regime: Regime, rng: np.random.Generator) -> np.ndarray:
    """Make scores as cosines lie: others around 0.4, calls above."""
    apart = np.where(rng.random(len(holds)) < regime.hidden, 0.5, regime.apart)
    noise = rng.normal(0.0, 1.0, len(holds))
    return 0.4 + 0.1 * np.where(holds, apart + regime.spread * noise, noise)


def reviewed(score: np.ndarray, holds: np.ndarray, votes: int, seed: int) -> Judged:
    """Have a review's queue answered truly."""
    order = np.argsort(-score, kind="stable")
    nothing = np.zeros(len(score))
    small = nothing.astype(np.int8)
    whole = nothing.astype(np.int64)
    pairs = Ranked(order, score[order], nothing, nothing, whole, small, small, order)
    draws, chosen = draw_strata(pairs, THRESHOLD, votes, np.random.default_rng(seed))
    origins = [Origin(1, stratum, float(pairs.score[at])) for at, stratum in chosen.items()]
    at = order[list(chosen)]
    verdict, weight = np.full(len(score), -1, dtype=np.int8), np.zeros(len(score))
    verdict[at], weight[at] = holds[at], vote_weights(origins, {1: draws})
    ends = np.array([end for draw in draws for end in (draw.low, draw.high)])
    return Judged(score, verdict, weight, np.zeros(len(score), dtype=np.bool_), ends)


def coverage(regime: Regime, simulations: int) -> float:
    """Return the share of simulations whose 90 % interval holds the truth."""
    hits = []
    for seed in range(simulations):
        rng = np.random.default_rng((seed, 1))
        holds = rng.random(SOUNDS) < regime.prevalence
        judged = reviewed(scores_of(holds, regime, rng), holds, regime.votes, seed)
        hits.append(within(estimate_density(judged, seed=seed), float(holds.mean())))
    return float(np.mean(hits))


def site_coverage(regime: Regime, simulations: int, background: float = 0.0) -> float:
    """Return the same of sites whose odds differ by a factor of e and more.

    Parameters
    ----------
    regime : Regime
    simulations : int
    background : float
        Standard deviation between sites of how high other sounds score, in that within a site.
    """
    hits = []
    middle = np.log(regime.prevalence / (1 - regime.prevalence))
    site = np.repeat(np.arange(SITES), SOUNDS // SITES)
    for seed in range(simulations):
        rng = np.random.default_rng((seed, 2))
        share = 1 / (1 + np.exp(-(middle + rng.normal(0.0, 1.0, SITES))))
        holds = rng.random(len(site)) < share[site]
        score = scores_of(holds, regime, rng)
        score += 0.1 * background * rng.normal(0.0, 1.0, SITES)[site]
        judged = reviewed(score, holds, regime.votes, seed)
        found = estimate_groups(judged, site, seed=seed)
        hits += [within(one, float(holds[site == at].mean())) for at, one in enumerate(found)]
    return float(np.mean(hits))


def within(interval: Interval, truth: float) -> bool:
    """Whether the interval holds the truth."""
    return interval.low <= truth <= interval.high
