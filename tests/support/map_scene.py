"""Libraries of vectors in a few dense groups: what maps and clusters are tried on."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from sqlclap.db.library_file import LibraryFile
from sqlclap.db.statements import write_transaction
from sqlclap.db.stored_models import StoredModel
from sqlclap.db.vectors import replace_vectors
from sqlclap.map.maps import LibraryMap
from sqlclap.session import Session
from tests.support.vector_library import add_model, add_samples, one_window, unit_vectors

DIM = 24
GROUPS = 6


def grouped_vectors(count: int, seed: int = 0, spread: float = 0.12) -> np.ndarray:
    """Return unit vectors around `GROUPS` middles, shape (count, DIM), in random order."""
    rng = np.random.default_rng(seed)
    middles = unit_vectors(GROUPS, DIM, seed=99)
    vectors = middles[group_of(count, seed)] + spread * rng.standard_normal((count, DIM))
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


def group_of(count: int, seed: int = 0) -> np.ndarray:
    """Return which group each of `grouped_vectors` belongs to."""
    return np.random.default_rng([seed, 1]).integers(0, GROUPS, count)


class MapScene:
    """A library that holds vectors, and its map."""

    def __init__(self, path: Path, vectors: np.ndarray) -> None:
        self.file = LibraryFile(path, "create")
        self.model: StoredModel = add_model(self.file, vectors.shape[1])
        self.sample_ids = list(self.add(vectors))
        self.map = LibraryMap(Session.of_file(self.file))

    def add(self, vectors: np.ndarray) -> Sequence[int]:
        """Add sounds; return their ids."""
        return add_samples(self.file, self.model, [one_window(vector) for vector in vectors])

    def change(self, vectors: dict[int, np.ndarray]) -> None:
        """Give sounds other vectors, as ingest does when their files have changed."""
        with write_transaction(self.file.connection) as connection:
            for sample_id, vector in vectors.items():
                replace_vectors(connection, self.model, sample_id, one_window(vector))

    def agreement(self) -> float:
        """Return the share of nearest sounds that are nearest on the map, the mean over all."""
        query = "SELECT avg(agreement) FROM map_points"
        return float(self.file.connection.execute(query).get)
