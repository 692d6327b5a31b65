"""A library that others have written to: indexed, newer, replaced and broken vectors."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import apsw
import numpy as np

import sqlclap
from sqlclap.db.sources import source_for
from sqlclap.db.statements import write_transaction
from sqlclap.db.stored_models import register_model
from sqlclap.db.vector_extension import load_sqlite_vec
from sqlclap.db.vectors import WindowVectors, replace_vectors
from sqlclap.ingest.library_model import as_stored
from tests.support.vector_library import INSERT, unit_vectors, windows_of

LABELS = ("one", "two")
ADD_EMBEDDING = """
INSERT INTO embeddings (sample_id, model_id, window_index, start_s, end_s)
VALUES (?, 1, NULL, 0, 1) RETURNING embedding_id
"""
ADD_VECTOR = "INSERT INTO vec_1 (embedding_id, is_window, vector) VALUES (?, 0, ?)"
BROKEN = {
    "zeros": lambda vector: 0 * vector,
    "not a number": lambda vector: np.full_like(vector, np.nan),
    "one NaN": lambda vector: np.where(np.arange(len(vector)) == 0, np.nan, vector),
    "infinite": lambda vector: np.full_like(vector, -np.inf),
    "too long": lambda vector: np.float32(1e30) * vector,
    "too short": lambda vector: np.float32(1e-30) * vector,
}
"""What can't be compared, made of a unit vector."""


