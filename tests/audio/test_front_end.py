"""From a file to features: order of the steps, bad samples, silence, memory."""

from __future__ import annotations

import io
import subprocess
import sys
import tracemalloc
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

from sqlclap.audio.decode import open_audio
from sqlclap.audio.front_end import (
    FrontEnd,
    SoundWindows,
    int16_round_trip,
    read_features,
    sound_windows,
)
from sqlclap.audio.mel import MelFrontEnd
from sqlclap.audio.mixdown import mix_rows
from sqlclap.audio.spec import WindowPadding
from sqlclap.errors import AudioDecodeError
from tests.audio.signals import LAION, LAION_MEL, WAVEFORM, noise, sine


def wav(samples: NDArray[np.float32], rate: int, coding: str = "FLOAT") -> bytes:
    file = io.BytesIO()
    soundfile.write(file, samples, rate, format="WAV", subtype=coding)
    return file.getvalue()


def run(content: bytes, front_end: FrontEnd) -> tuple[list[NDArray[np.float32]], SoundWindows]:
    with open_audio(content) as stream:
        windows = sound_windows(stream, front_end)
        return [window.features for window in windows], windows


def test_feature_shapes_are_those_of_the_specification() -> None:
    assert FrontEnd(LAION).feature_shape == (1_001, 64)
    assert FrontEnd(WAVEFORM).feature_shape == (16_000,)
    assert FrontEnd(LAION).features(noise(0.3, 48_000)).shape == (1_001, 64)
    assert FrontEnd(WAVEFORM).features(noise(0.3, 16_000)).shape == (16_000,)


def test_zero_padding_follows_the_sound() -> None:
    sound = noise(0.3, 16_000)
    features = FrontEnd(WAVEFORM).features(sound)
    assert np.array_equal(features[:4_800], sound)
    assert not features[4_800:].any()


def test_zeros_around_a_sound_are_as_many_before_as_after() -> None:
    sound = noise(0.3, 16_000)[:-1]
    features = FrontEnd(replace(WAVEFORM, padding="zero-around")).features(sound)
    assert np.array_equal(features[5_600:10_399], sound)
    assert not features[:5_600].any()
    assert not features[10_399:].any()


@pytest.mark.parametrize("padding", ["zero", "zero-around", "repeat"])
def test_a_mean_that_is_removed_is_that_of_the_padded_window(padding: WindowPadding) -> None:
    sound = noise(0.3, 16_000) + np.float32(0.1)
    spec = replace(WAVEFORM, padding=padding)
    filled = FrontEnd(spec).features(sound)
    features = FrontEnd(replace(spec, offset="removed")).features(sound)
    np.testing.assert_allclose(features, filled - filled.mean(), atol=1e-7)
    peaked = replace(spec, offset="removed", loudness="peak", loudness_target_db=-6.0)
    largest = np.abs(FrontEnd(peaked).features(sound)).max()
    assert largest == pytest.approx(10 ** (-6 / 20), abs=1e-6)


def test_a_mean_is_removed_before_a_mel_too() -> None:
    sound = noise(0.3, 48_000)
    spec = replace(LAION, offset="removed", padding="zero")
    filled = np.pad(sound, (0, LAION.window_samples - len(sound)))
    expected = FrontEnd(replace(LAION, padding="zero")).features(filled - filled.mean())
    np.testing.assert_allclose(FrontEnd(spec).features(sound), expected, atol=1e-3)


def test_repeat_padding_takes_whole_repeats_then_zeros() -> None:
    sound = noise(0.3, 16_000)
    features = FrontEnd(replace(WAVEFORM, padding="repeat")).features(sound)
    assert np.array_equal(features[:14_400], np.tile(sound, 3))
    assert not features[14_400:].any()


def test_the_16_bit_round_trip_truncates_and_comes_before_padding() -> None:
    sound = np.array([0.0, 0.5, -0.5, 0.99999, 1.5, -2.0, 2e-5], dtype=np.float32)
    levels = int16_round_trip(sound) * 32_767
    assert levels == pytest.approx([0, 16_383, -16_383, 32_766, 32_767, -32_767, 0], abs=1e-2)
    features = FrontEnd(LAION).features(noise(1.3, 48_000))
    quantised = np.tile(int16_round_trip(noise(1.3, 48_000)), 7)
    expected = MelFrontEnd(LAION_MEL, 48_000).compute(
        np.pad(quantised, (0, 480_000 - len(quantised)))
    )
    # Not equal to the bit: a product of another height may add up in another order.
    assert np.abs(features - expected).max() < 1e-4


def test_peak_loudness_makes_level_irrelevant() -> None:
    front_end = FrontEnd(replace(WAVEFORM, loudness="peak", loudness_target_db=-3.0))
    sound = noise(1.0, 16_000)
    loud, quiet = front_end.features(sound), front_end.features(sound * np.float32(0.01))
    assert np.abs(loud).max() == pytest.approx(10 ** (-3 / 20), rel=1e-6)
    assert np.allclose(loud, quiet, atol=1e-6)


def test_windows_of_the_wrong_length_are_refused() -> None:
    for length in (0, 16_001):
        with pytest.raises(ValueError, match=f"1 to 16000 samples, got {length}"):
            FrontEnd(WAVEFORM).features(np.zeros(length, dtype=np.float32))


def test_a_long_sound_gives_consecutive_windows_that_end_with_it() -> None:
    found = read_features(wav(noise(2.7, 44_100), 44_100), FrontEnd(WAVEFORM))
    assert [(window.index, window.start_s, window.end_s) for window in found] == [
        (0, 0.0, 1.0),
        (1, 1.0, 2.0),
        (2, 2.0, pytest.approx(2.7, abs=1e-4)),
    ]
    assert found[-1].end_s <= 2.7


