"""Descriptors: known sounds measure as what they are."""

from __future__ import annotations

import math
from dataclasses import asdict

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from sqlclap.audio.descriptors import DescriptorMeter
from sqlclap.descriptor_columns import Descriptors
from tests.audio.signals import noise, sine


def measure(sound: NDArray[np.float32], rate: int, block: int = 65_536) -> Descriptors:
    meter = DescriptorMeter(rate)
    for start in range(0, len(sound), block):
        meter.update(sound[start : start + block])
    return meter.finish()


def sawtooth(hz: float, seconds: float, rate: int) -> NDArray[np.float32]:
    partials = [sine(hz * k, seconds, rate, 0.3 / k) for k in range(1, int(rate / 2 / hz))]
    return np.sum(partials, axis=0, dtype=np.float32)


def ramp(attack_s: float, carrier: NDArray[np.float32], rate: int) -> NDArray[np.float32]:
    rise = np.minimum(1.0, np.arange(len(carrier)) / (attack_s * rate))
    return (rise * carrier).astype(np.float32)


@pytest.mark.parametrize("rate", [8_000, 22_050, 44_100, 48_000, 192_000])
@pytest.mark.parametrize("hz", [41.0, 55.0, 110.0, 261.63, 880.0, 2_500.0])
def test_a_sine_has_its_pitch_and_its_centroid(hz: float, rate: int) -> None:
    found = measure(sine(hz, 1.0, rate), rate)
    assert found.pitch_hz == pytest.approx(hz, rel=0.01)
    assert found.pitch_confidence is not None
    assert found.pitch_confidence > 0.95
    assert found.spectral_centroid_hz == pytest.approx(hz, rel=0.02)
    assert found.flatness is not None
    assert found.flatness < 0.01


@pytest.mark.parametrize("rate", [8_000, 44_100])
def test_a_sine_crosses_zero_twice_a_period_and_noise_every_other_sample(rate: int) -> None:
    found = measure(sine(200, 2.0, rate), rate, block=777)
    assert found.zero_crossing_rate == pytest.approx(400, abs=1)
    found = measure(noise(2.0, rate), rate)
    assert found.zero_crossing_rate == pytest.approx(rate / 2, rel=0.02)


def test_nothing_crosses_zero_in_silence_and_in_what_stays_on_one_side() -> None:
    assert measure(np.zeros(8_000, np.float32), 8_000).zero_crossing_rate is None
    assert measure(np.full(8_000, -0.5, np.float32), 8_000).zero_crossing_rate == 0


@pytest.mark.parametrize("hz", [50.0, 98.0, 220.0, 659.26])
def test_a_rich_tone_has_the_pitch_of_its_fundamental(hz: float) -> None:
    assert measure(sawtooth(hz, 0.5, 44_100), 44_100).pitch_hz == pytest.approx(hz, rel=0.01)


def test_a_short_tone_in_silence_is_found() -> None:
    rate = 44_100
    sound = np.concatenate([np.zeros(rate, np.float32), sine(440, 0.06, rate), np.zeros(rate)])
    found = measure(sound.astype(np.float32), rate)
    assert found.pitch_hz == pytest.approx(440, rel=0.01)
    assert found.duration_s == pytest.approx(2.06)


def test_noise_has_no_pitch_and_a_flat_spectrum() -> None:
    found = measure(noise(2.0, 44_100), 44_100)
    assert found.pitch_hz is None
    assert found.pitch_confidence is not None
    assert found.pitch_confidence < 0.5
    assert found.flatness is not None
    assert found.flatness > 0.95
    assert found.spectral_centroid_hz == pytest.approx(11_025, rel=0.02)


def test_levels_are_in_decibels_of_full_scale() -> None:
    found = measure(sine(1_000, 1.0, 48_000, peak=0.5), 48_000)
    assert found.peak_db == pytest.approx(-6.02, abs=0.01)
    assert found.rms_db == pytest.approx(-9.03, abs=0.01)
    assert found.duration_s == 1.0


@pytest.mark.parametrize("attack_s", [0.01, 0.1, 0.5])
@pytest.mark.parametrize("hz", [100.0, 1_000.0])
def test_the_attack_of_a_ramp_is_its_middle_four_fifths(attack_s: float, hz: float) -> None:
    sound = ramp(attack_s, sine(hz, 1.0, 44_100), 44_100)
    found = measure(sound, 44_100)
    assert found.attack_s == pytest.approx(0.8 * attack_s, rel=0.1, abs=0.004)


def test_steady_noise_has_a_short_attack_and_swelling_noise_a_long_one() -> None:
    steady = measure(noise(2.0, 44_100), 44_100).attack_s
    swelling = measure(ramp(1.0, noise(2.0, 44_100), 44_100), 44_100).attack_s
    assert steady is not None
    assert steady < 0.03
    assert swelling == pytest.approx(0.8, rel=0.2)


def test_the_attack_is_that_of_the_first_clear_onset() -> None:
    rate = 44_100
    decay = np.exp(-20 * np.arange(rate // 2) / rate).astype(np.float32)
    hit = decay * sine(200, 0.5, rate, peak=0.7)
    louder = hit * np.float32(1.3)
    click = np.zeros(rate // 4, np.float32)
    click[100:140] = 0.05
    alone = measure(hit, rate).attack_s
    assert alone is not None
    assert alone < 0.01
    assert measure(np.concatenate([click, hit, louder, louder]), rate).attack_s == pytest.approx(
        alone, abs=0.002
    )


def test_silence_and_nothing_have_no_properties_but_their_level() -> None:
    for samples in (0, 1, 44_100):
        found = asdict(measure(np.zeros(samples, np.float32), 44_100))
        assert found.pop("duration_s") == samples / 44_100
        assert found.pop("peak_db") == found.pop("rms_db") == -120.0
        assert set(found.values()) == {None}


@pytest.mark.parametrize("samples", [1, 2, 3, 17, 40, 100, 1_000])
@pytest.mark.parametrize("rate", [1_000, 8_000, 44_100, 192_000])
def test_the_shortest_sounds_measure_finite(samples: int, rate: int) -> None:
    for sound in (np.ones(samples, np.float32), noise(samples, 1), noise(samples, 1, 1e5)):
        for value in asdict(measure(sound, rate)).values():
            assert value is None or isinstance(value, str) or math.isfinite(value)


@settings(deadline=None, max_examples=25)
@given(block=st.integers(1, 100_000), seconds=st.floats(0.001, 3.0))
def test_the_result_does_not_depend_on_the_blocks(block: int, seconds: float) -> None:
    rate = 22_050
    sound = noise(seconds, rate) + sine(300, seconds, rate)
    block = max(block, len(sound) // 200)
    assert measure(sound, rate, block) == measure(sound, rate, max(1, len(sound)))
