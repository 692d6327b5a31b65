"""How often the interval of call density holds the truth: in made-up libraries, reviewed as real.

A regime is how often a label occurs, how its calls' scores lie, and how many answers there are.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from sqlclap.labels.call_density import Interval, Judged, estimate_density
from sqlclap.labels.group_density import estimate_groups
from sqlclap.labels.labelled_examples import Origin, vote_weights
from sqlclap.labels.review import draw_strata

SOUNDS = 8_000
SITES = 8
THRESHOLD = 0.65
ALLOWED = (0.85, 0.95)
"""Shares of simulations in which an interval of 90 % may hold the truth, to count as right."""

PREVALENCES = (0.01, 0.1, 0.4)
VOTES = (60, 200)


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
    draws, chosen = draw_strata(score[order], THRESHOLD, votes, np.random.default_rng(seed))
    origins = [Origin(1, stratum, float(score[order[at]])) for at, stratum in chosen.items()]
    at = order[list(chosen)]
    verdict, weight = np.full(len(score), -1, dtype=np.int8), np.zeros(len(score))
    verdict[at], weight[at] = holds[at], vote_weights(origins, {1: draws})
    ends = np.array([end for draw in draws for end in (draw.low, draw.high)])
    return Judged(score, verdict, weight, np.zeros(len(score), dtype=np.bool_), ends)


@dataclass(frozen=True)
class Coverage:
    """How a regime's intervals of 90 % stand to the truth.

    Attributes
    ----------
    regime : Regime
    covered, above, below : float
        Shares of intervals that hold the truth, lie above it, and lie below it.
    width : float
        Of an interval, on average.
    drawn_yes : float
        Answers that say yes, of sounds that only the draw from all reaches, on average.
    """

    regime: Regime
    covered: float
    above: float
    below: float
    width: float
    drawn_yes: float

    @property
    def judgement(self) -> str:
        """Whether it is right, or wide, or narrow."""
        if self.covered > ALLOWED[1]:
            return "wide"
        return "narrow" if self.covered < ALLOWED[0] else "right"


def regimes() -> list[Regime]:
    """Return those that the docs report: calls told well, badly, partly, all over, and hardly."""
    shapes = [(3.0, 0.0, 1.0), (1.5, 0.0, 1.0), (3.0, 0.3, 1.0), (2.0, 0.0, 2.0), (0.5, 0.0, 1.0)]
    return [
        Regime(prevalence, *shape, votes)
        for shape in shapes
        for votes in VOTES
        for prevalence in PREVALENCES
    ]


def coverage(regime: Regime, simulations: int) -> Coverage:
    """Simulate a regime and estimate its density, again and again."""
    found, truths, random_yes = list[Interval](), list[float](), 0
    for seed in range(simulations):
        rng = np.random.default_rng((seed, 1))
        holds = rng.random(SOUNDS) < regime.prevalence
        judged = reviewed(scores_of(holds, regime, rng), holds, regime.votes, seed)
        found.append(estimate_density(judged, seed=seed))
        truths.append(float(holds.mean()))
        random_yes += int(((judged.verdict == 1) & (judged.weight >= judged.weight.max())).sum())
    above = float(np.mean([one.low > truth for one, truth in zip(found, truths, strict=True)]))
    below = float(np.mean([one.high < truth for one, truth in zip(found, truths, strict=True)]))
    width = float(np.mean([one.high - one.low for one in found]))
    return Coverage(regime, 1 - above - below, above, below, width, random_yes / simulations)


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


def cover_regimes(simulations: int) -> list[dict[str, Any]]:
    """Simulate all of `regimes`; return rows of `Coverage` with its judgement."""
    found = [coverage(regime, simulations) for regime in regimes()]
    return [asdict(one) | {"judgement": one.judgement} for one in found]


def cover_sites(simulations: int) -> list[dict[str, Any]]:
    """Simulate sites whose other sounds score alike, and where they score higher or lower."""
    return [
        {
            "regime": asdict(regime),
            "background": background,
            "covered": site_coverage(regime, simulations, background),
        }
        for apart in (3.0, 1.5)
        for background in (0.0, 0.2)
        for votes in VOTES
        for regime in (Regime(share, apart, votes=votes) for share in (0.02, 0.1, 0.4))
    ]


def within(interval: Interval, truth: float) -> bool:
    """Whether the interval holds the truth."""
    return interval.low <= truth <= interval.high
