"""Libraries of made-up vectors, as large as wanted: clustered unit vectors from a fixed seed."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from sqlclap.db.library_file import LibraryFile
from sqlclap.db.sources import source_for
from sqlclap.db.statements import statement, write_transaction
from sqlclap.db.stored_models import StoredModel, default_model, register_model
from sqlclap.index.handle import LibraryIndex

if TYPE_CHECKING:
    from sqlclap.arrays import Float32Array, Int64Array
    from sqlclap.db.database import Database
    from sqlclap.index.inspection import IndexStatus
    from sqlclap.index.settings import Codes

CLUSTER_SIZE = 500
SPREAD = 0.5
CHUNK = 20_000
DIM = 512
MODEL = "bench"
"""Name of the model that libraries of made-up vectors have."""
_BACKGROUND = {"mean": 0.0, "std": 1.0, "weak_below": -1.0}
CONTRACT = {"name": MODEL, "scoring": {"background": {"text": _BACKGROUND, "audio": _BACKGROUND}}}


def vector_chunks(library: int, count: int | None = None, seed: int = 0) -> Iterator[Float32Array]:
    """Make unit vectors in clusters of about 500, chunk by chunk.

    A vector is its cluster's centre plus half as much noise in every one of the 512 dimensions:
    neighbours within a cluster are nearly equally far, which is hard for a graph.

    Parameters
    ----------
    library : int
        Float32Array in the library, which fix the clusters.
    count : int, optional
        Float32Array to make: by default those of the library itself.
    seed : int
        Another one makes other vectors of the same clusters.

    Yields
    ------
    np.ndarray [shape=(n, 512), dtype=float32]
    """

    clusters, count = max(20, library // CLUSTER_SIZE), library if count is None else count
    centres = np.random.default_rng(0).standard_normal((clusters, DIM), dtype=np.float32)
    rng = np.random.default_rng((seed, 1))
    for start in range(0, count, CHUNK):
        n = min(CHUNK, count - start)
        noise = rng.standard_normal((n, DIM), dtype=np.float32)
        vectors = centres[rng.integers(clusters, size=n)] + np.float32(SPREAD) * noise
        yield vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def numbered(chunks: Iterable[Float32Array]) -> Iterator[tuple[Int64Array, Float32Array]]:
    """Give each vector its number, as a library does: they count from 1."""

    first = 1
    for chunk in chunks:
        yield np.arange(first, first + len(chunk)), chunk
        first += len(chunk)


def held_out(library: int, count: int) -> Float32Array:
    """Make queries from a library's clusters that it doesn't hold, shape (count, 512)."""

    return np.concatenate(list(vector_chunks(library, count, seed=1)))


def far_away(library: int, count: int) -> Float32Array:
    """Make queries as far from all of a library's vectors as words are from sounds.

    They are random mixtures of vectors without what these have in common, shape (count, 512).
    """

    among = np.concatenate(list(vector_chunks(library, count, seed=4)))
    mixing = np.random.default_rng(5).standard_normal((count, count), dtype=np.float32)
    mixed = mixing @ (among - among.mean(axis=0))
    far: Float32Array = mixed / np.linalg.norm(mixed, axis=1, keepdims=True)
    return far


def make_vector_library(path: Path, count: int) -> StoredModel:
    """Fill a new library; sample n has vector n and a random length between 0 and 1 s."""
    with LibraryFile(path, "create") as file:
        with write_transaction(file.connection) as connection:
            wanted = StoredModel(0, MODEL, "0" * 16, DIM, json.dumps(CONTRACT))
            model = register_model(connection, wanted)
        add_vectors(file, model, vector_chunks(count))
        return model


def add_vectors(file: LibraryFile, model: StoredModel, chunks: Iterator[Float32Array]) -> None:
    """Add samples with these vectors, a transaction a chunk."""

    vector_insert = statement("db/vector_insert", model_id=model.model_id)
    rng = np.random.default_rng(2)
    for vectors in chunks:
        with write_transaction(file.connection) as connection:
            source = source_for(connection, Path("/bench"))
            sample, embedding = next_ids(connection)
            lengths = rng.random(len(vectors)).tolist()
            connection.executemany(
                statement("benchmarks/samples_fill"),
                ((sample + n, source.source_id, length) for n, length in enumerate(lengths)),
            )
            connection.executemany(
                statement("benchmarks/embeddings_fill"),
                ((embedding + n, sample + n, model.model_id) for n in range(len(vectors))),
            )
            connection.executemany(
                vector_insert,
                ((embedding + n, False, vector.tobytes()) for n, vector in enumerate(vectors)),
            )


def next_ids(connection: Database) -> tuple[int, int]:
    """Return the numbers that the next sample and the next embedding get."""
    (row,) = connection.execute(statement("benchmarks/last_ids")).fetchall()
    return int(str(row[0])) + 1, int(str(row[1])) + 1


def settle_index(file: LibraryFile, codes: Codes) -> IndexStatus:
    """Build a library's index anew where it isn't whole, up to date and of these codes.

    What it took is among the parameters of the status, as ``seconds``.
    """
    index = LibraryIndex(file.connection, default_model(file.connection))
    status = index.status()
    settled = status.generation is not None and not (status.problem or status.tail or status.dead)
    if settled and status.params.get("codes") == codes:
        return status
    index.build("rebuild", codes=codes)
    return index.status()
