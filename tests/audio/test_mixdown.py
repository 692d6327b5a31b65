"""From channels to one signal: cancellation, offsets, and what nobody hears."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from sqlclap.audio.mixdown import Mixdown, MixReport, mix_rows
from sqlclap.audio.spec import FrontEndSpec
from sqlclap.audio.windows import SILENCE_PEAK
from tests.audio.signals import WAVEFORM, noise, sine

RATE = 44_100
SPEC = replace(WAVEFORM, mono="mean-unless-cancelled", offset="removed-where-larger")
TONE = sine(440, 2.0, RATE)
NOTHING = np.zeros_like(TONE)
Floats = NDArray[np.float32]


def mix(
    *channels: Floats, rate: int = RATE, block: int = 65_536, spec: FrontEndSpec = SPEC
) -> tuple[Floats, MixReport]:
    sound = np.column_stack(channels).astype(np.float32)
    mixdown = Mixdown(spec, rate, sound.shape[1])
    parts = []
    for start in range(0, len(sound), block):
        parts += list(mixdown.add(sound[start : start + block]))
    parts += list(mixdown.finish())
    return np.concatenate(parts), mixdown.report


def mean_of(channels: tuple[Floats, ...]) -> Floats:
    return mix_rows(np.stack(channels).astype(np.float32))


@pytest.mark.parametrize(
    "channels",
    [
        (TONE,),
        (TONE, TONE),
        (TONE, NOTHING),
        (noise(2.0, RATE, seed=1), noise(2.0, RATE, seed=2)),
        (TONE, noise(2.0, RATE)),  # mid and side
        (TONE, -0.3 * TONE),  # the mix is a copy, only quieter
        tuple(TONE if channel == 5 else NOTHING for channel in range(16)),
        tuple(noise(2.0, RATE, seed=seed) for seed in range(8)),
    ],
)
def test_ordinary_channels_are_averaged_to_the_bit(channels: tuple[Floats, ...]) -> None:
    mono, report = mix(*channels)
    assert np.array_equal(mono, mean_of(channels))
    assert (report.cancelled, report.offsets, report.inaudible, report.notes()) == (0, 0, 0, [])


@pytest.mark.parametrize(
    ("channels", "expected"),
    [
        ((TONE, -TONE), TONE),
        ((0.7 * TONE, -TONE), -TONE),
        ((TONE, -np.roll(TONE, 1)), TONE),
        ((TONE + 0.3, 0.3 - TONE), TONE + 0.3),  # an offset in common hides nothing
        ((TONE, -TONE, NOTHING, NOTHING), TONE),  # ambisonic: a source right behind
        ((TONE, TONE, -TONE, -TONE), TONE),
        (tuple(0.004 * TONE if c == 3 else NOTHING for c in range(8)), 0.004 * TONE),
    ],
)
def test_where_the_mean_holds_next_to_nothing_the_louder_channel_is_taken(
    channels: tuple[Floats, ...], expected: Floats
) -> None:
    mono, report = mix(*channels)
    assert np.allclose(mono, expected, atol=1e-6)
    assert report.cancelled == report.instead == report.stretches == 2
    assert report.notes() == ["its channels cancel each other out: the louder one is heard"]
    # The contract of 0.1.0 keeps the mean, and says what that loses.
    mono, report = mix(*channels, spec=WAVEFORM)
    assert report.notes()[0].endswith("this model hears little of it")


def test_each_window_is_decided_by_itself() -> None:
    turned = np.concatenate([TONE[:RATE], -TONE[RATE:]])
    mono, report = mix(TONE, turned)
    assert np.array_equal(mono, TONE)
    assert (report.stretches, report.cancelled) == (2, 1)
    assert report.notes() == [
        "its channels cancel each other out in 1 of 2 windows: the louder one is heard"
    ]


def test_levels_are_those_of_the_channels() -> None:
    for channels in ((TONE,), (TONE, -TONE), (TONE, TONE)):
        _, report = mix(*channels)
        assert report.peak_db == pytest.approx(-6.02, abs=0.01)
        assert report.rms_db == pytest.approx(-9.03, abs=0.01)
    _, report = mix(TONE, NOTHING)
    assert report.peak_db == pytest.approx(-6.02, abs=0.01)
    assert report.rms_db == pytest.approx(-12.04, abs=0.01)


@pytest.mark.parametrize("spec", [SPEC, WAVEFORM], ids=["refined", "as in 0.1.0"])
@pytest.mark.parametrize(
    "sound",
    [
        NOTHING + 0.5,
        NOTHING - 0.9,
        NOTHING + 0.5 + noise(2.0, RATE, level=1e-5),  # dither
        np.linspace(-0.5, 0.5, 2 * RATE),  # drift
        0.5 * np.exp(-np.linspace(0, 6, 2 * RATE)),
        sine(3, 2.0, RATE, 0.9),
        sine(12, 2.0, RATE, 0.9),
    ],
)
def test_what_nobody_hears_is_silence(sound: Floats, spec: FrontEndSpec) -> None:
    mono, report = mix(sound, spec=spec)
    assert np.abs(mono).max() < SILENCE_PEAK
    assert report.inaudible == report.stretches
    assert "counts as silence" in report.notes()[0]


@pytest.mark.parametrize("rate", [2_000, 8_000, 384_000])
def test_a_constant_level_is_silence_at_any_rate(rate: int) -> None:
    mono, _ = mix(np.full(rate, 0.5), rate=rate)
    assert np.abs(mono).max() < SILENCE_PEAK


@pytest.mark.parametrize(
    "sound",
    [
        NOTHING + 0.5 + sine(440, 2.0, RATE, 1e-3),
        NOTHING + 0.5 + noise(2.0, RATE, level=1e-3),
        sine(3, 2.0, RATE, 0.9) + sine(440, 2.0, RATE, 2e-3),
        np.where(np.arange(2 * RATE) % RATE == 5_000, 0.6, 0.5),  # a click on it
        np.where(np.arange(2 * RATE) % RATE < RATE // 2, 0.2, 0.6),  # a step is a click
        sine(25, 2.0, RATE, 0.9),
        sine(30, 2.0, RATE, 1e-3),
        np.full(400, 0.5),  # shorter than any period of drift: a thump
    ],
)
def test_sound_on_an_offset_or_drift_is_no_silence(sound: Floats) -> None:
    mono, report = mix(sound)
    assert np.abs(mono).max() >= SILENCE_PEAK
    assert report.inaudible == 0


def test_an_offset_larger_than_the_sound_is_taken_off_where_the_contract_says_so() -> None:
    quiet = sine(440, 2.0, RATE, 1e-2)
    mono, report = mix(quiet + 0.5)
    assert np.allclose(mono, quiet, atol=1e-5)
    assert report.notes() == ["a constant level (DC) larger than the sound was taken off"]
    assert report.peak_db == pytest.approx(20 * np.log10(0.51), abs=0.01)  # as it is in the file
    kept, _ = mix(quiet + 0.5, spec=WAVEFORM)
    assert np.array_equal(kept, quiet + np.float32(0.5))
    smaller = TONE + np.float32(0.2)
    assert np.array_equal(mix(smaller)[0], smaller)


def test_silence_is_left_as_it_is() -> None:
    hiss = noise(2.0, RATE, level=1e-5)
    mono, report = mix(hiss)
    assert np.array_equal(mono, hiss)
    assert (report.inaudible, report.notes()) == (0, [])


def test_dozens_of_channels_are_decided_in_bounded_pieces() -> None:
    sound = sine(440, 0.6, 384_000)
    mono, report = mix(*[sound if c % 2 else -sound for c in range(64)], rate=384_000)
    assert np.allclose(np.abs(mono), np.abs(sound))
    assert report.stretches == 2


@settings(max_examples=25)
@given(block=st.integers(200, 100_000), gain=st.sampled_from([1.0, 0.2, -0.9, -1.0]))
def test_the_result_does_not_depend_on_the_blocks(block: int, gain: float) -> None:
    channels = (TONE, (gain * TONE).astype(np.float32))
    mono, report = mix(*channels, block=block)
    whole, once = mix(*channels, block=len(TONE))
    assert np.array_equal(mono, whole)
    assert report == once
