"""The benches of field recordings run, on a small scale, and find what was planted."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from benchmarks.events import EventScene, bench_events
from benchmarks.recorder import RecorderScene, bench_recorder
from benchmarks.soundscapes import BACKGROUNDS, CALLS, RATE, band_levels, make_soundscape
from benchmarks.spectrogram import SpectrogramScene, bench_spectrogram


def test_calls_are_planted_as_loud_as_they_are_said_to_be() -> None:
    rng = np.random.default_rng(3)
    made = make_soundscape(24.0, [*CALLS] * 2, rng, snrs=(20,))
    assert len(made.samples) == 24 * RATE
    assert made.background in BACKGROUNDS
    assert [one.kind for one in made.calls] == [*CALLS] * 2
    for one, after in zip(made.calls, made.calls[1:], strict=False):
        assert 0 <= one.start_s < one.end_s <= after.start_s
        inside = made.samples[int(one.start_s * RATE) : int(one.end_s * RATE)]
        between = made.samples[int(one.end_s * RATE) : int(after.start_s * RATE)]
        assert (inside**2).mean() > 5 * np.median(between**2)


def test_an_energy_detector_sees_a_loud_call() -> None:
    made = make_soundscape(10.0, ["whistle"], np.random.default_rng(1), snrs=(20,))
    (call,) = made.calls
    levels = band_levels(made.samples).max(axis=1)
    loudest = levels.argmax() * 1_024 / RATE
    assert call.start_s - 0.1 <= loudest <= call.end_s


@pytest.mark.slow
def test_planted_calls_at_20_db_beat_chance(tmp_path: Path) -> None:
    figures = bench_events(tmp_path / "events", EventScene(recordings=8, seconds=45.0))
    assert figures.windows == 4 * 18
    assert figures.calls == 4 * 12
    found = figures.average_precision
    assert found["label"]["20 dB"] > 3 * figures.chance
    assert found["label"]["all"] > max(found["energy"]["all"], found["whole file"]["all"])
    assert 0 < figures.recall["label"]["all"] <= 1


@pytest.mark.slow
def test_a_small_year_of_one_recorder(tmp_path: Path) -> None:
    scene = RecorderScene(files=40, seconds=6.0, at_once=20)
    figures = bench_recorder(tmp_path / "recorder", scene)
    assert (figures.files, figures.windows) == (40, 40 * 2)
    assert figures.times_real_time > 1
    assert len(figures.own_memory_mb) == 2
    assert figures.planted >= 5 / 40
    assert figures.low <= figures.planted <= figures.high
    assert not [*(tmp_path / "recorder").glob("part-*")]


@pytest.mark.slow
def test_the_first_view_of_a_recording(tmp_path: Path) -> None:
    figures = bench_spectrogram(tmp_path, SpectrogramScene(minutes=0.5, sample_rate=16_000))
    assert figures.tiles == 8
    assert figures.megabytes == pytest.approx(1_875 * 512 / 1e6)
    assert figures.first_view_ms > 0
    assert not figures.resident_peak_mb < figures.resident_before_mb
