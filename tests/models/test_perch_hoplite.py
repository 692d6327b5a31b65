"""Windows and vectors of Perch 2.0's interface are those that perch-hoplite's own code makes.

What that made of the same recordings is kept beside the test that compares the two live
(`make parity-perch`).
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from sqlclap.audio.front_end import read_features
from sqlclap.models.add import audio_draft
from sqlclap.models.encoder import Encoder
from sqlclap.models.install import publish_bundle
from sqlclap.models.interface import describe_known, known_interface
from sqlclap.models.registry import known_models
from tests.parity.perch_sounds import KEPT, LEAST, RECORDINGS, STEP, Recording
from tests.support.seeded_perch import write_seeded_perch


@pytest.fixture(scope="module")
def encoder(tmp_path_factory: pytest.TempPathFactory) -> Encoder:
    graph = write_seeded_perch(tmp_path_factory.mktemp("perch") / "perch.onnx")
    known = known_models()["perch-2"]
    draft = audio_draft(graph, known_interface(known), describe_known(known))
    return Encoder(publish_bundle(tmp_path_factory.mktemp("model"), draft, lambda _: None))


@pytest.mark.parametrize("recording", RECORDINGS, ids=lambda one: one.name)
def test_windows_and_vectors_are_those_of_perch_hoplite(
    encoder: Encoder, tmp_path: Path, recording: Recording
) -> None:
    windows = read_features(recording.write(tmp_path), encoder.front_end)
    ours = np.stack([window.features for window in windows])
    with np.load(KEPT) as kept:
        assert str(kept["origin"]).startswith("perch-hoplite 1.0.2")
        recording.check(ours[:, ::STEP], kept[f"windows of {recording.name}"])
        vectors = kept[f"vectors of {recording.name}"]
    assert (encoder.embed_windows(ours) * vectors).sum(axis=1).min() > LEAST


def test_a_window_has_no_mean_and_a_peak_of_a_quarter(encoder: Encoder, tmp_path: Path) -> None:
    for recording in RECORDINGS:
        for window in read_features(recording.write(tmp_path), encoder.front_end):
            assert abs(float(window.features.mean())) < 1e-6
            assert float(np.abs(window.features).max()) == pytest.approx(0.25, abs=1e-6)


def test_a_constant_level_is_silence_and_not_blown_up(encoder: Encoder, tmp_path: Path) -> None:
    import soundfile

    file = tmp_path / "level.wav"
    soundfile.write(file, np.full(320_000, 0.3, dtype=np.float32), 32_000, subtype="FLOAT")
    assert read_features(file, encoder.front_end) == []
