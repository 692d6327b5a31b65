"""Vectors that other programs made."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.support.fake_bundle import build_fake_bundle

WORDS = "wordy"


def made_up(count: int, dim: int = 16, seed: int = 0) -> np.ndarray:
    """Return seeded unit vectors, shape (count, dim)."""
    vectors = np.random.default_rng(seed).standard_normal((count, dim)).astype(np.float32)
    unit: np.ndarray = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return unit


def write_array(file: Path, vectors: np.ndarray, ids: list[str]) -> Path:
    """Write an array, and its ids beside it."""
    np.save(file, vectors)
    file.with_suffix(".txt").write_text("".join(f"{one}\n" for one in ids), encoding="utf-8")
    return file


@pytest.fixture
def array(tmp_path: Path) -> Path:
    """A file of forty vectors, ids beside it."""
    return write_array(tmp_path / "forty.npy", made_up(40), [f"item {n}" for n in range(40)])


@pytest.fixture
def wordy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """An installed model with words; its name."""
    monkeypatch.setenv("SQLCLAP_HOME", str(tmp_path / "home"))
    build_fake_bundle(tmp_path / "home" / "models" / WORDS, WORDS)
    return WORDS
