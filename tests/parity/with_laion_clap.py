"""Our vectors against `laion_clap`'s: its own model and file path, seeded weights, real sounds.

Runs in an environment that has the `laion` extra: `make parity-laion`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sqlclap.errors import CheckpointError
from sqlclap.models.encoder import Encoder
from sqlclap.search.query_audio import embed_sound
from sqlclap_export.choose import ExportOptions, export_source
from tests.parity.recordings import recordings
from tests.parity.seeded_laion import import_laion_clap, write_seeded_laion
from tests.support.sounds import noise, tone, write_sound

PROMPTS = ["rain", "a deep kick drum", "Footsteps on gravel; then a door, closing (slowly)."]
LEAST = 0.99999
SOME_WEIGHT = "module.audio_branch.layers.1.blocks.0.mlp.fc1.weight"


@pytest.fixture(scope="module")
def laion_clap(tmp_path_factory: pytest.TempPathFactory) -> Any:
    return import_laion_clap(tmp_path_factory.mktemp("hub"))


@pytest.fixture(scope="module")
def checkpoint(laion_clap: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_seeded_laion(laion_clap, tmp_path_factory.mktemp("checkpoint") / "seeded.pt")


@pytest.fixture(scope="module")
def reference(laion_clap: Any, checkpoint: Path) -> Any:
    module = laion_clap.CLAP_Module(enable_fusion=False, amodel="HTSAT-tiny", device="cpu")
    module.load_ckpt(str(checkpoint), verbose=False)
    return module


def test_vectors_of_files_are_those_of_its_file_list(
    reference: Any, encoder: Encoder, tmp_path: Path
) -> None:
    files = recordings()
    files.append(write_sound(tmp_path / "loud.wav", 1.7 * tone(300, 2.0, 48_000), 48_000))
    files.append(write_sound(tmp_path / "low-rate.wav", noise(4, 1.3, 22_050), 22_050))
    theirs = reference.get_audio_embedding_from_filelist([str(path) for path in files])
    ours = np.stack([embed_sound(encoder, path) for path in files])
    cosines = (ours * theirs).sum(axis=1)
    spread = theirs @ theirs.T
    print(f"sounds: lowest cosine {cosines.min():.8f}; between sounds {spread.min():.3f}")
    assert cosines.min() >= LEAST
    assert spread.min() < 0.9  # the comparison means something


def test_vectors_of_words_are_those_of_its_text_tower(reference: Any, encoder: Encoder) -> None:
    template = encoder.bundle.text.prompt_template
    theirs = reference.get_text_embedding([template.replace("{}", prompt) for prompt in PROMPTS])
    cosines = (encoder.embed_texts(PROMPTS) * theirs).sum(axis=1)
    print(f"words: lowest cosine {cosines.min():.8f}")
    assert cosines.min() >= LEAST


def test_its_bundles_quantise_as_its_file_path_does(encoder: Encoder) -> None:
    assert encoder.bundle.contract.front_end.int16_round_trip
    assert encoder.bundle.text.max_tokens == 77


def test_the_other_choice_about_sixteen_bits_would_show(reference: Any, encoder: Encoder) -> None:
    """Without the round trip our vectors leave the reference's: the contract must say it."""
    from dataclasses import replace

    from sqlclap.audio.front_end import FrontEnd
    from sqlclap_export.source import first_window

    exact = FrontEnd(replace(encoder.front_end.spec, int16_round_trip=False))
    sounds = [first_window(path, encoder) for path in recordings()]
    ours = encoder.embed_windows(np.stack([exact.features(sound) for sound in sounds]))
    theirs = np.concatenate([reference.get_audio_embedding_from_data([s]) for s in sounds])
    cosines = (ours * theirs).sum(axis=1)
    print(f"int16 left out: lowest {cosines.min():.6f}, median {np.median(cosines):.8f}")
    assert cosines.min() < 1.0


def write_broken(checkpoint: Path, change: str, path: Path) -> Path:
    """Write a copy of a checkpoint that can't be right, and return its path."""
    import torch

    content = torch.load(checkpoint, weights_only=False)
    state = content["state_dict"]
    if change == "missing":
        del state[SOME_WEIGHT]
    elif change == "unexpected":
        state["module.audio_branch.layers.1.blocks.0.scale"] = torch.ones(4)
    elif change == "fused":
        state["module.audio_branch.patch_embed.mel_conv2d.weight"] = torch.ones(4)
    elif change == "pickle":
        content["optimizer"] = Path("anything that runs code when it is read")
    torch.save(content, path)
    if change == "truncated":
        path.write_bytes(path.read_bytes()[: 1 << 20])
    return path


@pytest.mark.parametrize("change", ["missing", "unexpected", "fused", "pickle", "truncated"])
def test_checkpoints_that_do_not_fit_are_fatal(
    checkpoint: Path, tmp_path: Path, change: str
) -> None:
    broken = write_broken(checkpoint, change, tmp_path / "broken.pt")
    expected = {
        "missing": f"missing weights: {SOME_WEIGHT.removeprefix('module.')}",
        "unexpected": "unexpected weights: audio_branch.layers.1.blocks.0.scale",
        "fused": "weights of another shape: size mismatch for audio_branch.patch_embed",
        "pickle": "can't be read as weights alone",
        "truncated": "can't be read as weights alone",
    }
    with pytest.raises(CheckpointError, match=expected[change]):
        export_source(str(broken), ExportOptions(out=str(tmp_path / "bundle")))
    assert not (tmp_path / "bundle").exists()
