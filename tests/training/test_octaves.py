"""Octaves: what a tape at twice its speed plays."""

from __future__ import annotations

import numpy as np

from sqlclap.audio.front_end import FrontEnd
from training.corpus.clip import SAMPLE_RATE
from training.evaluation.octaves import found_first, octave_up
from training.features import FRONT_END, FeatureTable


def test_an_octave_up_is_half_as_long_and_twice_as_high() -> None:
    time = np.arange(SAMPLE_RATE) / SAMPLE_RATE
    sound = octave_up(np.sin(2 * np.pi * 440 * time).astype(np.float32))
    assert abs(len(sound) - SAMPLE_RATE // 2) <= 1
    strongest = np.argmax(np.abs(np.fft.rfft(sound[:22_050])))
    assert abs(strongest * 2 - 880) <= 2
    assert FrontEnd(FRONT_END).features(sound[:22_050]).shape == (106, 96)


def test_originals_are_counted_that_come_first() -> None:
    infos = [{"source": "pack", "file": str(number)} for number in range(3)]
    nothing = np.zeros(0)
    table = FeatureTable(nothing, nothing, nothing, nothing, nothing, infos)
    clips = np.eye(3)
    moved = {("pack", "0"): clips[0], ("pack", "1"): clips[1], ("pack", "2"): clips[0]}
    assert found_first(table, clips, moved) == {"first": 2 / 3, "in five": 1.0, "sounds": 3}
