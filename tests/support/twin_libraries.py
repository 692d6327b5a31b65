"""The same sounds twice: in one library, and in a set of several shards."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

import sqlclap
from sqlclap.db.sources import source_for
from sqlclap.db.statements import write_transaction
from sqlclap.db.stored_models import StoredModel, default_model, register_model
from sqlclap.db.vectors import replace_vectors
from sqlclap.ingest.library_model import as_stored
from sqlclap.shards import SetOptions, ShardSet, open_set
from sqlclap.shards.making import init_set
from tests.support.vector_library import unit_vectors, windows_of

ROOT = Path("/archive")
INSERT = """
INSERT INTO samples
    (source_id, path, content_hash, bytes, mtime_ns, duration_s, format, spectral_centroid_hz,
    pitch_hz, loudness_momentary, attack_s, decay, flatness, rms_db)
VALUES (?, ?, ?, 0, 0, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING sample_id
"""
DESCRIBE = "INSERT INTO sound_descriptions (sample_id, name, folder, said) VALUES (?, ?, ?, ?)"
WORDS = ("glass", "break", "kick", "rain", "deep", "wood")
FORMATS = ("WAV/PCM_16", "FLAC/PCM_24")


class Sound:
    """A made-up sound: its path and its windows' vectors."""

    def __init__(self, number: int, vectors: np.ndarray) -> None:
        self.number, self.vectors = number, vectors
        self.path = f"site-{number % 3}/{number:05}.wav"

    @property
    def measures(self) -> list[float | None]:
        """Pitch, loudness, attack, decay, flatness and level; some are not known."""
        random = np.random.default_rng(self.number)
        low, high = (40, -60, 0.001, -80, 0, -60), (4_000, -5, 0.5, -5, 1, -10)
        known = random.random(6) < 0.9
        values = random.uniform(low, high).tolist()
        return [value if there else None for value, there in zip(values, known, strict=True)]

    @property
    def words(self) -> tuple[str, str, str]:
        """Words of its name, its folder and what its file says: of no two sounds as many."""
        random = np.random.default_rng(1_000 + self.number)
        said = random.choice(WORDS, int(random.integers(0, 9))).tolist()
        more = ["filler"] * (10 * self.number)
        name = str(random.choice(WORDS))
        return name, f"site {self.number % 3}", " ".join([*said, *more])

    def add(self, library: sqlclap.Library) -> int:
        """Store it as ingest would."""
        with write_transaction(library.connection) as database:
            source = source_for(database, ROOT)
            number = self.number
            hz = None if number % 7 == 0 else 100.0 + (number * 37) % 991
            row = (source.source_id, self.path, f"hash-{number}", float(len(self.vectors)))
            more = (FORMATS[number % 2], hz, *self.measures)
            sample_id = int(database.execute(INSERT, (*row, *more)).get)
            database.execute(DESCRIBE, (sample_id, *self.words))
            replace_vectors(database, default_model(database), sample_id, windows_of(self.vectors))
        return sample_id


class Twins:
    """One library and one set of the same sounds.

    Parameters
    ----------
    folder : Path
    bundle : Path
        Of the model.
    """

    def __init__(self, folder: Path, bundle: Path, shards: int = 3) -> None:
        self.folder, self.bundle = folder, bundle
        self.library = sqlclap.open(folder / "one.db", model=str(bundle))
        with write_transaction(self.library.connection) as database:
            self.model: StoredModel = register_model(
                database, as_stored(self.library.encoder.bundle)
            )
        init_set(folder / "set.toml", shards, str(bundle)).close()
        self.set: ShardSet = self.reopened()
        self.sounds: list[Sound] = []

    def reopened(self, require_all: bool = False) -> ShardSet:
        """Open the set once more."""
        options = SetOptions(model=str(self.bundle), require_all=require_all)
        return open_set(self.folder / "set.toml", options)

    def add(self, count: int, seed: int = 0, copies: int = 0) -> None:
        """Add sounds of one to three windows to both; the last ones as copies of the first."""
        first = len(self.sounds)
        made = []
        for number in range(first, first + count):
            windows = 1 + number % 3 if number % 4 == 0 else 1
            made.append(
                Sound(number, unit_vectors(windows, self.model.dim, seed * 10_000 + number))
            )
        for at in range(copies):
            made[-1 - at].vectors = made[at].vectors
        self.store(made)

    def store(self, sounds: Sequence[Sound]) -> None:
        """Store sounds in both."""
        shards = {one.number: one.open() for one in self.set.shards}
        for sound in sounds:
            sound.add(self.library)
            sound.add(shards[self.set.shard_of(str(ROOT), sound.path).number])
        for library in shards.values():
            library.close()
        self.sounds += sounds

    def order_as_set(self) -> None:
        """Make the one library anew, with its sounds in the order of the set's ids."""
        query = "SELECT path, content_hash, status FROM samples"
        known = {path: rest for path, *rest in self.library.connection.execute(query)}
        sounds = {one.path: one for one in self.sounds}
        ids: dict[str, int] = {}
        for shard in self.set.shards:
            with shard.open("read") as library:
                told = shard.entry.ids.told
                ids |= {str(one.path): told(one.sample_id) for one in library.samples()}
        self.library.close()
        for one in self.folder.glob("one.db*"):
            one.unlink()
        self.library = sqlclap.open(self.folder / "one.db", model=str(self.bundle))
        with write_transaction(self.library.connection) as database:
            register_model(database, as_stored(self.library.encoder.bundle))
        for path in sorted(ids, key=lambda one: ids[one]):
            sample_id = sounds[path].add(self.library)
            with write_transaction(self.library.connection) as database:
                update = "UPDATE samples SET content_hash = ?, status = ? WHERE sample_id = ?"
                database.execute(update, (*known[path], sample_id))
                if known[path][1] == "silent":
                    database.execute("DELETE FROM embeddings WHERE sample_id = ?", (sample_id,))
        assert len(ids) == len(self.sounds)

    def close(self) -> None:
        """Close both."""
        self.library.close()
        self.set.close()
