"""Made-up libraries of any size, for the page's figures."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterable
from pathlib import Path

import numpy as np

import sqlclap
from sqlclap.db.library_file import LibraryFile
from sqlclap.db.sources import source_for
from sqlclap.db.statements import statement, write_transaction
from sqlclap.db.stored_models import StoredModel, register_model
from sqlclap.map.shown_points import keep_shown_points
from sqlclap.models.bundle import EMBEDDED_MODEL, find_bundle
from tests.support.map_tables import CLUSTERING, LAYOUT, MEMBER, NAME, POINT
from tests.support.sounds import noise, write_sound

KINDS = 60
FOLDERS = 40
SAMPLE = """
INSERT INTO samples (sample_id, source_id, path, content_hash, bytes, mtime_ns, duration_s, format)
VALUES (?, ?, ?, '', 0, 0, ?, 'WAV/PCM_16')
"""


def make_library(path: Path, count: int, with_vectors: bool = True) -> None:
    """Fill a library with samples and a map of 60 clusters.

    Parameters
    ----------
    path : Path
        Of the library; its sounds are looked for in the folder ``sounds`` beside it.
    count : int
        How many samples.
    with_vectors : bool
        Also give them vectors of the embedded model's size, and build the index.
    """
    rng = np.random.default_rng(0)
    kinds = rng.integers(KINDS, size=count)
    with LibraryFile(path, "create") as file:
        _add_samples(file, path.parent / "sounds", count)
        if with_vectors:
            _add_vectors(file, kinds, rng)
    places = rng.uniform(-8, 8, (KINDS, 2))[kinds] + rng.normal(0, 0.6, (count, 2))
    _add_map(path, kinds.tolist(), places.tolist())
    if with_vectors:
        with sqlclap.open(path) as library:
            library.index.build()
    with sqlclap.open(path) as library:
        keep_shown_points(library.session)  # as `sqlclap map` does


def path_of(number: int) -> str:
    """Return where a made-up sample's sound lies, below the source's folder."""
    return f"kit-{number % FOLDERS}/{number}.wav"


def write_sounds(root: Path, numbers: Iterable[int], seconds: float) -> None:
    """Put a sound of CD quality where each of some samples is said to lie; all are one file."""
    first: Path | None = None
    for number in numbers:
        file = root / path_of(number)
        if first is None:
            both = np.stack([noise(1, seconds, 44_100), noise(2, seconds, 44_100)], axis=1)
            first = write_sound(file, both, rate=44_100)
        else:
            file.parent.mkdir(parents=True, exist_ok=True)
            os.link(first, file)


def _add_samples(file: LibraryFile, root: Path, count: int) -> None:
    bundle = find_bundle(EMBEDDED_MODEL)
    text = (bundle.folder / "contract.json").read_text(encoding="utf-8")
    with write_transaction(file.connection) as connection:
        register_model(
            connection,
            StoredModel(0, bundle.name, bundle.model_version, bundle.contract.dim, text),
        )
        source = source_for(connection, root)
        rows = ((n, source.source_id, path_of(n), 10.0) for n in range(1, count + 1))
        connection.executemany(SAMPLE, rows)


def _add_vectors(file: LibraryFile, kinds: np.ndarray, rng: np.random.Generator) -> None:
    """Give every sample a vector near that of its kind."""
    dim = find_bundle(EMBEDDED_MODEL).contract.dim
    vectors = rng.standard_normal((KINDS, dim))[kinds] + rng.standard_normal((len(kinds), dim))
    unit = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    ids = range(1, len(kinds) + 1)
    with write_transaction(file.connection) as connection:
        connection.executemany(statement("benchmarks/embeddings_fill"), ((n, n, 1) for n in ids))
        insert = statement("db/vector_insert", model_id=1)
        rows = ((n, False, one.tobytes()) for n, one in zip(ids, unit, strict=True))
        connection.executemany(insert, rows)


def _add_map(path: Path, kinds: list[int], places: list[list[float]]) -> None:
    with sqlite3.connect(path) as database:
        database.execute(LAYOUT)
        database.execute(CLUSTERING)
        ids = range(1, len(kinds) + 1)
        points = ((n, *place) for n, place in zip(ids, places, strict=True))
        database.executemany(POINT, points)
        database.executemany(MEMBER, zip(ids, kinds, strict=True))
        database.executemany(NAME, [(n, f"cluster {n}") for n in range(KINDS)])
    database.close()
