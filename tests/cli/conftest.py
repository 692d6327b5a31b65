"""What tests of commands share."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

import sqlclap
from tests.support.sounds import noise, tone, write_sound


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Path]:
    """A library that is whole, the folder that it was filled from, and a file of another kind."""
    folder = tmp_path_factory.mktemp("scene")
    for hz in (110, 220, 440):
        write_sound(folder / "sounds" / f"tone-{hz}.wav", tone(hz))
    write_sound(folder / "sounds" / "noise.wav", noise(1))
    (folder / "labels.json").write_text('{"format": "sqlclap labels 1", "records": []}')
    with sqlclap.open(folder / "good.db") as library:
        library.ingest([folder / "sounds"])
        library.labels.add("kick")
        library.labels.add_anchors("kick", [1, 2])
    return {
        "library": folder / "good.db",
        "a folder": folder / "sounds",
        "a file": folder / "labels.json",
    }
