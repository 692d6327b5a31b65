"""A library of two models' vectors: one hears only and is its own, the other has words, too."""

from __future__ import annotations

import hashlib
from pathlib import Path

import sqlclap
from tests.support.altered_bundle import read_contract
from tests.support.fake_bundle import build_fake_bundle, write_contract
from tests.support.sounds import noise, tone, write_sound

EARS, WORDS = "ears", "wordy"
"""Names of the model without words, and of the one with words."""


def build_audio_only_bundle(folder: Path, name: str = EARS, seed: int = 1) -> Path:
    """Write a fake bundle without words and return its folder."""
    build_fake_bundle(folder, name, seed)
    for file in ("text.onnx", "tokenizer.json"):
        (folder / file).unlink()
    document = read_contract(folder) | {"text": None}
    audio = (folder / "audio.onnx").read_bytes()
    document["files"] = {"audio.onnx": hashlib.sha256(audio).hexdigest()}
    document["scoring"]["background"] = document["scoring"]["background"] | {"text": None}
    write_contract(folder, document)
    return folder


def install_two_models(home: Path) -> None:
    """Put both models where `SQLCLAP_HOME` is to point."""
    build_audio_only_bundle(home / "models" / EARS)
    build_fake_bundle(home / "models" / WORDS, WORDS)


def write_two_models_library(folder: Path) -> Path:
    """Make the library, with the models installed; return its file."""
    for number, hz in enumerate((110, 220, 440, 880)):
        write_sound(folder / "sounds" / "tones" / f"tone-{number}.wav", tone(hz))
    for seed in range(3):
        write_sound(folder / "sounds" / "noises" / f"noise-{seed}.wav", noise(seed))
    for name in (EARS, WORDS):
        with sqlclap.open(folder / "sounds.db", model=name) as library:
            library.ingest([folder / "sounds"])
    return folder / "sounds.db"
