"""Threshold, gap and depth from votes, worked by hand."""

from __future__ import annotations

from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sqlclap.labels.labelled_examples import Examples
from sqlclap.labels.threshold_fitting import (
    TargetPrecision,
    average_precision,
    choose_top_k,
    cross_fitted,
    fit_point,
    folds,
    precision_curve,
)


def examples(score: list[float], accepted: list[bool], gap: list[float] | None = None) -> Examples:
    count = len(score)
    return Examples(
        np.array(score, dtype=float),
        np.full(count, np.inf) if gap is None else np.array(gap, dtype=float),
        np.array(accepted, dtype=bool),
        np.ones(count),
    )


def test_the_curve_worked_by_hand() -> None:
    votes = examples([0.9, 0.7, 0.8, 0.7], [True, False, True, True])
    curve = precision_curve(votes, TargetPrecision(0.5, 1.0), 3.0)
    assert curve.threshold.tolist() == [0.9, 0.8, 0.7]  # the two at 0.7 stand or fall together
    assert curve.precision.tolist() == [1.0, 1.0, 0.75]
    assert curve.recall == pytest.approx([1 / 3, 2 / 3, 1.0])
    assert curve.votes.tolist() == [1.0, 2.0, 4.0]
    assert curve.low[:2] == pytest.approx([1 / 2, 2 / 3])  # n / (n + z^2)


def test_the_lowest_threshold_that_meets_the_target_is_taken() -> None:
    # z = 1, target 0.75: 3 accepted give 3 / 4, and so do more; the reject at 0.5 ends it.
    votes = examples([0.9, 0.8, 0.7, 0.6, 0.5, 0.4], [True, True, True, True, False, False])
    point = fit_point(votes, TargetPrecision(0.75, 1.0))
    assert point is not None
    assert point.threshold == pytest.approx(0.6, abs=1e-5)
    assert point.threshold < 0.6
    assert (point.precision, point.recall, point.gap) == (1.0, 1.0, 0.0)
    assert point.precision_low == pytest.approx(4 / 5)


def test_no_threshold_meets_what_votes_cannot_show() -> None:
    assert fit_point(examples([0.9, 0.8], [True, True]), TargetPrecision(0.75, 1.0)) is None


def test_a_gap_takes_over_where_the_score_cannot_tell() -> None:
    accepted = [True] * 20 + [False] * 20
    score = [0.8] * 40
    gap = [0.3] * 20 + [0.05] * 20
    point = fit_point(examples(score, accepted, gap), TargetPrecision(0.8, 1.645))
    assert point is not None
    assert 0.05 < point.gap <= 0.3
    assert (point.precision, point.recall) == (1.0, 1.0)


def test_average_precision_worked_by_hand() -> None:
    votes = examples([0.9, 0.8, 0.7], [True, False, True])
    assert average_precision(votes) == pytest.approx((1 + 2 / 3) / 2)
    assert average_precision(examples([0.5, 0.5], [True, False])) == pytest.approx(0.5)
    assert average_precision(examples([0.5], [False])) == 0.0


def test_folds_hold_every_vote_once_and_share_out_the_accepted() -> None:
    votes = examples(list(np.linspace(0, 1, 53)), [index % 3 == 0 for index in range(53)])
    parts = folds(votes)
    assert sorted(np.concatenate(parts).tolist()) == list(range(53))
    assert {int(votes.accepted[part].sum()) for part in parts} <= {3, 4}


def test_a_clearly_better_depth_is_chosen_and_a_tie_changes_nothing() -> None:
    rng = np.random.default_rng(0)
    accepted = [index < 40 for index in range(80)]
    good = examples([0.9 - 0.001 * index for index in range(80)], accepted)
    bad = examples(rng.uniform(size=80).tolist(), accepted)
    assert choose_top_k([1, 3], lambda depth: good if depth == 1 else bad, 3)[0] == 1
    assert choose_top_k([1, 3], lambda _: good, 3)[0] == 3


def test_cross_fitting_sees_what_selection_hides() -> None:
    rng = np.random.default_rng(3)
    score = rng.uniform(size=400)
    votes = examples(score.tolist(), (rng.uniform(size=400) < score).tolist())
    aim = TargetPrecision(0.8, 1.645)
    point = fit_point(votes, aim)
    unseen = cross_fitted(votes, aim)
    assert point is not None
    assert unseen is not None
    assert 0.6 < unseen["precision_low"] <= unseen["precision"] <= 1
    assert cross_fitted(examples([0.9, 0.1], [True, False]), aim) is None


@settings(max_examples=60)
@given(
    st.lists(st.tuples(st.floats(-1, 1), st.floats(-1, 1), st.booleans()), max_size=60),
    st.sampled_from([0.5, 0.8, 0.9]),
)
def test_what_is_chosen_meets_the_target_and_is_true_of_the_votes(
    votes: list[tuple[float, float, bool]], target: float
) -> None:
    held = examples([v[0] for v in votes], [v[2] for v in votes], [v[1] for v in votes])
    point = fit_point(held, TargetPrecision(target, 1.645))
    if point is None:
        return
    assert 0 <= point.threshold <= 1
    assert point.gap >= 0
    assert target <= point.precision_low <= point.precision
    through = (held.score >= point.threshold) & (held.gap >= point.gap)
    assert held.accepted[through].mean() == pytest.approx(point.precision)


@settings(max_examples=40)
@given(
    st.lists(st.tuples(st.floats(-1, 1), st.booleans()), min_size=1, max_size=40),
    st.randoms(use_true_random=False),
)
def test_the_order_of_votes_changes_nothing(
    votes: list[tuple[float, bool]], random: Random
) -> None:
    shuffled = votes.copy()
    random.shuffle(shuffled)
    points = [
        fit_point(examples([v[0] for v in one], [v[1] for v in one]), TargetPrecision(0.6, 1.0))
        for one in (votes, shuffled)
    ]
    assert points[0] == points[1]
