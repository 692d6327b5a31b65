"""Our vectors against `msclap`'s: its own model and way from samples to vectors, seeded weights.

Runs in an environment that has the `msclap` extra: `make parity-msclap`. Files are decoded by
sqlclap on both sides, as torchaudio needs another package for that.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from sqlclap.errors import CheckpointError
from sqlclap.models.encoder import Encoder
from sqlclap.search.query_audio import embed_sound
from sqlclap_export.msclap import RATE, load_msclap
from sqlclap_export.run import ExportResult, export_bundle
from sqlclap_export.source import SourceModel
from tests.parity.recordings import read_all, recordings
from tests.parity.seeded_msclap import write_seeded_msclap
from tests.support.sounds import noise, tone, write_sound

LEAST = 0.99999
PROMPTS = [
    "rain",
    "a deep kick drum",
    "Footsteps on gravel; then a door, closing (slowly).",
    "stop! an exclamation mark is the padding's token",
    "naïve café — 音楽 🎵",
]


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return write_seeded_msclap(tmp_path_factory.mktemp("checkpoint"))


@pytest.fixture(scope="module")
def source(checkpoint: tuple[Path, Path]) -> SourceModel:
    return load_msclap(*checkpoint, "seeded")


@pytest.fixture(scope="module")
def exported(source: SourceModel, tmp_path_factory: pytest.TempPathFactory) -> ExportResult:
    return export_bundle(source, tmp_path_factory.mktemp("bundles") / "seeded")


def test_the_contract_says_how_it_hears(exported: ExportResult) -> None:
    contract, front = exported.bundle.contract, exported.bundle.contract.front_end
    assert (contract.dim, contract.licence) == (1024, "MS-PL")
    assert (front.sample_rate, front.window_s, front.padding) == (44_100, 7.0, "repeat-cut")
    assert front.mel is not None
    assert (front.mel.bank_rate, front.mel.fmin, front.mel.fmax) == (32_000, 50.0, 14_000.0)
    assert front.heard_hz[1] == pytest.approx(19_293.75)
    assert exported.agreement.sounds >= LEAST
    assert exported.agreement.texts >= LEAST


def test_vectors_of_real_sounds_are_the_references(source: SourceModel, encoder: Encoder) -> None:
    sounds = read_all(recordings(), encoder)
    ours = encoder.embed_windows(np.stack([encoder.front_end.features(s) for s in sounds]))
    theirs = unit(source.embed_sounds(sounds))
    cosines = (ours * theirs).sum(axis=1)
    print(f"sounds: lowest cosine {cosines.min():.8f}; spread {(theirs @ theirs.T).min():.3f}")
    assert cosines.min() >= LEAST
    assert (theirs @ theirs.T).min() < 0.9


def test_vectors_of_files_are_the_references(
    source: SourceModel, encoder: Encoder, tmp_path: Path
) -> None:
    """Short sounds are repeated and cut, as there."""
    for number, sound in enumerate(
        (tone(300, 2.3, RATE), noise(4, 0.31, RATE), noise(2, 7.0, RATE))
    ):
        path = write_sound(tmp_path / f"{number}.wav", sound, RATE, subtype="FLOAT")
        theirs = unit(source.embed_sounds([sound.astype(np.float32)]))[0]
        assert float(embed_sound(encoder, path) @ theirs) >= LEAST


def test_what_the_other_resampler_changes(source: SourceModel, encoder: Encoder) -> None:
    """The reference resamples by torchaudio, from every rate but its own."""
    import torchaudio

    sound = noise(3, 6.0, 48_000).astype(np.float32)
    theirs = torchaudio.transforms.Resample(48_000, RATE)(torch.from_numpy(sound)[None])[0].numpy()
    reference = unit(source.embed_sounds([theirs]))[0]
    from sqlclap.audio.windows import StreamResampler

    resampler = StreamResampler(48_000, RATE, encoder.front_end.spec.resampler)
    own = np.concatenate([resampler.process(sound), resampler.flush()])
    cosine = float(encoder.embed_windows(encoder.front_end.features(own)[None])[0] @ reference)
    print(f"resampled from 48 kHz: cosine {cosine:.6f}")
    assert cosine > 0.999


def test_vectors_of_words_are_the_references(source: SourceModel, encoder: Encoder) -> None:
    template = encoder.bundle.text.prompt_template
    theirs = unit(source.embed_texts([template.replace("{}", one.strip()) for one in PROMPTS]))
    cosines = (encoder.embed_texts(PROMPTS) * theirs).sum(axis=1)
    print(f"words: lowest cosine {cosines.min():.8f}; spread {(theirs @ theirs.T).min():.3f}")
    assert cosines.min() >= LEAST
    assert (theirs @ theirs.T).min() < 0.9


def test_texts_longer_than_it_was_trained_on_are_cut(encoder: Encoder) -> None:
    """The reference pads to this length, and neither cuts nor takes a longer text in a batch."""
    tokens = encoder.tokens.encode(["one two three four five six seven eight nine ten " * 20])
    assert tokens["input_ids"].shape == (1, 77)
    assert len(encoder.embed_texts(["one two three " * 90])) == 1


@pytest.mark.parametrize("change", ["missing", "unexpected", "bank", "pickle"])
def test_checkpoints_that_do_not_fit_are_fatal(
    checkpoint: tuple[Path, Path], tmp_path: Path, change: str
) -> None:
    content: Any = torch.load(checkpoint[0], weights_only=True)
    state = content["model"]
    if change == "missing":
        del state["audio_encoder.base.htsat.layers.1.blocks.0.mlp.fc1.weight"]
    elif change == "unexpected":
        state["audio_encoder.base.htsat.layers.1.blocks.0.scale"] = torch.ones(4)
    elif change == "bank":
        state["audio_encoder.base.htsat.logmel_extractor.melW"] *= 1.01
    else:
        content["model"]["run"] = Path("anything that runs code when it is read")
    torch.save(content, tmp_path / "broken.pth")
    expected = {
        "missing": "missing weights: audio_encoder.base.htsat.layers.1.blocks.0.mlp.fc1.weight",
        "unexpected": "unexpected weights: audio_encoder.base.htsat.layers.1.blocks.0.scale",
        "bank": "a filter bank that sqlclap doesn't know",
        "pickle": "can't be read as weights alone",
    }
    with pytest.raises(CheckpointError, match=expected[change]):
        load_msclap(tmp_path / "broken.pth", checkpoint[1], "broken")


def unit(vectors: np.ndarray) -> np.ndarray:
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
