"""Libraries of vectors without sounds, for what is pure geometry."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from sqlclap.db.library_file import LibraryFile
from sqlclap.db.sources import source_for
from sqlclap.db.statements import write_transaction
from sqlclap.db.stored_models import StoredModel, register_model
from sqlclap.db.vectors import WindowVectors, replace_vectors

INSERT = """
INSERT INTO samples (source_id, path, content_hash, bytes, mtime_ns, duration_s)
VALUES (?, ?, '', 0, 0, 1.0) RETURNING sample_id
"""


def unit_vectors(count: int, dim: int, seed: int = 0) -> np.ndarray:
    """Return random unit vectors, shape (count, dim), float32."""
    vectors = np.random.default_rng(seed).standard_normal((count, dim)).astype(np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def one_window(vector: np.ndarray) -> WindowVectors:
    """Return a sound of one window of a second."""
    return WindowVectors(vector[None], np.zeros(1, np.float32), np.ones(1, np.float32))


def windows_of(vectors: np.ndarray) -> WindowVectors:
    """Return a sound of consecutive windows of a second each."""
    starts = np.arange(len(vectors), dtype=np.float32)
    return WindowVectors(vectors, starts, starts + 1)


def add_model(file: LibraryFile, dim: int, version: str = "0" * 16) -> StoredModel:
    """Register a model that there is only in name."""
    with write_transaction(file.connection) as connection:
        return register_model(connection, StoredModel(0, f"m{version[:2]}", version, dim, "{}"))


def add_samples(
    file: LibraryFile, model: StoredModel, sounds: Iterable[WindowVectors]
) -> Sequence[int]:
    """Store sounds and return their sample ids."""
    ids = []
    with write_transaction(file.connection) as connection:
        source = source_for(connection, Path("/samples"))
        (before,) = connection.execute("SELECT ifnull(max(sample_id), 0) FROM samples").fetchone()
        for number, windows in enumerate(sounds, start=before):
            row = (source.source_id, f"{number}.wav")
            ids.append(int(connection.execute(INSERT, row).get))
            replace_vectors(connection, model, ids[-1], windows)
    return ids
