"""Level: decibels, silence and peak normalisation."""

from __future__ import annotations

import numpy as np
import pytest

from sqlclap.audio.windows import SILENCE_PEAK_DB, decibels, is_silent, normalize_peak, peak
from tests.audio.signals import noise


def test_decibels_have_full_scale_at_zero_and_a_floor() -> None:
    assert decibels(1.0) == 0.0
    assert decibels(0.5) == pytest.approx(-6.0206, abs=1e-4)
    assert decibels(0.0) == decibels(1e-12) == -120.0


def test_the_peak_counts_both_signs() -> None:
    assert peak(np.array([0.25, -0.75], dtype=np.float32)) == 0.75
    assert peak(np.empty(0, dtype=np.float32)) == 0.0


def test_silence_begins_below_its_level() -> None:
    level = 10 ** (SILENCE_PEAK_DB / 20)
    assert is_silent(np.array([0.0, 0.99 * level], dtype=np.float32))
    assert not is_silent(np.array([0.0, -1.01 * level], dtype=np.float32))


@pytest.mark.parametrize("level", [1e-3, 0.1, 30.0])
def test_normalising_sets_the_peak_and_keeps_the_shape(level: float) -> None:
    sound = noise(0.1, 8_000, level=level)
    before = sound.copy()
    scaled = normalize_peak(sound, -1.0)
    assert scaled.dtype == np.float32
    assert peak(scaled) == pytest.approx(10 ** (-1 / 20), rel=1e-6)
    assert np.allclose(scaled / peak(scaled), sound / peak(sound), atol=1e-6)
    assert np.array_equal(sound, before)


def test_normalising_zeros_gives_zeros() -> None:
    assert not normalize_peak(np.zeros(10, dtype=np.float32), -1.0).any()
