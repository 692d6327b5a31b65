"""Fused ``.pt`` checkpoints: our vectors against `laion_clap`'s, given the same chunks.

Runs in an environment that has the `laion` extra: `make parity-laion`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sqlclap.models.encoder import Encoder
from sqlclap.models.sanity import long_probe_sounds
from sqlclap.search.query_audio import embed_sound
from sqlclap_export.chunks import middle_chunks, unsmoothed_resize
from sqlclap_export.run import ExportResult
from tests.parity.recordings import recordings
from tests.parity.seeded_laion import import_laion_clap, write_seeded_laion
from tests.support.sounds import write_sound

LEAST = 0.99999
RATE = 48_000


@pytest.fixture(scope="module")
def laion_clap(tmp_path_factory: pytest.TempPathFactory) -> Any:
    return import_laion_clap(tmp_path_factory.mktemp("hub"))


@pytest.fixture(scope="module")
def checkpoint(laion_clap: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("checkpoint") / "seeded-fusion.pt"
    return write_seeded_laion(laion_clap, path, fused=True)


@pytest.fixture(scope="module")
def reference(laion_clap: Any, checkpoint: Path) -> Any:
    module = laion_clap.CLAP_Module(enable_fusion=True, amodel="HTSAT-tiny", device="cpu")
    module.load_ckpt(str(checkpoint), verbose=False)
    return module


@pytest.fixture(scope="module")
def long_files(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("long")
    sounds = long_probe_sounds(RATE, 10 * RATE)
    return [
        write_sound(folder / f"{number}.wav", np.clip(sound, -1, 1), RATE, subtype="FLOAT")
        for number, sound in enumerate(sounds)
    ]


def test_the_contract_says_how_it_hears(exported: ExportResult) -> None:
    contract = exported.bundle.contract
    assert (contract.pooling, contract.front_end.fusion) == ("fused-views", "whole-and-thirds")
    assert contract.front_end.int16_round_trip
    assert exported.agreement.sounds >= LEAST


def test_vectors_of_files_are_those_of_its_file_list(reference: Any, encoder: Encoder) -> None:
    """Short ones: none is longer, so nothing is drawn."""
    files = recordings()[::2]
    theirs = reference.get_audio_embedding_from_filelist([str(path) for path in files])
    ours = np.stack([embed_sound(encoder, path) for path in files])
    cosines = (ours * theirs).sum(axis=1)
    print(f"sounds: lowest cosine {cosines.min():.8f}; spread {(theirs @ theirs.T).min():.3f}")
    assert cosines.min() >= LEAST
    assert (theirs @ theirs.T).min() < 0.9


def test_vectors_of_long_files_are_those_of_its_file_list(
    reference: Any, encoder: Encoder, long_files: list[Path]
) -> None:
    with middle_chunks(), unsmoothed_resize():
        theirs = reference.get_audio_embedding_from_filelist([str(path) for path in long_files])
    ours = np.stack([embed_sound(encoder, path) for path in long_files])
    cosines = (ours * theirs).sum(axis=1)
    print(f"long sounds: lowest cosine {cosines.min():.8f}")
    assert cosines.min() >= LEAST


def test_what_its_own_drawing_and_smoothing_change(
    reference: Any, encoder: Encoder, long_files: list[Path]
) -> None:
    """What a vector that laion_clap makes today differs by: chunks are drawn, resizing smooths."""
    files = [str(path) for path in long_files[2:]]
    ours = np.stack([embed_sound(encoder, path) for path in long_files[2:]])
    with middle_chunks():
        smoothed = reference.get_audio_embedding_from_filelist(files)
    np.random.seed(0)
    with unsmoothed_resize():
        drawn = reference.get_audio_embedding_from_filelist(files)
    for what, theirs in (("smoothed", smoothed), ("drawn", drawn)):
        cosines = (ours * theirs).sum(axis=1)
        print(f"{what}: cosines {np.round(cosines, 5).tolist()}")
        assert cosines.min() < 1 - 1e-6
