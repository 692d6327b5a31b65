"""Loudness by EBU R 128, against the cases of EBU Tech 3341, and stereo width."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from sqlclap.audio.loudness import ChannelMeasures, ChannelMeter


def measure(sound: NDArray[np.float32], rate: int, block: int = 5_000) -> ChannelMeasures:
    meter = ChannelMeter(rate, sound.shape[1])
    for start in range(0, len(sound), block):
        meter.update(sound[start : start + block])
    return meter.finish()


def stereo(rate: int, *parts: tuple[float, float]) -> NDArray[np.float32]:
    """A sine of 1 kHz in both channels: (dBFS, seconds) a part."""
    levels = np.concatenate([np.full(round(s * rate), 10 ** (db / 20)) for db, s in parts])
    sine = levels * np.sin(2 * np.pi * 1_000 * np.arange(len(levels)) / rate)
    return np.repeat(sine.astype(np.float32)[:, None], 2, axis=1)


@pytest.mark.parametrize("rate", [16_000, 44_100, 48_000, 96_000])
@pytest.mark.parametrize(
    ("parts", "lufs"),
    [
        ([(-23.0, 20.0)], -23.0),
        ([(-33.0, 20.0)], -33.0),
        ([(-36.0, 10.0), (-23.0, 60.0), (-36.0, 10.0)], -23.0),
        ([(-72.0, 10.0), (-36.0, 10.0), (-23.0, 60.0), (-36.0, 10.0), (-72.0, 10.0)], -23.0),
        ([(-26.0, 20.0), (-20.0, 20.1), (-26.0, 20.0)], -23.0),
    ],
)
def test_the_cases_of_tech_3341(rate: int, parts: list[tuple[float, float]], lufs: float) -> None:
    found = measure(stereo(rate, *parts), rate)
    assert found.loudness == pytest.approx(lufs, abs=0.1)
    loudest = max(db for db, _ in parts)
    assert found.loudness_short_term == pytest.approx(loudest, abs=0.1)
    assert found.loudness_momentary == pytest.approx(loudest, abs=0.1)


def test_short_sounds_have_the_momentary_loudness_that_a_meter_would_show() -> None:
    found = measure(stereo(48_000, (-20.0, 0.2)), 48_000)
    assert (found.loudness, found.loudness_short_term) == (None, None)
    assert found.loudness_momentary == pytest.approx(-23.0, abs=0.2)  # for half of 0.4 s
    assert measure(stereo(48_000, (-20.0, 1.0)), 48_000).loudness_short_term is None


def test_a_constant_level_is_not_loud() -> None:
    sound = stereo(48_000, (-20.0, 5.0))
    found, shifted = measure(sound, 48_000), measure(sound + np.float32(0.5), 48_000)
    assert shifted.loudness == pytest.approx(found.loudness, abs=0.1)


def test_low_and_high_sounds_are_weighted() -> None:
    rate = 48_000
    turn = 2 * np.pi * np.arange(2 * rate) / rate
    low, middle, high = (
        measure((0.5 * np.sin(hz * turn)).astype(np.float32)[:, None], rate).loudness or 0.0
        for hz in (30, 1_000, 8_000)
    )
    assert low < middle - 3
    assert high == pytest.approx(middle + 3.3, abs=0.3)


def test_the_width_tells_mono_from_wide_and_opposite() -> None:
    rng = np.random.default_rng(3)
    one, other = rng.uniform(-0.5, 0.5, (2, 44_100)).astype(np.float32)
    pairs = {"mono": (one, one), "wide": (one, other), "opposite": (one, -one)}
    found = {name: measure(np.stack(pair, 1), 44_100).stereo_width for name, pair in pairs.items()}
    assert found == pytest.approx({"mono": 0.0, "wide": 0.5, "opposite": 1.0}, abs=0.02)
    assert measure(one[:, None], 44_100).stereo_width == 0.0
    assert measure(np.stack([one] * 3, 1), 44_100).stereo_width is None


@pytest.mark.parametrize("rate", [22_050, 44_100])
def test_two_channels_are_as_loud_as_both_measured_alone(rate: int) -> None:
    random = np.random.default_rng(0)
    left, right = (random.standard_normal((2, 4 * rate)) * [[0.1], [0.02]]).astype(np.float32)
    right[: 2 * rate] = left[: 2 * rate]  # the same channels, then different ones, then the same
    right[3 * rate :] = left[3 * rate :]

    def power(*channels: NDArray[np.float32]) -> float:
        loudness = measure(np.stack(channels, 1), rate).loudness_short_term
        assert loudness is not None
        return float(10 ** (loudness / 10))

    assert power(left, right) == pytest.approx(power(left) + power(right), rel=1e-5)
    assert power(left, left) == pytest.approx(2 * power(left), rel=1e-5)
    every_other = np.stack([left, right, left, right], 1)[:, ::3]  # not contiguous
    assert measure(every_other, rate) == measure(np.stack([left, right], 1), rate)


def test_it_does_not_depend_on_the_blocks() -> None:
    sound = stereo(22_050, (-20.0, 1.33), (-30.0, 2.1))
    assert measure(sound, 22_050, 1) == measure(sound, 22_050, 7_777) == measure(sound, 22_050)


def test_rates_too_low_for_the_weighting_have_no_loudness() -> None:
    assert measure(stereo(4_000, (-20.0, 1.0)), 4_000) == ChannelMeasures(stereo_width=0.0)
