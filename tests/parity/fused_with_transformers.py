"""Fused checkpoints: our vectors against `transformers`', the same chunks of long sounds given.

Runs in an environment that has the `export` extra: `make parity`.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from transformers import ClapFeatureExtractor, ClapModel

from sqlclap.audio.fusion import chunk_starts
from sqlclap.models.contract import Precision
from sqlclap.models.encoder import Encoder
from sqlclap.models.sanity import long_probe_sounds
from sqlclap.search.query_audio import embed_sound
from sqlclap_export.choose import ExportOptions, export_source
from sqlclap_export.chunks import middle_chunks
from sqlclap_export.run import ExportResult
from tests.parity.recordings import read_all, recordings
from tests.support import seeded_clap
from tests.support.sounds import write_sound

LEAST = 0.99999
RATE = 48_000
WINDOW = 480_000


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("checkpoint") / "fused"
    seeded_clap.write_seeded_checkpoint(folder, enable_fusion=True)
    return folder


@pytest.fixture(scope="module")
def reference(checkpoint: Path) -> ClapModel:
    return ClapModel.from_pretrained(checkpoint).eval()


@pytest.fixture(scope="module")
def extractor(checkpoint: Path) -> ClapFeatureExtractor:
    return ClapFeatureExtractor.from_pretrained(checkpoint)


@pytest.fixture(scope="module")
def long_sounds(encoder: Encoder) -> list[np.ndarray]:
    """Made ones, and the demo's recordings behind each other."""
    real = np.concatenate(read_all(recordings(), encoder))
    return [*long_probe_sounds(RATE, WINDOW), real[: 2 * WINDOW - 7], real[-5 * WINDOW // 4 :]]


def test_the_contract_says_how_it_hears(exported: ExportResult) -> None:
    contract = exported.bundle.contract
    assert contract.pooling == "fused-views"
    assert contract.front_end.fusion == "whole-and-thirds"
    assert contract.front_end.mel is not None
    assert (contract.front_end.mel.scale, contract.front_end.mel.norm) == ("htk", "none")
    assert exported.agreement.compared == 10
    assert exported.agreement.sounds >= LEAST


def test_windows_are_the_references_sounds_that_are_not_longer(
    encoder: Encoder, reference: ClapModel, extractor: ClapFeatureExtractor
) -> None:
    samples = read_all(recordings(), encoder)
    ours = encoder.embed_windows(np.stack([encoder.front_end.features(s) for s in samples]))
    inputs = extractor(samples, sampling_rate=RATE, return_tensors="pt")
    theirs = hear(reference, inputs["input_features"], [False] * len(samples))
    cosines = (ours * theirs).sum(axis=1)
    print(f"windows: lowest cosine {cosines.min():.8f}; spread {(theirs @ theirs.T).min():.3f}")
    assert cosines.min() >= LEAST
    assert (theirs @ theirs.T).min() < 0.9


def test_views_of_long_sounds_are_the_extractors(
    long_sounds: list[np.ndarray], encoder: Encoder, extractor: ClapFeatureExtractor
) -> None:
    for sound in long_sounds:
        ours = views_of(encoder, sound, piece=77_777)
        theirs = their_views(extractor, sound)[0].numpy()
        # One frame less than a step longer: the reference repeats the one view that there is.
        assert theirs.shape == (4, 1001, 64)
        assert len(ours) == (1 if len(sound) < WINDOW + 480 else 4)
        for own, view in zip(ours, theirs[: len(ours)], strict=True):
            power, other = (np.float64(10.0) ** (mel / 10.0) for mel in (own, view))
            # Single precision: what lies 60 dB below a frame's loudest band is noise of rounding.
            np.testing.assert_allclose(power, other, rtol=2e-3, atol=1e-6 * other.max())


def test_vectors_of_long_sounds_are_the_references(
    long_sounds: list[np.ndarray],
    encoder: Encoder,
    reference: ClapModel,
    extractor: ClapFeatureExtractor,
) -> None:
    cosines, plain = [], []
    for sound in long_sounds:
        ours = encoder.embed_windows(views_of(encoder, sound)[None])
        features = their_views(extractor, sound)
        longer = len(sound) >= WINDOW + 480
        cosines.append(float((ours * hear(reference, features, [longer])).sum()))
        plain.append(float((ours * hear(reference, features, [False])).sum()))
    print(f"long sounds: lowest cosine {min(cosines):.8f}; without fusion {min(plain):.4f}")
    assert min(cosines) >= LEAST
    assert min(plain) < 0.999  # the fusion matters


def test_a_files_vector_is_the_references(
    long_sounds: list[np.ndarray],
    encoder: Encoder,
    reference: ClapModel,
    extractor: ClapFeatureExtractor,
    tmp_path: Path,
) -> None:
    """The whole way of a query and of ingest: decoding, mixing down, windows and views."""
    sound = np.clip(long_sounds[-2], -1, 1)
    ours = embed_sound(encoder, write_sound(tmp_path / "long.wav", sound, RATE, subtype="FLOAT"))
    theirs = hear(reference, their_views(extractor, sound), [True])
    assert float((ours * theirs).sum()) >= LEAST


def test_a_batch_gives_what_single_sounds_give(
    long_sounds: list[np.ndarray], encoder: Encoder
) -> None:
    views = np.stack([views_of(encoder, sound) for sound in long_sounds[2:5]])
    session = encoder._audio.session
    name = session.get_inputs()[0].name
    (together,) = session.run(["audio_embeds"], {name: views})
    alone = np.concatenate([session.run(["audio_embeds"], {name: one[None]})[0] for one in views])
    np.testing.assert_allclose(together, alone, rtol=1e-3, atol=1e-4)


def test_chunks_are_places_that_the_reference_can_draw(extractor: ClapFeatureExtractor) -> None:
    for frames in (1002, 1003, 1004, 1500, 3001, 12_345):
        places = np.array_split(list(range(frames - 1001 + 1)), 3)
        for start, part in zip(chunk_starts(frames, 1001), places, strict=True):
            assert start in (part if len(part) else [0])


@pytest.mark.parametrize(("precision", "least"), [("int8", 0.999), ("fp16", 0.9999)])
def test_smaller_numbers_stay_close(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, precision: Precision, least: float
) -> None:
    """With a larger common part than elsewhere, nearer to what trained towers have."""
    monkeypatch.setattr(seeded_clap, "COMMON", 2.0)
    seeded_clap.write_seeded_checkpoint(tmp_path / "closer", enable_fusion=True)
    options = ExportOptions(out=str(tmp_path / "small"), precision=precision, name="small")
    made = export_source(str(tmp_path / "closer"), options)
    print(f"{precision}: lowest cosine {made.agreement.sounds:.6f} of {made.agreement.compared}")
    assert made.agreement.sounds >= least


def views_of(encoder: Encoder, sound: np.ndarray, piece: int = WINDOW) -> np.ndarray:
    views = encoder.front_end.long_sound_views()
    assert views is not None
    for start in range(0, len(sound), piece):
        views.add(sound[start : start + piece])
    made = views.finish()
    assert made is not None
    return made


def their_views(extractor: ClapFeatureExtractor, sound: np.ndarray) -> torch.Tensor:
    with middle_chunks():
        return extractor(sound, sampling_rate=RATE, return_tensors="pt")["input_features"]


def hear(model: ClapModel, features: torch.Tensor, longer: list[bool]) -> np.ndarray:
    with torch.inference_mode():
        heard = model.get_audio_features(
            input_features=features, is_longer=torch.tensor(longer)[:, None]
        )
    vectors = heard.pooler_output.numpy()
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
