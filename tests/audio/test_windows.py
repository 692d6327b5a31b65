"""Windows: consecutive, complete, and the same however the sound arrives."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sqlclap.audio.windows import cut_windows, power_above


def lengths(samples: int, window_samples: int) -> list[int]:
    sound = np.ones(samples, dtype=np.float32)
    return [len(window.samples) for window in cut_windows([sound], window_samples, 1_000)]


@pytest.mark.parametrize(
    ("samples", "expected"),
    [
        (0, []),
        (1, [1]),
        (49, [49]),
        (100, [100]),
        (149, [100]),
        (150, [100, 50]),
        (199, [100, 99]),
        (200, [100, 100]),
        (249, [100, 100]),
        (250, [100, 100, 50]),
    ],
)
def test_a_tail_under_half_a_window_is_dropped_unless_it_is_all(
    samples: int, expected: list[int]
) -> None:
    assert lengths(samples, 100) == expected


def test_half_of_an_odd_window_is_rounded_in_favour_of_dropping() -> None:
    assert lengths(101 + 50, 101) == [101]
    assert lengths(101 + 51, 101) == [101, 51]


@given(
    samples=st.integers(0, 2_000),
    window_samples=st.integers(1, 300),
    cuts=st.lists(st.integers(0, 400), max_size=30),
)
def test_windows_are_consecutive_and_independent_of_blocks(
    samples: int, window_samples: int, cuts: list[int]
) -> None:
    rate = 1_000
    sound = np.arange(samples, dtype=np.float32)
    blocks = np.split(sound, [at for at in np.cumsum(cuts) if at < samples])
    windows = list(cut_windows(blocks, window_samples, rate))
    assert [window.index for window in windows] == list(range(len(windows)))
    kept = sum(len(window.samples) for window in windows)
    if windows:
        assert np.array_equal(np.concatenate([window.samples for window in windows]), sound[:kept])
        # All but less than half a window is kept.
        assert 2 * (samples - kept) < window_samples
    for window in windows:
        assert window.start_s == window.index * window_samples / rate
        assert window.end_s == pytest.approx(window.start_s + len(window.samples) / rate)


def test_windows_already_yielded_do_not_change() -> None:
    blocks = [np.full(10, value, dtype=np.float32) for value in range(4)]
    windows = list(cut_windows(blocks, 10, 1_000))
    assert [float(window.samples.mean()) for window in windows] == [0.0, 1.0, 2.0, 3.0]


@given(
    samples=st.integers(0, 1_500),
    window_samples=st.integers(1, 200),
    hop=st.floats(0, 1),
    cuts=st.lists(st.integers(0, 400), max_size=20),
)
def test_windows_that_overlap_begin_a_hop_apart_and_hold_what_lies_there(
    samples: int, window_samples: int, hop: float, cuts: list[int]
) -> None:
    hop_samples = max(1, round(hop * window_samples))
    sound = np.arange(samples, dtype=np.float32)
    blocks = np.split(sound, [at for at in np.cumsum(cuts) if at < samples])
    windows = list(cut_windows(blocks, window_samples, 1_000, hop_samples))

    starts = [number * hop_samples for number in range(len(windows))]
    for window, start in zip(windows, starts, strict=True):
        assert window.start_s == start / 1_000
        assert np.array_equal(window.samples, sound[start : start + window_samples])
    # All whole windows that fit, and a tail that is long enough and adds sound, or all there is.
    fitting = 1 + (samples - window_samples) // hop_samples if samples >= window_samples else 0
    tail = samples - fitting * hop_samples
    adds = tail > window_samples - hop_samples and 2 * tail >= window_samples
    assert len(windows) == fitting + (adds if fitting else samples > 0)


@given(
    st.sampled_from(["noise", "tone", "thump and noise"]),
    st.floats(-4.0, -1.0),
    st.floats(5.0, 2_000.0),
    st.integers(0, 2**32 - 1),
)
def test_sound_below_20_hz_is_told_as_by_the_whole_spectrum(
    kind: str, level: float, hertz: float, seed: int
) -> None:
    rate, size = 8_000, 4_000
    time = np.arange(size) / rate
    noise = np.random.default_rng(seed).standard_normal(size)
    tone = np.sin(2 * np.pi * hertz * time)
    thump = 30 * np.sin(2 * np.pi * 6 * time) * np.exp(-time * 4)
    signal = {"noise": noise, "tone": tone, "thump and noise": thump + noise}[kind]
    frame = 10.0**level * signal * np.blackman(size)
    lowest_bin, enough = 20 * size // rate, 1e-7 * size**2
    whole = float(np.sum(np.abs(np.fft.rfft(frame)[lowest_bin:]) ** 2))
    assert (power_above(frame, lowest_bin, enough) >= enough) == (whole >= enough)
