"""The estimate of call density: what it can't get wrong, and how often its interval is right."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.density import Regime, coverage, reviewed, scores_of, site_coverage
from sqlclap.labels.call_density import Bins, Judged, draw_shares, estimate_density
from sqlclap.labels.group_density import estimate_groups


def simulated(regime: Regime, sounds: int = 4_000) -> tuple[Judged, np.ndarray]:
    rng = np.random.default_rng(5)
    holds = rng.random(sounds) < regime.prevalence
    return reviewed(scores_of(holds, regime, rng), holds, regime.votes, 5), holds


def all_judged(holds: np.ndarray) -> Judged:
    count = len(holds)
    return Judged(
        np.linspace(-1, 1, count),
        holds.astype(np.int8),
        np.ones(count),
        np.zeros(count, dtype=np.bool_),
        np.empty(0),
    )


def test_what_is_all_known_is_not_estimated() -> None:
    holds = np.arange(50) % 5 == 0
    found = estimate_density(all_judged(holds))
    assert (found.low, found.share, found.high) == (0.2, 0.2, 0.2)
    groups = np.arange(50) % 2
    assert [one.share for one in estimate_groups(all_judged(holds), groups)] == [0.2, 0.2]


@pytest.mark.parametrize("answer", [0, 1])
def test_answers_that_all_agree_leave_some_doubt(answer: int) -> None:
    judged, _ = simulated(Regime(0.3, 2.0))
    judged.verdict[judged.verdict >= 0] = answer
    found = estimate_density(judged)
    assert found.low < found.high
    assert found.high < 0.2 if answer == 0 else found.low > 0.5


def test_scores_that_are_all_alike_leave_a_mean_of_the_answers() -> None:
    verdict = np.full(500, -1, dtype=np.int8)
    verdict[:100] = np.arange(100) % 4 == 0
    weight = np.where(verdict >= 0, 5.0, 0.0)
    still = np.zeros(500, dtype=np.bool_)
    found = estimate_density(Judged(np.full(500, 0.3), verdict, weight, still, np.empty(0)))
    assert found.low < 0.25 < found.high
    assert found.high - found.low < 0.2


def test_shares_rise_with_the_score() -> None:
    judged, _ = simulated(Regime(0.1, 3.0, votes=200))
    bins = Bins.of(judged)
    shares = draw_shares(bins.count(judged), bins.position, np.random.default_rng(0))
    means = shares.mean(axis=0)
    assert means[0] < 0.05
    assert means[-1] > 0.9
    assert shares.min() >= 0
    assert shares.max() <= 1


def test_a_group_that_holds_it_more_often_is_told_from_one_that_does_less() -> None:
    judged, holds = simulated(Regime(0.2, 3.0, votes=100))
    groups = np.where(holds, np.arange(len(holds)) % 4 > 0, np.arange(len(holds)) % 4 == 0)
    less, more = estimate_groups(judged, groups.astype(np.int64))
    assert less.high < more.low


def test_more_groups_than_are_taken_at_once() -> None:
    judged, holds = simulated(Regime(0.1, 3.0, votes=100))
    found = estimate_groups(judged, np.arange(len(holds)) % 90)
    assert len(found) == 90
    mean = float(np.mean([one.share for one in found]))
    assert mean == pytest.approx(holds.mean(), abs=0.05)


HELD = [
    Regime(0.01, 3.0),
    Regime(0.01, 3.0, votes=200),
    Regime(0.1, 1.5, votes=200),
    Regime(0.4, 3.0),
    Regime(0.4, 1.5),
    Regime(0.4, 2.0, spread=2.0, votes=200),
]


@pytest.mark.slow
@pytest.mark.parametrize("regime", HELD, ids=str)
def test_the_interval_holds_the_truth_as_often_as_it_says(regime: Regime) -> None:
    found = coverage(regime, 200)
    assert found.judgement == "right", found


@pytest.mark.slow
def test_where_next_to_no_random_answer_says_yes_it_errs_on_the_wide_side() -> None:
    """docs/density.md says so, too."""
    found = coverage(Regime(0.01, 3.0, hidden=0.3), 100)
    assert found.drawn_yes < 1
    assert found.covered >= 0.9
    assert found.below <= 0.05


@pytest.mark.slow
def test_sites_intervals_hold_the_truth_where_only_the_proportions_differ() -> None:
    assert 0.85 <= site_coverage(Regime(0.02, 1.5), 25) <= 0.95
    assert 0.85 <= site_coverage(Regime(0.1, 1.5, votes=200), 25) <= 0.95


@pytest.mark.slow
def test_sites_whose_other_sounds_score_otherwise_are_told_worse() -> None:
    """docs/density.md says so, too."""
    alike = site_coverage(Regime(0.1, 1.5, votes=200), 12)
    assert 0.6 <= site_coverage(Regime(0.1, 1.5, votes=200), 12, background=0.2) < alike
