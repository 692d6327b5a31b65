"""What a vote stands for: worked by hand, and unbiased over many reviews."""

from __future__ import annotations

import numpy as np
import pytest

from sqlclap.labels.labelled_examples import Origin, vote_weights
from sqlclap.labels.review import Draw


def test_votes_of_ones_own_accord_stand_for_themselves() -> None:
    assert vote_weights([Origin(None, None, 0.5), Origin(7, "near", 0.5)], {}).tolist() == [1, 1]


def test_one_draw_worked_by_hand() -> None:
    draws = {1: [Draw("near", 0.4, 0.6, population=50, drawn=10)]}
    origins = [Origin(1, "near", 0.5)] * 5  # 5 of 50 were answered
    assert vote_weights(origins, draws) == pytest.approx([10.0] * 5)


def test_draws_that_overlap_worked_by_hand() -> None:
    draws = {
        1: [
            Draw("near", 0.4, 0.6, population=10, drawn=5),
            Draw("random", 0.0, 1.0, population=100, drawn=10),
        ]
    }
    origins = [Origin(1, "near", 0.5)] * 5 + [Origin(1, "random", 0.9)] * 10
    weights = vote_weights(origins, draws)
    assert weights[:5] == pytest.approx([1 / (1 - 0.5 * 0.9)] * 5)
    assert weights[5:] == pytest.approx([10.0] * 10)


def test_stopping_early_makes_each_answer_stand_for_more() -> None:
    draws = {1: [Draw("near", 0.4, 0.6, population=50, drawn=50)]}
    assert vote_weights([Origin(1, "near", 0.5)], draws) == pytest.approx([50.0])


def test_several_reviews_share_what_they_stand_for() -> None:
    draws = {key: [Draw("random", 0.0, 1.0, 100, 10)] for key in (1, 2)}
    origins = [Origin(key, "random", 0.5) for key in (1, 2) for _ in range(10)]
    assert vote_weights(origins, draws) == pytest.approx([1 / (1 - 0.81)] * 20)


def test_weighted_precision_is_unbiased_where_top_hits_alone_are_not() -> None:
    """2,000 pairs whose chance of being right grows with the score; 300 reviews of 40."""
    rng = np.random.default_rng(0)
    score = np.sort(rng.uniform(0, 1, 2000))[::-1]
    right = rng.uniform(size=2000) < score**2
    above = score >= 0.4
    truth = right[above].mean()
    estimates, naive = [], []
    for _ in range(300):
        near = rng.choice(np.arange(1100, 1300), 20, replace=False)
        top = rng.choice(np.arange(1100), 10, replace=False)
        free = np.setdiff1d(np.arange(2000), [*near, *top])
        anywhere = rng.choice(free, 10, replace=False)
        draws = [
            Draw("near", score[1299], score[1100], 200, 20),
            Draw("top", score[1099], score[0], 1100, 10),
            Draw("random", score[-1], score[0], len(free), 10),
        ]
        asked = [*((index, "near") for index in near), *((index, "top") for index in top)]
        asked += [(index, "random") for index in anywhere]
        weights = vote_weights([Origin(1, name, score[index]) for index, name in asked], {1: draws})
        ids = np.array([index for index, _ in asked])
        kept = above[ids]
        estimates.append((weights * right[ids])[kept].sum() / weights[kept].sum())
        naive.append(right[ids][kept].mean())
    assert np.mean(estimates) == pytest.approx(truth, abs=0.015)
    assert abs(np.mean(naive) - truth) > 0.05
