"""A library of field recordings that annotation files speak of."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

import sqlclap
from tests.support.sounds import RATE, noise, write_sound

Write = Callable[[str, str], Path]


def long_sound(seed: int, seconds: float) -> np.ndarray:
    """Return noise whose loudness changes, shape (n,)."""
    time = np.arange(round(seconds * RATE)) / RATE
    return (noise(seed, seconds) * (0.3 + 0.2 * np.sin(time))).astype(np.float32)


@pytest.fixture
def field(tmp_path: Path) -> Path:
    """A folder of three recordings at two sites."""
    folder = tmp_path / "field"
    write_sound(folder / "site1" / "dawn.wav", long_sound(1, 8.0))
    write_sound(folder / "site1" / "dusk.wav", long_sound(2, 6.5))
    write_sound(folder / "site2" / "dawn.wav", long_sound(3, 4.0))
    return folder


@pytest.fixture
def birds(tmp_path: Path, field: Path, fake_bundle: Path) -> Iterator[sqlclap.Library]:
    """A library of them."""
    with sqlclap.open(tmp_path / "birds.db", model=str(fake_bundle)) as opened:
        opened.ingest([field])
        yield opened


@pytest.fixture
def wrote(tmp_path: Path) -> Write:
    """Write a text file."""

    def write(name: str, text: str) -> Path:
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8", newline="")
        return file

    return write
