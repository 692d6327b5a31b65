"""Sounds that are nearly alike: what the index can't tell apart is still ranked as it should be."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from sqlclap.db.library_file import LibraryFile
from sqlclap.index.hnsw import QUANTISATION
from sqlclap.records import record
from sqlclap.search.request import Request
from tests.support.indexed_library import DIM, TOLERANCE, ask, build, scores_of
from tests.support.vector_library import add_model, add_samples, one_window, unit_vectors

SPREAD = QUANTISATION / 5
"""Deviation of the crowd's scores: less than the index can tell, and much more than rounding."""


def crowded(path: Path, crowd: int, others: int) -> np.ndarray:
    """Make an indexed library of nearly equal vectors among others; return a query beside them."""
    rng = np.random.default_rng(7)
    centre, aside = unit_vectors(2, DIM, seed=5)
    near = centre + SPREAD * rng.standard_normal((crowd, DIM))
    vectors = np.concatenate([unit_vectors(others, DIM, seed=6), near.astype(np.float32)])
    vectors = vectors[rng.permutation(len(vectors))]
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    with LibraryFile(path, "create") as file:
        add_samples(file, add_model(file, DIM), [one_window(vector) for vector in vectors])
        build(file)
    query = centre + aside / 2
    return np.asarray(query / np.linalg.norm(query), dtype=np.float32)


@pytest.mark.parametrize(
    ("crowd", "path", "reason"),
    [
        (800, "graph", "there is an index"),
        (6_000, "exact", "candidates could not settle it"),
    ],
)
def test_a_crowd_is_ranked_exactly(tmp_path: Path, crowd: int, path: str, reason: str) -> None:
    query = crowded(tmp_path / "crowd.db", crowd, others=1_000)
    with LibraryFile(tmp_path / "crowd.db", "read") as file:
        for n in (1, 10, 30):
            found = ask(file, query, Request(limit=n))
            exact = ask(file, query, Request(limit=n, exact=True))
            assert scores_of(found) == pytest.approx(scores_of(exact), abs=TOLERANCE)
            assert (found.plan.path, found.plan.reason) == (path, reason)
            assert json.loads(json.dumps(record(found.plan)))["ranked"] == found.plan.ranked
