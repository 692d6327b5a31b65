"""Libraries with labels over vectors that a test chooses."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Unpack

import numpy as np

import sqlclap
from sqlclap.db.database import Database
from sqlclap.db.library_file import LibraryFile
from sqlclap.labels.labels import Labels
from sqlclap.labels.store import GivenSettings
from sqlclap.models.encoder import Encoder
from sqlclap.session import Session, SharedResources
from tests.support.vector_library import add_model, add_samples, one_window


class LabelScene:
    """A library file of vectors, and its labels.

    Sample ids count from 1 in the order of `vectors`.
    """

    def __init__(self, path: Path, vectors: np.ndarray) -> None:
        self.file = LibraryFile(path, "create")
        self.model = add_model(self.file, vectors.shape[1])
        add_samples(self.file, self.model, [one_window(vector) for vector in vectors])
        self.session = Session(lambda: self.file.connection, NoEncoder())
        self.labels = Labels(self.session)

    def label(
        self,
        name: str,
        positive: Sequence[int],
        negative: Sequence[int] = (),
        **settings: Unpack[GivenSettings],
    ) -> None:
        """Make a label with anchors."""
        self.labels.add(name, **settings)
        self.labels.add_anchors(name, positive)
        self.labels.add_anchors(name, negative, "negative")

    def rows(self, sql: str, *bindings: object) -> list[tuple]:
        """Run SQL and return its rows."""
        return self.file.connection.execute(sql, bindings).fetchall()

    def view_scores(self, label: str) -> dict[int, tuple]:
        """Return score, rival, gap and confidence by sample id, as the SQL view has them."""
        query = "SELECT sample_id, score, rival, gap, confidence FROM label_scores WHERE label = ?"
        return {row[0]: row[1:] for row in self.rows(query, label)}


class NoEncoder(SharedResources):
    """Resources of a library whose model isn't there."""

    def encoder(self, database: Database) -> Encoder:
        """Refuse."""
        raise sqlclap.SqlclapError("this scene has no model")


def at_angles(*degrees: float) -> np.ndarray:
    """Return unit vectors in the plane, shape (n, 2): cosines between them are easy by hand."""
    angles = np.radians(degrees)
    return np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)
