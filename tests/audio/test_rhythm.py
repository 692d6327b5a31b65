"""Onsets, tempo, decay, loops, and the key: of sounds made to have them."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from sqlclap.audio.rhythm import RhythmMeasures, measure_rhythm
from sqlclap.audio.tonality import estimate_key
from tests.support.sounds import RATE, loop, noise, tone


def rhythm(sound: NDArray[np.float32]) -> RhythmMeasures:
    return measure_rhythm(sound, RATE, len(sound) / RATE)


@pytest.mark.parametrize("bpm", [70.0, 90.0, 97.0, 120.0, 133.0, 150.0])
def test_a_loop_has_its_tempo_and_its_onsets(bpm: float) -> None:
    found = rhythm(loop(bpm))
    assert found.onsets == 8
    assert found.tempo == pytest.approx(bpm, rel=0.04)
    assert found.tempo_confidence is not None
    assert found.tempo_confidence > 0.3
    assert found.sound_kind == "loop"


def test_a_tempo_is_found_where_the_end_is_not_on_a_beat() -> None:
    sound = np.concatenate([loop(104), loop(104), loop(104)[: RATE // 3]])
    assert rhythm(sound).tempo == pytest.approx(104, rel=0.02)


def test_one_shots_have_no_tempo() -> None:
    for sound in (tone(220, 2.0), noise(1, 1.0), tone(60, 0.1), np.ones(1, np.float32)):
        found = rhythm(sound)
        assert (found.tempo, found.tempo_confidence) == (None, None)
        assert found.sound_kind == "one-shot"
        assert found.onsets is not None
        assert found.onsets <= 3


def test_long_sounds_are_neither() -> None:
    found = rhythm(noise(1, 31.0))
    assert (found.sound_kind, found.kind_confidence) == (None, None)


def test_the_decay_is_the_time_to_fall_by_20_db() -> None:
    assert rhythm(tone(440, 2.0)).decay == pytest.approx(np.log(10) / 3, abs=0.02)
    assert rhythm(noise(1, 1.0)).decay is None


@pytest.mark.parametrize("tonic", range(12))
def test_a_progression_has_its_key(tonic: int) -> None:
    names = ["C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B"]
    major = (60, 64, 67, 65, 69, 72, 67, 71, 74, 60, 64, 67)
    minor = (60, 63, 67, 65, 68, 72, 67, 71, 74, 60, 63, 67)
    for mode, notes in (("major", major), ("minor", minor)):
        sound = loop(120, tuple(note + tonic - 12 for note in notes))
        key, confidence = estimate_key(sound, RATE)
        assert key == f"{names[tonic]} {mode}"
        assert confidence is not None
        assert confidence > 0.7


def test_noise_and_short_sounds_have_no_key() -> None:
    assert estimate_key(noise(1, 5.0), RATE)[0] is None
    assert estimate_key(tone(440, 1.0), RATE) == (None, None)
