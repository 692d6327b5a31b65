"""Outlines of sounds."""

from __future__ import annotations

import numpy as np

from sqlclap.audio.waveform import COLUMNS, RunningMaxima, waveform


def test_an_outline_is_the_same_whatever_its_blocks() -> None:
    values = np.abs(np.random.default_rng(1).standard_normal(100_000)).astype(np.float32)
    whole, parts = RunningMaxima(800), RunningMaxima(800)
    whole.add(values)
    for start in range(0, len(values), 777):
        parts.add(values[start : start + 777])
    np.testing.assert_array_equal(whole.columns(400), parts.columns(400))
    assert whole.columns(400).max() == values.max()


def test_a_waveform_reaches_the_edge_and_what_is_no_number_is_silence() -> None:
    sound = np.linspace(0, 0.25, 4 * COLUMNS, dtype=np.float32).reshape(-1, 1)
    sound[: COLUMNS // 2] = np.nan
    found = waveform([sound[:1000], sound[1000:]])
    assert (found.shape, found.dtype) == ((COLUMNS, 2), np.int8)
    assert found[-1].tolist() == [-127, 127]
    assert not found[: COLUMNS // 8].any()
    np.testing.assert_array_equal(found[:, 0], -found[:, 1])
