"""Generated sounds: finite, audible, of sensible length, repeatable."""

from __future__ import annotations

import numpy as np
import pytest

from training.corpus.clip import SAMPLE_RATE
from training.corpus.loops import sequence
from training.corpus.variants import vary
from training.procedural.catalogue import MAKERS, make_sound
from training.procedural.signal import Dice, modes, seconds


@pytest.mark.parametrize("label", sorted(MAKERS))
def test_every_maker_gives_a_usable_sound(label: str) -> None:
    for number in range(2):
        sound = make_sound(label, number, seed=1)
        assert sound.ndim == 1
        assert np.isfinite(sound).all()
        assert np.abs(sound).max() > 1e-3
        assert 0.03 < len(sound) / SAMPLE_RATE < 8


def test_the_same_number_gives_the_same_sound_and_another_another() -> None:
    first = make_sound("snare", 3, seed=1)
    assert np.array_equal(first, make_sound("snare", 3, seed=1))
    other = make_sound("snare", 4, seed=1)
    assert len(other) != len(first) or not np.allclose(other, first)


def test_modes_equals_the_sum_of_decaying_sines() -> None:
    time = seconds(0.3)
    sound = modes(time, np.array([500.0]), np.array([0.5]), np.array([0.1]))
    offset = (500.0 * 7.13) % 1
    expected = 0.5 * np.sin(2 * np.pi * (500 * time + offset)) * np.exp(-time / 0.1)
    assert np.abs(sound - expected).max() < 1e-9


@pytest.mark.parametrize("seed", range(8))
def test_variants_are_repeatable_and_usable(seed: int) -> None:
    original = make_sound("clap", 0, seed=1)
    sound, traits = vary(original, Dice(seed), 3)
    again, _ = vary(original, Dice(seed), 3)
    assert np.array_equal(sound, again)
    assert np.isfinite(sound).all()
    assert np.abs(sound).max() > 1e-4
    assert all(isinstance(trait, str) for trait in traits)


def test_a_loop_lasts_some_seconds_at_its_tempo() -> None:
    one_shots = {label: [make_sound(label, 0)] for label in MAKERS}
    sound, tempo = sequence(Dice(1), one_shots)
    assert 3 <= len(sound) / SAMPLE_RATE <= 6
    assert 72 <= tempo <= 178
    assert np.isfinite(sound).all()
