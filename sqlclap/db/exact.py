"""Exact neighbours and exact scores from stored vectors, on one thread."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterable, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlclap.counts import check_count
from sqlclap.db.statements import statement
from sqlclap.db.stored_models import StoredModel
from sqlclap.db.vectors import to_blob
from sqlclap.errors import LibraryError, QueryError

if TYPE_CHECKING:
    from threadpoolctl import LibController, ThreadpoolController

    from sqlclap.arrays import Float32Array
    from sqlclap.db.database import Database

BELOW_ALL = -2.0
"""Below every score: cosines, and means of them, lie from -1 to 1."""


class _OneThread:
    """A limit of BLAS threads that is in force as long as any thread needs it.

    BLAS knows one number of threads for the whole process. So the first to come sets the limit and
    the last to go lifts it: each on their own, two threads would put each other's limit back.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._holders = 0
        self._before: list[tuple[LibController, int]] = []

    def __enter__(self) -> None:
        with self._lock:
            if not self._holders:
                libraries = _controller().lib_controllers
                self._before = [(library, library.num_threads) for library in libraries]
                for library in libraries:
                    _set_threads(library, 1)
            self._holders += 1

    def __exit__(self, *error: object) -> None:
        with self._lock:
            self._holders -= 1
            if not self._holders:
                for library, threads in self._before:
                    _set_threads(library, threads)


@cache
def _controller() -> ThreadpoolController:
    """Find the BLAS library that numpy has loaded; this takes a few milliseconds."""
    import numpy as np
    from threadpoolctl import ThreadpoolController

    del np  # it has to be there
    return ThreadpoolController().select(user_api="blas")


def _set_threads(library: LibController, threads: int) -> None:
    """Set a library's number of threads, whichever thread did so before.

    From 3.8 on threadpoolctl minds only the thread of a program that first sets a number, and
    ignores the others: here the first to come and the last to go are mostly two.
    """
    release = getattr(library, "clear_controlling_thread", None)
    if release is not None:
        release(force=True)
    library.set_num_threads(threads)
    if release is not None:
        release(force=True)


ONE_THREAD = _OneThread()


class Scored(NamedTuple):
    """A sample's own vector against a query.

    Attributes
    ----------
    embedding_id, sample_id : int
    score : float
        Cosine similarity (-1 to 1), from the stored vector.
    """

    embedding_id: int
    sample_id: int
    score: float


def best_first(one: Scored) -> tuple[float, int]:
    """Return a key that sorts the best first; equal scores come by ascending embedding id."""
    return -one.score, one.embedding_id


def score_embeddings(
    database: Database,
    model: StoredModel,
    vector: Float32Array,
    embedding_ids: Iterable[int],
    windows: bool = False,
) -> list[Scored]:
    """Score embeddings, best first.

    Those that are not there (any more), belong to no sample or can't be compared are left out.

    Parameters
    ----------
    database : Database
    model : StoredModel
    vector : np.ndarray [shape=(dim,), dtype=float32]
    embedding_ids : iterable of int
    windows : bool
        They are windows' instead of samples' own; others are left out.
    """
    query = statement("db/vectors_scores_by_id", model_id=model.model_id)
    ids_json = json.dumps(list(embedding_ids), separators=(",", ":"))
    return _scored(database.execute(query, (to_blob(vector), ids_json, windows)))


def score_known(
    database: Database, model: StoredModel, vector: Float32Array, samples: Mapping[int, int]
) -> list[Scored]:
    """Score embeddings whose samples are known, which takes a third less time.

    Parameters
    ----------
    database : Database
    model : StoredModel
    vector : np.ndarray [shape=(dim,), dtype=float32]
    samples : mapping of int to int
        Sample ids by embedding id; an embedding never passes to another sample.
    """
    query = statement("db/vectors_distances_by_id", model_id=model.model_id)
    ids_json = f"[{','.join(map(str, samples))}]"
    rows = database.execute(query, (to_blob(vector), ids_json)).fetchall()
    best_first = sorted((-score, number) for number, score in rows if score is not None)
    return [Scored(number, samples[number], -score) for score, number in best_first]


def score_samples(
    database: Database,
    model: StoredModel,
    vector: Float32Array,
    sample_ids: Iterable[int],
    k: int,
) -> list[Scored]:
    """Score samples' own vectors, best first.

    Parameters
    ----------
    database : Database
    model : StoredModel
    vector : np.ndarray [shape=(dim,), dtype=float32]
    sample_ids : iterable of int
    k : int
        How many of the best to return.
    """
    query = statement("db/vectors_scores_of_samples", model_id=model.model_id)
    ids_json = json.dumps(list(sample_ids), separators=(",", ":"))
    return _scored(database.execute(query, (to_blob(vector), ids_json, k)))


def _scored(rows: Any) -> list[Scored]:
    # A vector without a direction has no cosine: SQL gives NULL for it.
    return [Scored(*row) for row in rows if row[2] is not None]


VEC0_MAX_K = 4096
_NOT_OURS = r"(?i)dimension|vector.* type|no such (table: vec_|column)"
"""Errors of vec0 and SQLite for a vector table with another definition than sqlclap's."""

MOST = 2**62  # more than any library holds; fits into SQLite's integers


def nearest(
    connection: Database,
    model: StoredModel,
    vector: Float32Array,
    k: int,
    windows: bool = False,
) -> list[Scored]:
    """Return the `k` embeddings most similar to a unit vector, best first.

    Equal scores come in the order of their ids, and which of them make the cut does not depend on
    where they happen to be stored. What another client wrote and can't be compared is skipped:
    vectors without a direction, without an embedding, or of a sample that is not there.

    Parameters
    ----------
    connection : Database
    model : StoredModel
    vector : np.ndarray [shape=(dim,), dtype=float32]
    k : int
        At least 1.
    windows : bool
        Look among windows ("find the moment") instead of among samples' own vectors.

    Raises
    ------
    QueryError
        `k` is below 1, or the vector has another dimension than the model.
    """
    k = check_count(k, "a number of results")
    if vector.shape != (model.dim,):
        raise QueryError(f"expected a vector of {model.dim} floats, got shape {vector.shape}")
    try:
        return _nearest(connection, model, vector, min(k, MOST), windows)
    except Exception as error:  # each driver has errors of its own
        if re.search(_NOT_OURS, str(error)):
            raise LibraryError(
                f"vec_{model.model_id} of {connection.filename} is not the table that sqlclap "
                f"made ({error}); restore the library from a copy"
            ) from error
        raise


def _nearest(
    connection: Database, model: StoredModel, vector: Float32Array, k: int, windows: bool
) -> list[Scored]:
    # One more than asked for shows whether a tie crosses the cut.
    limit = k + 1
    while limit <= VEC0_MAX_K:
        query = statement("db/vectors_nearest", model_id=model.model_id)
        rows = connection.execute(query, (to_blob(vector), limit, windows)).fetchall()
        ids = [row[0] for row in rows]
        scored = score_embeddings(connection, model, vector, ids, windows)
        if len(rows) < limit or (len(scored) >= k and scored[k - 1].score > rows[-1][1]):
            return scored[:k]
        limit = limit * 2
    query = statement("db/vectors_all_scores", model_id=model.model_id)
    rows = connection.execute(query, (to_blob(vector), windows, k)).fetchall()
    return [Scored(*row) for row in rows]
