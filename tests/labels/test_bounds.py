"""Bounds, worked by hand and checked against what they promise."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sqlclap.labels.precision import effective_votes, normal_quantile, votes_needed, wilson_bounds


def bounds(share: float, votes: float, z: float) -> tuple[float, float]:
    low, high = wilson_bounds(np.array([share]), np.array([votes]), z)
    return float(low[0]), float(high[0])


def test_the_quantile_of_95_percent() -> None:
    assert normal_quantile(0.95) == pytest.approx(1.6448536)


def test_wilson_worked_by_hand() -> None:
    # p = 0.8, n = 10, z = 2: (0.8 + 0.2 -/+ 2 * sqrt(0.016 + 0.01)) / 1.4
    low, high = bounds(0.8, 10, 2.0)
    spread = 2 * np.sqrt(0.026)
    assert low == pytest.approx((1.0 - spread) / 1.4)
    assert high == pytest.approx((1.0 + spread) / 1.4)
    assert (low, high) == (pytest.approx(0.48394, abs=1e-4), pytest.approx(0.94463, abs=1e-4))


def test_with_all_accepted_the_bound_is_n_over_n_plus_z_squared() -> None:
    assert bounds(1.0, 16, 2.0) == (pytest.approx(0.8), pytest.approx(1.0))


def test_no_votes_say_nothing() -> None:
    assert bounds(0.0, 0, 1.6) == (0.0, 1.0)


def test_the_number_of_votes_needed() -> None:
    z = normal_quantile(0.95)
    assert votes_needed(0.9, z) == 25  # 2.7055 * 9 = 24.3
    assert votes_needed(0.5, 2.0) == 4
    for target in (0.6, 0.8, 0.9, 0.95):
        need = votes_needed(target, z)
        assert bounds(1.0, need, z)[0] >= target > bounds(1.0, need - 1, z)[0]


def test_kishs_effective_number() -> None:
    assert effective_votes(np.array([1.0, 1.0, 1.0])) == pytest.approx(3)
    assert effective_votes(np.array([3.0, 1.0])) == pytest.approx(16 / 10)
    assert effective_votes(np.array([])) == 0


@given(st.floats(0, 1), st.floats(0.1, 1e5), st.floats(0.1, 4))
def test_bounds_lie_around_the_share_and_within_0_and_1(
    share: float, votes: float, z: float
) -> None:
    low, high = bounds(share, votes, z)
    assert 0 <= low <= share + 1e-9
    assert share - 1e-9 <= high <= 1


def test_the_lower_bound_holds_as_often_as_it_says() -> None:
    rng = np.random.default_rng(0)
    z = normal_quantile(0.95)
    for truth in (0.7, 0.85, 0.92):
        accepted = rng.binomial(60, truth, size=20_000) / 60
        low, _ = wilson_bounds(accepted, np.full(20_000, 60.0), z)
        assert (low <= truth).mean() >= 0.93