class MixedLibrary:
    """A library with two labels and an index, and a client of another program.

    Parameters
    ----------
    path : Path
    bundle : Path
        Of the model that the library is of.
    seed : int
    """

    def __init__(self, path: Path, bundle: Path, seed: int) -> None:
        self.library = sqlclap.open(path, model=str(bundle))
        self.random = np.random.default_rng(seed)
        self.dim = self.library.encoder.bundle.contract.dim
        with write_transaction(self.library.connection) as connection:
            self.model = register_model(connection, as_stored(self.library.encoder.bundle))
            connection.execute("UPDATE models SET is_default = 1")
        self.other = apsw.Connection(str(path))
        load_sqlite_vec(self.other)
        self.promised: list[int] = []

    def close(self) -> None:
        """Close both connections."""
        self.other.close()
        self.library.close()

    def vectors(self, count: int) -> np.ndarray:
        """Return unit vectors; every fourth is a copy of another."""
        vectors = unit_vectors(count, self.dim, int(self.random.integers(2**31)))
        vectors[3::4] = vectors[: len(vectors[3::4])]
        return vectors

    def add(self, count: int) -> list[int]:
        """Add sounds of one or two windows as sqlclap does; return their ids."""
        ids = []
        with write_transaction(self.library.connection) as connection:
            source = source_for(connection, Path("/samples"))
            for number, vector in enumerate(self.vectors(count)):
                windows = vector[None] if number % 3 else np.stack([vector, self.vectors(1)[0]])
                row = (source.source_id, f"{number}-{self.random.integers(2**40)}.wav")
                ids.append(int(connection.execute(INSERT, row).get))
                replace_vectors(connection, self.model, ids[-1], self.windows(windows))
        return ids

    @staticmethod
    def windows(vectors: np.ndarray) -> WindowVectors:
        """Return a sound of consecutive windows."""
        return windows_of(vectors)

    def label(self) -> None:
        """Make the labels, each of some sounds."""
        for name in LABELS:
            self.library.labels.add(name, threshold=0.3, gap=0.05, top_k=2)
            self.library.labels.add_anchors(name, self.some(4))
        self.library.labels.add_anchors("one", self.some(1), "negative")

    def some(self, count: int) -> list[int]:
        """Return ids of samples that are there and have a vector of their own."""
        rows = self.other.execute("SELECT sample_id FROM embeddings WHERE window_index IS NULL")
        there = sorted({row[0] for row in rows})
        return [int(i) for i in self.random.choice(there, min(count, len(there)), replace=False)]

    def delete(self, count: int) -> None:
        """Delete samples by the other client."""
        rows = [(sample_id,) for sample_id in self.some(count)]
        self.other.executemany("DELETE FROM samples WHERE sample_id = ?", rows)

    def replace(self, count: int, change: Callable[[np.ndarray], np.ndarray]) -> None:
        """Give samples other vectors by the other client, changed ones."""
        for sample_id, vector in zip(self.some(count), self.vectors(count), strict=False):
            with self.other:
                self.other.execute("DELETE FROM embeddings WHERE sample_id = ?", (sample_id,))
                embedding_id = self.other.execute(ADD_EMBEDDING, (sample_id,)).get
                blob = change(vector).astype("<f4").tobytes()
                self.other.execute(ADD_VECTOR, (embedding_id, blob))

    def promise(self, count: int) -> None:
        """Add samples whose embeddings have no vector yet."""
        with write_transaction(self.library.connection) as connection:
            source = source_for(connection, Path("/samples"))
            for _ in range(count):
                row = (source.source_id, f"promised-{self.random.integers(2**40)}.wav")
                sample_id = int(connection.execute(INSERT, row).get)
                self.promised.append(int(connection.execute(ADD_EMBEDDING, (sample_id,)).get))

    def keep_promises(self) -> None:
        """Give embeddings the vectors that they were promised, later on."""
        for embedding_id in self.without_vector() & {*self.promised}:
            self.other.execute(ADD_VECTOR, (embedding_id, self.vectors(1)[0].tobytes()))

    def lose(self, count: int) -> None:
        """Delete the vectors of the newest embeddings, and nothing else of them."""
        rows = self.other.execute(
            "SELECT embedding_id FROM embeddings WHERE window_index IS NULL "
            "ORDER BY embedding_id DESC LIMIT ?",
            (count,),
        ).fetchall()
        self.other.executemany("DELETE FROM vec_1 WHERE embedding_id = ?", rows)

    def make_anew(self) -> None:
        """Give those that lost theirs another vector, as docs/schema.md says: by another row."""
        for embedding_id in self.without_vector() - {*self.promised}:
            query = "SELECT sample_id FROM embeddings WHERE embedding_id = ?"
            sample_id = self.other.execute(query, (embedding_id,)).get
            with self.other:
                remove = "DELETE FROM embeddings WHERE embedding_id = ?"
                self.other.execute(remove, (embedding_id,))
                new = self.other.execute(ADD_EMBEDDING, (sample_id,)).get
                self.other.execute(ADD_VECTOR, (new, self.vectors(1)[0].tobytes()))

    def without_vector(self) -> set[int]:
        """Return samples' own embeddings that have none."""
        rows = self.other.execute(
            "SELECT embedding_id FROM embeddings WHERE window_index IS NULL "
            "AND embedding_id NOT IN (SELECT embedding_id FROM vec_1)"
        )
        return {int(row[0]) for row in rows}

    def stray(self) -> None:
        """Add vectors that belong to no embedding, and an embedding of no sample."""
        last = self.other.execute("SELECT max(embedding_id) + 100 FROM embeddings").get
        for number, vector in enumerate(self.vectors(3)):
            with self.other:
                if self.other.execute(
                    "SELECT 1 FROM vec_1 WHERE embedding_id = ?", (last + number,)
                ).get:
                    continue
                self.other.execute(ADD_VECTOR, (last + number, vector.tobytes()))
        gone = 10**6 + int(self.random.integers(10**6))
        embedding_id = self.other.execute(ADD_EMBEDDING, (gone,)).get
        if (
            self.other.execute("SELECT 1 FROM vec_1 WHERE embedding_id = ?", (embedding_id,)).get
            is None
        ):
            self.other.execute(ADD_VECTOR, (embedding_id, self.vectors(1)[0].tobytes()))

    def usable(self) -> dict[int, np.ndarray]:
        """Return unit vectors of what can be compared by sample id, as numpy sees it."""
        rows = self.other.execute(
            "SELECT e.sample_id, v.vector FROM embeddings AS e "
            "JOIN vec_1 AS v USING (embedding_id) JOIN samples USING (sample_id) "
            "WHERE e.window_index IS NULL"
        )
        found = {sample_id: np.frombuffer(blob, "<f4").astype("f8") for sample_id, blob in rows}
        lengths = {sample_id: np.linalg.norm(vector) for sample_id, vector in found.items()}
        fine = {sample_id for sample_id, length in lengths.items() if 1e-15 < length < 1e15}
        return {sample_id: found[sample_id] / lengths[sample_id] for sample_id in fine}

    def some_usable(self) -> int:
        """Return the first sample whose vector can be compared."""
        return min(self.usable())

    def copies(self) -> set[tuple[int, int]]:
        """Return a pair for each sample whose vector is that of an earlier one."""
        first: dict[bytes, int] = {}
        pairs = set()
        for sample_id, vector in sorted(self.usable().items()):
            leader = first.setdefault(vector.round(4).tobytes(), sample_id)
            if leader != sample_id:
                pairs.add((leader, sample_id))
        return pairs

    @staticmethod
    def pairs_of(ids: list[int]) -> set[tuple[int, int]]:
        """Return all pairs among ids, the smaller first."""
        return {(a, b) for a in ids for b in ids if a < b}
