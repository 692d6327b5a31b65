"""The metrics agree with small cases worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from training.card import spread
from training.evaluation.background import best_threshold
from training.evaluation.metrics import (
    area_under_roc,
    average_precision,
    pool,
    sound_to_sound,
    text_to_sound,
)
from training.evaluation.mfcc import COEFFICIENTS, window_statistics
from training.evaluation.wording import rank_correlation


def test_average_precision_of_a_known_ranking() -> None:
    assert average_precision(np.array([True, False, True])) == pytest.approx((1 + 2 / 3) / 2)
    assert average_precision(np.array([False, False])) == 0.0


def test_a_clip_is_the_mean_of_its_windows_by_seconds() -> None:
    windows = np.array([[1.0, 0.0], [0.0, 1.0], [0.0, 1.0]])
    pooled = pool(windows, np.array([0, 0, 1]), np.array([2.5, 1.5, 2.5]), 2)
    assert pooled[0] == pytest.approx(np.array([2.5, 1.5]) / np.hypot(2.5, 1.5))
    assert pooled[1] == pytest.approx([0, 1])


def test_text_to_sound_ranks_by_cosine() -> None:
    sounds = np.eye(3)
    labels = np.array(["kick", "snare", "kick"])
    found = text_to_sound(sounds, labels, {"kick": np.array([1.0, 0.5, 0.0])})
    assert found["mAP"] == pytest.approx((1 + 2 / 3) / 2)
    assert found["R@1"] == 1.0
    assert found["queries"] == 1


def test_sound_to_sound_leaves_out_the_own_group() -> None:
    vectors = np.array([[1, 0], [1, 0.01], [1, 0.1], [0, 1]], float)
    labels = np.array(["kick", "kick", "kick", "snare"])
    groups = np.array(["a", "a", "b", "b"])
    found = sound_to_sound(vectors, labels, groups)
    assert found["queries"] == 3  # the snare has no relative elsewhere
    assert found["mAP"] == 1.0


def test_threshold_and_area_of_separable_scores() -> None:
    sense, nonsense = np.array([0.7, 0.8, 0.9]), np.array([0.1, 0.2])
    assert area_under_roc(sense, nonsense) == 1.0
    assert 0.2 < best_threshold(sense, nonsense) < 0.7


def test_rank_correlation_sees_order_and_nothing_else() -> None:
    values = np.array([1.0, 5.0, 2.0, 9.0])
    assert rank_correlation(values, values**3) == pytest.approx(1.0)
    assert rank_correlation(values, -values) == pytest.approx(-1.0)


def test_mfcc_statistics_ignore_the_silence_that_pads_a_window() -> None:
    sounding = np.random.default_rng(0).normal(0, 5, (30, 96)).astype(np.float32)
    silence = np.full((76, 96), -60.0 - 40.0, np.float32)
    padded = window_statistics(np.concatenate([sounding, silence]))
    assert padded.shape == (4 * COEFFICIENTS,)
    assert padded == pytest.approx(window_statistics(sounding))


def test_a_table_cell_is_mean_and_deviation_over_seeds() -> None:
    assert spread([0.4, 0.5, 0.6]) == "0.500 ± 0.100"
    assert spread([0.4]) == "0.400 ± 0.000"
