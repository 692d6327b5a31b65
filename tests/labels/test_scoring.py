"""The formula, worked by hand: cosines of 0.9, 0.6 and so on are written down, not computed."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from threadpoolctl import threadpool_limits

from sqlclap.labels.aggregations import best_of, mean_of_best
from sqlclap.labels.scorer_cache import scorer_of
from sqlclap.labels.scoring import (
    HELD_BACK_BY,
    NO_RIVAL,
    best_other,
    compare,
    confidence_levels,
    held_back,
    negative_at,
    weighted,
)
from tests.labels.conftest import MakeScene
from tests.support.blas import numpy_blas_threads
from tests.support.label_scene import at_angles

NAN = float("nan")


def test_a_weight_scales_a_similarity_and_never_raises_it() -> None:
    cosines = np.array([[0.8, 0.8, -0.4, -0.4]])
    weights = np.array([1.0, 0.5, 1.0, 0.5])
    assert weighted(cosines, weights).tolist() == [[0.8, 0.4, -0.4, -0.4]]


def test_a_cosine_that_rounding_took_past_one_counts_as_one() -> None:
    assert weighted(np.array([[1.0000002]]), np.array([1.0])).tolist() == [[1.0]]


@pytest.mark.parametrize(
    ("depth", "score"),
    [
        (1, 0.9),  # the maximum
        (2, 0.75),  # (0.9 + 0.6) / 2
        (3, 0.6),  # (0.9 + 0.6 + 0.3) / 3
        (9, 0.6),  # there are only three
    ],
)
def test_the_score_is_the_mean_of_the_best(depth: int, score: float) -> None:
    assert mean_of_best(np.array([[0.3, 0.9, 0.6]]), depth) == pytest.approx([score])


def test_anchors_left_out_are_not_counted() -> None:
    similarities = np.array([[0.3, -np.inf, 0.6], [-np.inf, -np.inf, -np.inf]])
    assert mean_of_best(similarities, 2) == pytest.approx([0.45, NAN], nan_ok=True)


def test_scoring_keeps_to_one_thread(make_scene: MakeScene) -> None:
    scene = make_scene(at_angles(0, 10, 90))
    scene.label("a", [1])
    scorer = scorer_of(scene.session)
    seen: list[int] = []

    class Watched(np.ndarray):
        def __matmul__(self, other: Any) -> Any:
            seen.extend(numpy_blas_threads())
            return np.asarray(self) @ other

    with threadpool_limits(2, user_api="blas"):  # however many cores this machine has
        scorer.score(at_angles(5).view(Watched))
    assert set(seen) == {1}


def test_without_anchors_there_is_no_score() -> None:
    assert np.isnan(mean_of_best(np.empty((2, 0)), 3)).all()
    assert np.isnan(best_of(np.empty((2, 0)))).all()


def test_the_best_other_label_is_the_second_best_for_the_best() -> None:
    scores = np.array([[0.9, 0.5, 0.7], [0.2, NAN, NAN]])
    expected = [[0.7, 0.9, 0.9], [NAN, 0.2, 0.2]]
    best, whose = best_other(scores)
    assert best == pytest.approx(np.array(expected), nan_ok=True)
    assert whose.tolist() == [[2, 0, 0], [NO_RIVAL, 0, 0]]


def test_two_labels_that_tie_are_each_others_rival() -> None:
    best, whose = best_other(np.array([[0.9, 0.9]]))
    assert (best.tolist(), whose.tolist()) == ([[0.9, 0.9]], [[1, 0]])


def test_the_rival_is_the_best_of_other_labels_and_own_negatives() -> None:
    score = np.array([[0.9, 0.5]])
    negative = np.array([[0.7, 0.8]])
    scores = compare(score, negative, np.array([[4, 6]]))
    assert scores.rival_at.tolist() == [[negative_at(4), 0]]
    assert scores.rival == pytest.approx(np.array([[0.7, 0.9]]))
    assert scores.gap == pytest.approx(np.array([[0.2, -0.4]]))


def test_a_lone_label_without_negatives_has_no_rival_and_no_gap() -> None:
    scores = compare(np.array([[0.9]]), np.array([[NAN]]), np.array([[0]]))
    assert scores.rival_at.tolist() == [[NO_RIVAL]]
    assert np.isnan(scores.rival).all()
    assert np.isnan(scores.gap).all()


@pytest.mark.parametrize(
    ("score", "gap", "level"),
    [
        (0.80, 0.10, 2),  # both just reached: high
        (0.79, 0.50, 1),  # score short of the threshold: medium
        (0.90, 0.09, 1),  # gap short of the label's: medium
        (0.68, 0.00, 1),  # 0.85 * 0.8 and no lead at all: still medium
        (0.67, 0.50, 0),  # below 0.85 * 0.8: low
        (0.99, -0.01, 0),  # another label scores better: low
        (0.80, NAN, 1),  # no rival, and no calibration: nothing shows that it is right
        (0.70, NAN, 1),
        (NAN, NAN, 0),
    ],
)
def test_confidence(score: float, gap: float, level: int) -> None:
    levels = confidence_levels(np.array([score]), np.array([gap]), threshold=0.8, label_gap=0.1)
    assert levels.tolist() == [level]


def test_a_calibrated_threshold_needs_no_rival() -> None:
    scores, alone = np.array([0.8, 0.79]), np.array([NAN, NAN])
    assert confidence_levels(scores, alone, 0.8, 0.1, trusted=True).tolist() == [2, 1]
    assert [HELD_BACK_BY[n] for n in held_back(scores, alone, 0.8, 0.1, trusted=True)] == [
        None,
        "score",
    ]


@pytest.mark.parametrize(
    ("score", "gap", "reason"),
    [
        (0.80, 0.10, None),
        (0.79, 0.10, "score"),
        (0.80, 0.09, "rival"),
        (0.10, -0.5, "score, rival"),
        (0.80, NAN, "no rival"),
        (0.10, NAN, "score, no rival"),
    ],
)
def test_what_keeps_a_sound_from_high(score: float, gap: float, reason: str | None) -> None:
    reasons = held_back(np.array([score]), np.array([gap]), threshold=0.8, label_gap=0.1)
    assert [HELD_BACK_BY[number] for number in reasons] == [reason]
