"""Windows of training sounds at several speeds."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from sqlclap.audio.front_end import FrontEnd
from training import paths
from training.corpus.clip import SAMPLE_RATE, Clip, ClipInfo, write_shard
from training.corpus.speeds import SPEEDS, at_speed, build_speeds, features_at, load_speeds
from training.features import FRONT_END


def tone(hz: float, seconds: float) -> np.ndarray:
    time = np.arange(round(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    return (0.5 * np.sin(2 * np.pi * hz * time)).astype(np.float32)


def strongest_hz(sound: np.ndarray) -> float:
    power = np.abs(np.fft.rfft(sound))
    return float(np.argmax(power)) * SAMPLE_RATE / len(sound)


@pytest.mark.parametrize("speed", SPEEDS)
def test_a_tape_at_another_speed_is_as_much_higher_as_it_is_shorter(speed: float) -> None:
    moved = at_speed(tone(440, 0.5), speed)
    assert len(moved) == pytest.approx(0.5 / speed * SAMPLE_RATE, abs=2)
    assert strongest_hz(moved) == pytest.approx(440 * speed, rel=0.02)


def test_no_more_is_played_than_is_heard() -> None:
    assert len(at_speed(tone(440, 8), 0.125)) <= 2 * FRONT_END.window_samples + 8


def test_all_of_a_window_is_heard_at_half_its_speed_and_the_start_at_slower_ones() -> None:
    front_end = FrontEnd(FRONT_END)
    sound = tone(440, FRONT_END.window_s)
    heard = {speed: features_at(sound, speed, front_end) for speed in SPEEDS}
    assert [len(heard[speed]) for speed in SPEEDS] == [1, 1, 2, 1, 1, 1, 1]
    assert sum(seconds for seconds, _ in heard[0.5]) == pytest.approx(5.0)
    assert heard[2.0][0][0] == pytest.approx(1.25, abs=0.01)


@pytest.fixture
def shards(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    monkeypatch.setattr(paths, "CLIPS", tmp_path / "clips")
    monkeypatch.setattr(paths, "SPEEDS", tmp_path / "speeds.npz")
    some = [
        Clip(tone(220 * 2**number, 2**number), ClipInfo("pack", "kick", str(number), "kick"))
        for number in range(3)
    ]
    held = Clip(tone(300, 1), ClipInfo("pack", "kick", "held", "kick", (), "validation"))
    unknown = Clip(tone(300, 1), ClipInfo("pack", "?", "unknown", None))
    write_shard(tmp_path / "clips" / "one.npz", [*some, held, unknown])
    return ["one"]


def test_only_labelled_sounds_of_the_training_are_drawn(shards: list[str]) -> None:
    assert build_speeds(shards, 100, 0) == "4 windows"  # the longest fills two
    heard = load_speeds()
    assert set(heard) == set(SPEEDS)
    for one in heard.values():
        assert set(one.owner.tolist()) == {0, 1, 2, 3}
        assert one.first_of_each().shape == (4, 106, 96)


def test_draws_are_as_many_as_are_wanted_and_repeat(shards: list[str]) -> None:
    assert build_speeds(shards, 2, 5) == "2 windows"
    once = load_speeds()
    build_speeds(shards, 2, 5)
    assert all(np.array_equal(load_speeds()[speed].mels, once[speed].mels) for speed in SPEEDS)