def test_channels_are_averaged() -> None:
    block = np.column_stack([noise(0.1, 8_000, seed=i) for i in range(8)])
    assert np.allclose(mix_rows(block.T), block.mean(axis=1), atol=1e-6)
    left, right = block[:, :1], block[:, 1:2]
    both, _ = run(wav(np.hstack([left, right]), 16_000), FrontEnd(WAVEFORM))
    single, _ = run(wav(((left + right) / 2).astype(np.float32), 16_000), FrontEnd(WAVEFORM))
    assert np.array_equal(both, single)


@pytest.mark.parametrize(("rate", "channels"), [(8_000, 1), (44_100, 8), (192_000, 2)])
def test_unusual_rates_and_channels_end_up_as_the_same_tone(rate: int, channels: int) -> None:
    tone = np.tile(sine(1_000, 1.0, rate)[:, None], channels)
    (features,), _ = run(wav(tone, rate), FrontEnd(WAVEFORM))
    middle = slice(1_000, 15_000)
    assert np.abs(features[middle] - sine(1_000, 1.0, 16_000)[middle]).max() < 1e-3


def test_samples_that_are_no_numbers_are_replaced_and_counted() -> None:
    broken = noise(1.0, 16_000)
    broken[[10, 20, 30, 40]] = [np.nan, np.inf, -np.inf, 1e30]
    (features,), windows = run(wav(broken, 16_000), FrontEnd(WAVEFORM))
    assert windows.report.non_finite == 4
    assert np.isfinite(features).all()
    assert not features[[10, 20, 30, 40]].any()
    (mel,), _ = run(wav(broken, 16_000), FrontEnd(LAION))
    assert np.isfinite(mel).all()


def test_silent_windows_get_no_features_but_are_counted() -> None:
    gap = np.concatenate([noise(1.0, 16_000), np.zeros(16_000, np.float32), noise(1.0, 16_000)])
    with open_audio(wav(gap, 16_000)) as stream:
        windows = sound_windows(stream, FrontEnd(WAVEFORM))
        assert [window.index for window in windows] == [0, 2]
    assert windows.report.silent_windows == 1
    assert read_features(wav(np.zeros(16_000, np.float32), 16_000), FrontEnd(WAVEFORM)) == []


def test_the_report_has_length_and_truncation() -> None:
    whole = wav(noise(2.0, 44_100), 44_100, "PCM_16")
    _, windows = run(whole, FrontEnd(WAVEFORM))
    assert (windows.report.frames, windows.report.duration_s) == (88_200, 2.0)
    assert not windows.report.truncated
    _, windows = run(whole[: len(whole) // 2], FrontEnd(WAVEFORM))
    assert windows.report.truncated
    assert windows.report.duration_s == pytest.approx(1.0, abs=0.01)


def test_the_meter_sees_the_native_mono_sound() -> None:
    class Recorder:
        def __init__(self) -> None:
            self.seen: list[NDArray[np.float32]] = []

        def update(self, mono: NDArray[np.float32]) -> None:
            self.seen.append(mono)

        def update_channels(self, block: NDArray[np.float32]) -> None:
            assert block.shape[1] == 1

    sound = noise(3.0, 44_100)
    recorder = Recorder()
    with open_audio(wav(sound, 44_100)) as stream:
        list(sound_windows(stream, FrontEnd(WAVEFORM), recorder))
    assert np.array_equal(np.concatenate(recorder.seen), sound)


def test_the_same_sound_gives_the_same_features_from_any_lossless_file(tmp_path: Path) -> None:
    # Integers: the writers of libsndfile's formats round floats in different ways.
    sound = (noise(1.5, 44_100) * 32_767).astype(np.int16)
    paths = [tmp_path / name for name in ("a.wav", "a.flac", "a.aiff")]
    for path in paths:
        soundfile.write(path, sound, 44_100, subtype="PCM_16")
    first, *others = (read_features(path, FrontEnd(LAION)) for path in paths)
    for other in others:
        assert np.array_equal(other[0].features, first[0].features)


def test_nothing_decodable_is_an_error_while_iterating() -> None:
    with pytest.raises(AudioDecodeError):
        read_features(b"not a sound", FrontEnd(WAVEFORM))


def test_a_long_file_takes_constant_memory(tmp_path: Path) -> None:
    path = tmp_path / "long.wav"
    minute = noise(60.0, 44_100)
    with soundfile.SoundFile(path, "w", 44_100, 2, "PCM_16") as file:
        for _ in range(5):
            file.write(np.column_stack([minute, minute]))
    del minute
    tracemalloc.start()
    try:
        with open_audio(path) as stream:
            count = sum(1 for _ in sound_windows(stream, FrontEnd(WAVEFORM)))
        _, peak_bytes = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert count == 300
    assert peak_bytes < 10_000_000


def test_importing_the_package_loads_no_decoder() -> None:
    code = (
        "import sys, sqlclap.audio; print(*sorted({'soundfile', 'soxr', 'av'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""


def test_repeats_may_be_cut_instead_of_filled_up() -> None:
    front_end = FrontEnd(replace(WAVEFORM, padding="repeat-cut"))
    sound = np.random.default_rng(2).uniform(-1, 1, 4_999).astype(np.float32)
    made = front_end.features(sound)
    np.testing.assert_array_equal(made[: len(sound)], made[len(sound) : 2 * len(sound)])
    np.testing.assert_array_equal(made[3 * len(sound) :], sound[: len(made) - 3 * len(sound)])
