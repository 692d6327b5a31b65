"""perch-hoplite's own code beside the front end of Perch 2.0's contract: `make parity-perch`.

Both read the same files, cut and normalise them, and run the same seeded graph. With the variable
WRITE_PERCH_HOPLITE set, what perch-hoplite makes is kept for the tests that have no such package.
"""

from __future__ import annotations

import os
from importlib.metadata import version
from pathlib import Path
from typing import Any

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

audio_io = pytest.importorskip("perch_hoplite.audio_io")
models_onnx = pytest.importorskip("perch_hoplite.zoo.models_onnx")


@pytest.fixture(scope="module")
def graph(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_seeded_perch(tmp_path_factory.mktemp("perch") / "perch.onnx")


@pytest.fixture(scope="module")
def reference(graph: Path) -> Any:
    outputs = {"embedding": "embedding"}
    return models_onnx.TaxonomyModelOnnx(32_000, output_map=outputs, model_path=str(graph))


@pytest.fixture(scope="module")
def encoder(graph: Path, tmp_path_factory: pytest.TempPathFactory) -> Encoder:
    known = known_models()["perch-2"]
    draft = audio_draft(graph, known_interface(known), describe_known(known))
    return Encoder(publish_bundle(tmp_path_factory.mktemp("model"), draft, lambda _: None))


def theirs(reference: Any, file: Path) -> tuple[np.ndarray, np.ndarray]:
    """Return perch-hoplite's windows of a file, and unit vectors of them."""
    audio = audio_io.load_audio_file(file, 32_000)
    windows = reference._prepare(audio)
    vectors = reference.embed(audio).embeddings[:, 0]
    return windows, vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


@pytest.mark.parametrize("recording", RECORDINGS, ids=lambda one: one.name)
def test_windows_and_vectors_are_those_of_perch_hoplite(
    reference: Any,
    encoder: Encoder,
    tmp_path: Path,
    recording: Recording,
) -> None:
    file = recording.write(tmp_path)
    windows, vectors = theirs(reference, file)
    ours = np.stack([one.features for one in read_features(file, encoder.front_end)])
    recording.check(ours, windows)
    cosines = (encoder.embed_windows(ours) * vectors).sum(axis=1)
    print(f"{recording.name}: lowest cosine of vectors {cosines.min():.7f}")
    assert cosines.min() > LEAST


@pytest.mark.skipif("WRITE_PERCH_HOPLITE" not in os.environ, reason="writes what is kept")
def test_what_came_out_is_kept(reference: Any, tmp_path: Path) -> None:
    made = {
        recording.name: theirs(reference, recording.write(tmp_path)) for recording in RECORDINGS
    }
    kept: dict[str, Any] = {
        f"windows of {name}": windows[:, ::STEP] for name, (windows, _) in made.items()
    }
    kept |= {f"vectors of {name}": vectors for name, (_, vectors) in made.items()}
    origin = f"perch-hoplite {version('perch-hoplite')}, tests/parity/with_perch_hoplite.py"
    np.savez_compressed(KEPT, origin=np.array(origin), **kept)
