"""Spectrograms: as defined, whatever the stretches they are computed in."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.signal import get_window

from sqlclap.audio.decode import open_audio
from sqlclap.audio.spectrogram import SpectrogramGrid, spectrogram_columns
from tests.support.sounds import noise, tone, write_sound

SECONDS = 3.0
RATE = 16_000


def computed(file: Path, grid: SpectrogramGrid, part: range) -> NDArray[np.uint8]:
    with open_audio(file) as stream:
        return spectrogram_columns(stream, grid, part)


def directly(samples: NDArray[np.float32], grid: SpectrogramGrid) -> NDArray[np.float64]:
    """The whole spectrogram (in dB) by the definition: the strongest of each column's frames."""
    n_fft, window = grid.n_fft, get_window("hann", grid.n_fft)
    padded = np.concatenate([np.zeros(n_fft), samples, np.zeros(n_fft + grid.hop)])
    columns = []
    for column in range(-(-len(samples) // grid.hop)):
        per_column = grid.hop // grid.stride
        frames = np.arange(per_column)
        if per_column > 16:
            quarter = per_column // 4
            frames = np.concatenate([np.arange(one - 4, one + 4) for one in (quarter, 3 * quarter)])
        centres = column * grid.hop + frames * grid.stride + grid.stride // 2
        heard = np.stack([padded[at + n_fft // 2 : at + n_fft // 2 + n_fft] for at in centres])
        power = np.abs(np.fft.rfft(heard * window)) ** 2 * (4 / n_fft) ** 2
        columns.append(power.max(axis=0)[: grid.bins])
    decibels: NDArray[np.float64] = 10 * np.log10(np.maximum(np.array(columns), 1e-13))
    return decibels


@pytest.fixture(scope="module")
def samples() -> NDArray[np.float32]:
    return (0.5 * noise(3, SECONDS) + tone(3_000, SECONDS) * 0.3).astype(np.float32)


@pytest.mark.parametrize("grid", [*(SpectrogramGrid(256, one) for one in range(9)),
                                  SpectrogramGrid(2048, 0), SpectrogramGrid(4096, 7)])  # fmt: skip
def test_parts_fit_together_and_are_the_whole(
    grid: SpectrogramGrid, samples: NDArray[np.float32], tmp_path: Path
) -> None:
    file = write_sound(tmp_path / "a.wav", samples, subtype="FLOAT")
    columns = grid.columns(len(samples))
    whole = computed(file, grid, range(columns))
    expected = np.clip(np.rint(2 * directly(samples, grid) + 255), 0, 255)
    assert np.abs(whole - expected).max() <= 1  # single precision, at the border of two steps
    for length in (1, 7, 64):
        starts = range(0, min(columns, 40), length)
        cut = [computed(file, grid, range(at, min(at + length, columns))) for at in starts]
        joined = np.concatenate(cut)
        assert np.array_equal(joined, whole[: len(joined)])


@pytest.mark.parametrize(
    ("name", "within"),
    [("a.flac", 0), ("a.aiff", 0), ("a.ogg", 6), ("a.mp3", 6)],  # lossy ones begin anew
)
def test_formats_are_entered_in_the_middle(
    name: str, within: int, samples: NDArray[np.float32], tmp_path: Path
) -> None:
    file = write_sound(tmp_path / name, samples)
    grid = SpectrogramGrid(512, 3)
    whole = computed(file, grid, range(grid.columns(len(samples)))).astype(int)
    late = computed(file, grid, range(40, 80)).astype(int)
    assert np.quantile(np.abs(late - whole[40:80]), 0.98) <= within


def test_ultrasound_has_its_own_frequencies(tmp_path: Path) -> None:
    call = 0.9 * np.sin(2 * np.pi * 426 * 187.5 * np.arange(96_000) / 384_000).astype(np.float32)
    file = write_sound(tmp_path / "bat.wav", np.stack([call, call], axis=1), rate=384_000)
    grid = SpectrogramGrid(2048, 2)
    found = computed(file, grid, range(grid.columns(96_000)))[10]
    assert int(found.argmax()) == 426
    assert found.max() == round(2 * 20 * np.log10(0.9) + 255)


def test_behind_the_end_and_without_a_number_it_is_silent(tmp_path: Path) -> None:
    sound = np.full(4_000, np.nan, dtype=np.float32)
    file = write_sound(tmp_path / "a.wav", sound, subtype="FLOAT")
    assert not computed(file, SpectrogramGrid(512, 2), range(40)).any()
