"""The log-mel against a plain float64 transcription of its definition."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from sqlclap.audio.mel import MelFrontEnd, hz_to_mel, mel_filters, mel_to_hz
from sqlclap.audio.spec import MelScale, MelSpec, PadMode
from tests.audio.signals import LAION_MEL, noise, sine

SMALL = MelSpec(
    n_fft=512,
    hop=160,
    n_mels=40,
    fmin=20.0,
    fmax=7_600.0,
    scale="htk",
    norm="none",
    log_floor=1e-8,
    pad_mode="constant",
)


def mel_of(hz: float, scale: str) -> float:
    if scale == "htk":
        return 2595.0 * np.log10(1.0 + hz / 700.0)
    return hz * 3 / 200 if hz < 1_000 else 15.0 + 27.0 * np.log(hz / 1_000) / np.log(6.4)


def hz_of(mel: float, scale: str) -> float:
    if scale == "htk":
        return 700.0 * (10.0 ** (mel / 2595.0) - 1.0)
    return mel * 200 / 3 if mel < 15 else 1_000 * 6.4 ** ((mel - 15.0) / 27.0)


def reference_filters(spec: MelSpec, rate: int) -> NDArray[np.float64]:
    low, high = mel_of(spec.fmin, spec.scale), mel_of(spec.fmax, spec.scale)
    step = (high - low) / (spec.n_mels + 1)
    corners = [hz_of(low + i * step, spec.scale) for i in range(spec.n_mels + 2)]
    filters = np.zeros((spec.n_fft // 2 + 1, spec.n_mels))
    for band, (left, centre, right) in enumerate(
        zip(corners, corners[1:], corners[2:], strict=False)
    ):
        height = 2.0 / (right - left) if spec.norm == "slaney" else 1.0
        for k in range(len(filters)):
            hz = k * rate / spec.n_fft
            if left < hz <= centre:
                filters[k, band] = height * (hz - left) / (centre - left)
            elif centre < hz < right:
                filters[k, band] = height * (right - hz) / (right - centre)
    return filters


def reference_mel(
    samples: NDArray[np.float32], spec: MelSpec, filters: NDArray[np.float64]
) -> NDArray[np.float64]:
    half = spec.n_fft // 2
    padded = np.pad(samples.astype(np.float64), half, mode=spec.pad_mode)
    hann = np.sin(np.pi * np.arange(spec.n_fft) / spec.n_fft) ** 2
    rows = []
    for start in range(0, len(padded) - spec.n_fft + 1, spec.hop):
        power = np.abs(np.fft.rfft(padded[start : start + spec.n_fft] * hann)) ** 2
        rows.append(10.0 * np.log10(np.maximum(power @ filters, spec.log_floor)))
    return np.array(rows)


@pytest.mark.parametrize(("spec", "rate"), [(LAION_MEL, 48_000), (SMALL, 16_000)])
def test_filters_follow_the_definition(spec: MelSpec, rate: int) -> None:
    assert np.abs(mel_filters(spec, rate) - reference_filters(spec, rate)).max() < 1e-12


def test_slaney_filters_have_equal_area_and_plain_ones_reach_one() -> None:
    fine = replace(LAION_MEL, n_fft=32_768)
    area = mel_filters(fine, 48_000).sum(axis=0) * 48_000 / fine.n_fft
    assert area == pytest.approx(1.0, rel=1e-3)
    peaks = mel_filters(replace(fine, norm="none"), 48_000).max(axis=0)
    assert peaks == pytest.approx(1.0, abs=0.03)


@pytest.mark.parametrize("scale", ["slaney", "htk"])
def test_the_mel_scale_and_its_inverse_agree(scale: MelScale) -> None:
    hz = np.array([0.0, 20.0, 999.0, 1_000.0, 1_001.0, 20_000.0])
    assert mel_to_hz(hz_to_mel(hz, scale), scale) == pytest.approx(hz)
    assert hz_to_mel(np.array([1_000.0]), scale)[0] == pytest.approx(
        {"slaney": 15.0, "htk": 999.99}[scale], abs=0.01
    )


@pytest.mark.parametrize(("spec", "rate"), [(LAION_MEL, 48_000), (SMALL, 16_000)])
@pytest.mark.parametrize("pad_mode", ["reflect", "constant"])
def test_the_spectrogram_follows_the_definition(
    spec: MelSpec, rate: int, pad_mode: PadMode
) -> None:
    spec = replace(spec, pad_mode=pad_mode)
    filters = reference_filters(spec, rate)
    seconds = 2.0
    decay = np.exp(-4 * np.arange(round(seconds * rate)) / rate).astype(np.float32)
    for sound in (noise(seconds, rate), sine(440, seconds, rate), decay * noise(seconds, rate)):
        computed = MelFrontEnd(spec, rate).compute(sound)
        expected = reference_mel(sound, spec, filters)
        assert computed.dtype == np.float32
        assert computed.shape == expected.shape == (1 + len(sound) // spec.hop, spec.n_mels)
        # Single precision errs in proportion to the loudest there is.
        near = expected > expected.max() - 84.0
        assert np.abs(computed - expected)[near].max() < 2e-3
        assert np.abs(computed - expected).max() < 0.1


def test_a_laion_window_has_1001_frames() -> None:
    front_end = MelFrontEnd(LAION_MEL, 48_000)
    assert front_end.compute(noise(10.0, 48_000)).shape == (1_001, 64)


@pytest.mark.parametrize("pad_mode", ["reflect", "constant"])
@pytest.mark.parametrize("samples", [600, 4_799, 7_000, 7_488, 7_700, 7_999, 8_000])
def test_skipping_zero_padding_changes_nothing(samples: int, pad_mode: PadMode) -> None:
    spec = replace(SMALL, pad_mode=pad_mode)
    front_end = MelFrontEnd(spec, 16_000)
    sound = noise(samples, 1)
    padded = np.pad(sound, (0, 8_000 - samples))
    short = front_end.compute(sound, total_samples=8_000)
    # Not equal to the bit: a product of another height may add up in another order.
    assert np.abs(short - front_end.compute(padded)).max() < 1e-4


def test_silence_is_the_floor() -> None:
    silence = np.zeros(16_000, dtype=np.float32)
    assert MelFrontEnd(SMALL, 16_000).compute(silence) == pytest.approx(-80.0, abs=1e-4)
