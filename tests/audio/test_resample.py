"""Resampling: the same streamed or whole, and true to the sound."""

from __future__ import annotations

import math

import numpy as np
import pytest
import soxr
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from sqlclap.audio.windows import StreamResampler
from tests.audio.signals import noise, sine


def streamed(
    sound: NDArray[np.float32], in_rate: int, out_rate: int, block: int
) -> NDArray[np.float32]:
    resampler = StreamResampler(in_rate, out_rate, "HQ")
    blocks = [resampler.process(sound[i : i + block]) for i in range(0, len(sound), block)]
    return np.concatenate([*blocks, resampler.flush()])


@pytest.mark.parametrize(
    ("in_rate", "out_rate"),
    [(44_100, 48_000), (48_000, 44_100), (8_000, 48_000), (192_000, 44_100), (96_000, 48_000)],
)
def test_the_block_size_leaves_no_trace(in_rate: int, out_rate: int) -> None:
    sound = noise(3.0, in_rate)
    whole = streamed(sound, in_rate, out_rate, len(sound))
    for block in (1_000, 65_536):
        assert np.array_equal(streamed(sound, in_rate, out_rate, block), whole)
    at_once = soxr.resample(sound, in_rate, out_rate, "HQ")
    assert len(whole) == len(at_once) == pytest.approx(3.0 * out_rate, abs=1)
    assert np.abs(whole - at_once).max() < 1e-5


@given(
    length=st.integers(1, 3_000),
    cuts=st.lists(st.integers(1, 500), min_size=1, max_size=30),
    rates=st.sampled_from([(44_100, 48_000), (48_000, 16_000), (11_025, 44_100)]),
)
def test_any_cutting_gives_the_same_samples(
    length: int, cuts: list[int], rates: tuple[int, int]
) -> None:
    sound = noise(length, 1)
    pieces = np.split(sound, [at for at in np.cumsum(cuts) if at < length])
    resampler = StreamResampler(*rates, "HQ")
    out = np.concatenate([*(resampler.process(piece) for piece in pieces), resampler.flush()])
    assert np.array_equal(out, streamed(sound, *rates, length))


def test_a_tone_stays_the_same_tone() -> None:
    out = streamed(sine(1_000, 1.0, 44_100), 44_100, 48_000, 4_096)
    expected = sine(1_000, 1.0, 48_000)
    assert np.abs(out[1_000:-1_000] - expected[1_000:-1_000]).max() < 1e-4


def test_equal_rates_pass_through() -> None:
    sound = noise(0.1, 44_100)
    resampler = StreamResampler(44_100, 44_100, "HQ")
    assert np.array_equal(resampler.process(sound), sound)
    assert len(resampler.flush()) == 0


@pytest.mark.parametrize("in_rate", [8_000, 22_050, 44_100, 96_000])
@pytest.mark.parametrize("length", [1, 100, 18_354, 44_101])
def test_what_comes_out_is_as_long_as_with_librosa(in_rate: int, length: int) -> None:
    resampler = StreamResampler(in_rate, 48_000, "HQ")
    sound = np.random.default_rng(0).standard_normal(length).astype(np.float32)
    parts = [resampler.process(sound[:50]), resampler.process(sound[50:]), resampler.flush()]
    assert sum(map(len, parts)) == math.ceil(length * 48_000 / in_rate)
