"""Our vectors against `transformers`': the true architecture, seeded weights, real sounds.

Runs in an environment that has the `export` extra: `make parity`.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import AutoTokenizer, ClapFeatureExtractor, ClapModel

from sqlclap.audio.front_end import FrontEnd
from sqlclap.errors import CheckpointError, ExportError
from sqlclap.models.bundle import Bundle, open_bundle
from sqlclap.models.encoder import Encoder
from sqlclap_export.choose import ExportOptions, export_source
from sqlclap_export.run import ExportResult
from tests.parity.recordings import read_all, recordings
from tests.support.seeded_clap import write_seeded_checkpoint

PROMPTS = [
    "rain",
    "a deep kick drum",
    "Footsteps on gravel; then a door, closing (slowly).",
    "naïve café — 音楽 🎵",
    "one two three four five six seven eight nine ten " * 80,
]
LEAST = 0.99999


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("checkpoint") / "seeded"
    write_seeded_checkpoint(folder)
    return folder


@pytest.fixture(scope="module")
def reference(checkpoint: Path) -> ClapModel:
    return ClapModel.from_pretrained(checkpoint).eval()


@pytest.fixture(scope="module")
def extractor(checkpoint: Path) -> ClapFeatureExtractor:
    return ClapFeatureExtractor.from_pretrained(checkpoint)


@pytest.fixture(scope="module")
def samples(encoder: Encoder) -> list[np.ndarray]:
    return read_all(recordings(), encoder)


def test_features_are_the_extractors(
    samples: list[np.ndarray], encoder: Encoder, extractor: ClapFeatureExtractor
) -> None:
    for sound in samples:
        theirs = extractor(sound, sampling_rate=48_000, return_tensors="np")["input_features"]
        ours = encoder.front_end.features(sound)
        assert theirs.shape == (1, 1, *ours.shape)
        # As power: decibels close to the floor of -100 dB magnify the last bit of a float32.
        own, powers = (np.float64(10.0) ** (mel / 10.0) for mel in (ours, theirs[0, 0]))
        np.testing.assert_allclose(own, powers, rtol=1e-3, atol=1e-9)


def test_vectors_of_real_sounds_are_the_references(
    samples: list[np.ndarray],
    encoder: Encoder,
    reference: ClapModel,
    extractor: ClapFeatureExtractor,
) -> None:
    theirs = heard_by(reference, extractor, samples)
    ours = embed(encoder, samples)
    cosines = (ours * theirs).sum(axis=1)
    spread = theirs @ theirs.T
    print(f"sounds: lowest cosine {cosines.min():.8f}; between sounds {spread.min():.3f}")
    assert cosines.min() >= LEAST
    assert spread.min() < 0.9  # the comparison means something


def test_a_batch_gives_what_single_sounds_give(samples: list[np.ndarray], encoder: Encoder) -> None:
    together = embed(encoder, samples[:5])
    alone = np.concatenate([embed(encoder, [sound]) for sound in samples[:5]])
    assert (together * alone).sum(axis=1).min() > 1 - 1e-6


def test_vectors_of_words_are_the_references(
    encoder: Encoder, reference: ClapModel, checkpoint: Path
) -> None:
    template = encoder.bundle.text.prompt_template
    prompts = [template.replace("{}", prompt.strip()) for prompt in PROMPTS]
    tokenizer = AutoTokenizer.from_pretrained(checkpoint)
    cosines = []
    for prompt, vector in zip(prompts, encoder.embed_texts(PROMPTS), strict=True):
        inputs = tokenizer(prompt, truncation=True, return_tensors="pt")
        assert encoder.tokens.encode([prompt])["input_ids"].tolist() == inputs["input_ids"].tolist()
        with torch.inference_mode():
            theirs = reference.get_text_features(**inputs).pooler_output[0].numpy()
        cosines.append(float(vector @ theirs))
    print(f"words: lowest cosine {min(cosines):.8f}")
    assert min(cosines) >= LEAST


def test_the_larger_architecture_agrees_too(tmp_path: Path) -> None:
    checkpoint = tmp_path / "larger"
    wider = {"patch_embeds_hidden_size": 128, "hidden_size": 1024, "depths": [2, 2, 12, 2]}
    write_seeded_checkpoint(checkpoint, seed=1, **wider)
    made = export_source(str(checkpoint), ExportOptions(out=str(tmp_path / "bundle")))
    assert made.agreement.sounds >= LEAST
    assert made.agreement.texts >= LEAST


def test_int8_stays_close(
    checkpoint: Path, tmp_path: Path, samples: list[np.ndarray], encoder: Encoder
) -> None:
    options = ExportOptions(out=str(tmp_path / "small"), precision="int8", name="small")
    small = export_source(str(checkpoint), options).bundle
    cosines = (embed(Encoder(small), samples) * embed(encoder, samples)).sum(axis=1)
    print(f"int8: lowest cosine {cosines.min():.5f}, median {np.median(cosines):.5f}")
    assert cosines.min() >= 0.999
    assert small.model_version != encoder.bundle.model_version


def test_half_floats_stay_close(
    checkpoint: Path, tmp_path: Path, samples: list[np.ndarray], encoder: Encoder
) -> None:
    """For cards; here the processor turns them into floats."""
    options = ExportOptions(out=str(tmp_path / "half"), precision="fp16", name="half")
    half = export_source(str(checkpoint), options).bundle
    cosines = (embed(Encoder(half), samples) * embed(encoder, samples)).sum(axis=1)
    print(f"fp16: lowest cosine {cosines.min():.7f}, median {np.median(cosines):.7f}")
    assert cosines.min() >= 0.9999
    sizes = [len(one.read("audio.onnx")) for one in (half, encoder.bundle)]
    assert sizes[0] < 0.55 * sizes[1]


def test_what_sixteen_bits_would_change(samples: list[np.ndarray], encoder: Encoder) -> None:
    """transformers doesn't quantise, so its bundles don't: this is what the other choice costs."""
    from dataclasses import replace

    coarse = FrontEnd(replace(encoder.front_end.spec, int16_round_trip=True))
    rounded = np.stack([coarse.features(sound) for sound in samples])
    cosines = (encoder.embed_windows(rounded) * embed(encoder, samples)).sum(axis=1)
    print(f"int16: lowest cosine {cosines.min():.6f}, median {np.median(cosines):.8f}")
    assert not encoder.bundle.contract.front_end.int16_round_trip
    assert np.median(cosines) > 0.999


@pytest.mark.parametrize("change", ["missing", "unexpected", "fused"])
def test_weights_that_do_not_fit_are_fatal(checkpoint: Path, tmp_path: Path, change: str) -> None:
    weights = load_file(checkpoint / "model.safetensors")
    some = "audio_model.audio_encoder.layers.1.blocks.0.attention.self.query.weight"
    if change == "missing":
        del weights[some]
    else:
        extra = {"unexpected": "audio_model.audio_encoder.layers.1.blocks.0.scale", "fused": FUSED}
        weights[extra[change]] = torch.ones(4)
    broken = tmp_path / "broken"
    broken.mkdir()
    for file in checkpoint.iterdir():
        if file.suffix == ".json" or file.name == "merges.txt":
            (broken / file.name).write_bytes(file.read_bytes())
    save_file(weights, broken / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(CheckpointError, match="keys in the weights"):
        export_source(str(broken), ExportOptions(out=str(tmp_path / "bundle")))
    assert not (tmp_path / "bundle").exists()


FUSED = "audio_model.audio_encoder.patch_embed.mel_conv2d.weight"


def test_settings_that_contradict_each_other_are_refused(checkpoint: Path, tmp_path: Path) -> None:
    broken = tmp_path / "fused"
    shutil.copytree(checkpoint, broken)
    settings = json.loads((broken / "preprocessor_config.json").read_text())
    text = json.dumps(settings | {"truncation": "fusion"})
    (broken / "preprocessor_config.json").write_text(text)
    with pytest.raises(CheckpointError, match="enable_fusion True"):
        export_source(str(broken), ExportOptions(out=str(tmp_path / "bundle")))


def test_an_export_that_disagrees_is_not_published(
    checkpoint: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from sqlclap_export import htsat

    right = vars(htsat)["bicubic_matrix"]
    monkeypatch.setattr(htsat, "bicubic_matrix", lambda n, m: np.roll(right(n, m), 40, axis=0))
    with pytest.raises(ExportError, match="nothing was published"):
        export_source(str(checkpoint), ExportOptions(out=str(tmp_path / "bundle")))
    assert list(tmp_path.iterdir()) == []


def test_a_published_export_opens_and_says_what_it_is(exported: ExportResult) -> None:
    bundle: Bundle = open_bundle(exported.bundle.folder)
    assert bundle.contract.precision == "fp32"
    assert bundle.contract.dim == 512
    assert exported.agreement.compared == 5


def embed(encoder: Encoder, sounds: list[np.ndarray]) -> np.ndarray:
    return encoder.embed_windows(np.stack([encoder.front_end.features(s) for s in sounds]))


def heard_by(
    model: ClapModel, extractor: ClapFeatureExtractor, sounds: list[np.ndarray]
) -> np.ndarray:
    inputs = extractor(sounds, sampling_rate=48_000, return_tensors="pt")
    with torch.inference_mode():
        vectors = model.get_audio_features(inputs["input_features"]).pooler_output.numpy()
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
