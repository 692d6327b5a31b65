"""Exact scores of chosen vectors: the last word after any faster path."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlclap.library import statement
from sqlclap.vectors.codec import to_blob
from sqlclap.vectors.models import StoredModel

if TYPE_CHECKING:
    from sqlclap.library import Database
    from sqlclap.vectors.codec import Vector


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


def score_embeddings(
    database: Database,
    model: StoredModel,
    vector: Vector,
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
    query = statement("vectors_scores_by_id", model_id=model.model_id)
    wanted = json.dumps(list(embedding_ids), separators=(",", ":"))
    return _scored(database.execute(query, (to_blob(vector), wanted, windows)))


def score_known(
    database: Database, model: StoredModel, vector: Vector, samples: Mapping[int, int]
) -> list[Scored]:
    """Score embeddings whose samples are known, which takes two thirds of the time.

    Parameters
    ----------
    database : Database
    model : StoredModel
    vector : np.ndarray [shape=(dim,), dtype=float32]
    samples : mapping of int to int
        Sample ids by embedding id; an embedding never passes to another sample.
    """
    query = statement("vectors_distances_by_id", model_id=model.model_id)
    wanted = f"[{','.join(map(str, samples))}]"
    rows = database.execute(query, (to_blob(vector), wanted)).fetchall()
    best_first = sorted((-score, number) for number, score in rows if score is not None)
    return [Scored(number, samples[number], -score) for score, number in best_first]


def score_samples(
    database: Database, model: StoredModel, vector: Vector, among: tuple[Iterable[int], int]
) -> list[Scored]:
    """Score samples' own vectors, best first.

    Parameters
    ----------
    database : Database
    model : StoredModel
    vector : np.ndarray [shape=(dim,), dtype=float32]
    among : (iterable of int, int)
        The samples, and how many of the best to return.
    """
    sample_ids, k = among
    query = statement("vectors_scores_of_samples", model_id=model.model_id)
    wanted = json.dumps(list(sample_ids), separators=(",", ":"))
    return _scored(database.execute(query, (to_blob(vector), wanted, k)))


def _scored(rows: Any) -> list[Scored]:
    # A vector without a direction has no cosine: SQL gives NULL for it.
    return [Scored(*row) for row in rows if row[2] is not None]
