"""A shard's index is walked narrowly where others' best are known, and finds all the same."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from sqlclap.db.library_file import LibraryFile
from sqlclap.db.stored_models import default_model
from sqlclap.index.hnsw import Graph
from sqlclap.search.planner import Planner
from sqlclap.search.request import Request
from tests.support.indexed_library import build
from tests.support.vector_library import add_model, add_samples, one_window

DIM, SHARDS, CLUSTERS, EACH, K = 32, 4, 24, 60, 10
SHARE = 1 / SHARDS


def near(centres: np.ndarray, random: np.random.Generator) -> np.ndarray:
    found = centres + 0.12 * random.standard_normal(centres.shape)
    return (found / np.linalg.norm(found, axis=1, keepdims=True)).astype(np.float32)


class Shards:
    """Clustered vectors in indexed libraries."""

    def __init__(self, folder: Path, by_cluster: bool) -> None:
        random = np.random.default_rng(5)
        centres = near(np.zeros((CLUSTERS, DIM)), random)
        self.queries = near(centres[random.integers(0, CLUSTERS, 150)], random)
        self.vectors = near(np.repeat(centres, EACH, axis=0), random)
        every = np.arange(len(self.vectors))
        owner = (every // EACH if by_cluster else every) % SHARDS
        self.files = []
        for shard in range(SHARDS):
            file = LibraryFile(folder / f"{by_cluster}-{shard}.db", "create")
            own = self.vectors[owner == shard]
            add_samples(file, add_model(file, DIM), [one_window(vector) for vector in own])
            build(file)
            self.files.append((file, default_model(file.connection), Planner()))

    def ask(self, query: np.ndarray, share: float) -> list[float]:
        """Ask one shard after the other, each told how good the best ten so far are."""
        best: list[float] = []
        for file, model, planner in self.files:
            floor = best[-1] if len(best) == K else None
            request = Request(limit=K, floor=floor, share=share)
            found = planner.nearest(file.connection, model, query, request)
            assert found.plan.path == "graph"
            best = sorted([*best, *(one.score for one in found.nearest)], reverse=True)[:K]
        return best

    def recall(self, share: float) -> float:
        true = np.sort(self.queries @ self.vectors.T, axis=1)[:, -K:]
        found = [self.ask(query, share) for query in self.queries]
        hits = [
            np.count_nonzero(np.array(mine) >= wanted[0] - 1e-5)
            for mine, wanted in zip(found, true, strict=True)
        ]
        return float(np.mean(hits)) / K


@pytest.fixture(scope="module", params=[False, True], ids=["spread evenly", "a cluster a shard"])
def shards(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Shards]:
    made = Shards(tmp_path_factory.mktemp("narrow"), request.param)
    yield made
    for file, _, _ in made.files:
        file.close()


@pytest.fixture
def walks(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many candidates each walk was to keep."""
    kept: list[int] = []
    usual = Graph.search

    def search(self: Graph, vectors: np.ndarray, k: int, ef_search: int, *more: object) -> object:
        kept.append(max(k, ef_search))
        return usual(self, vectors, k, ef_search, *more)  # type: ignore[arg-type]

    monkeypatch.setattr(Graph, "search", search)
    return kept


def test_narrow_walks_find_what_wide_ones_find(shards: Shards, walks: list[int]) -> None:
    wide = shards.recall(share=1.0)
    widest = sum(walks)
    walks.clear()
    narrow = shards.recall(share=SHARE)
    assert narrow >= wide - 0.005
    assert narrow > 0.985
    assert sum(walks) < widest


def test_a_shard_that_holds_more_of_the_best_than_its_share_is_asked_again(
    shards: Shards, walks: list[int]
) -> None:
    """All of its narrow walk's candidates are above the floor: there may be more."""
    file, model, planner = shards.files[-1]
    request = Request(limit=K, floor=-1.5, share=0.01)
    found = planner.nearest(file.connection, model, shards.queries[0], request)
    wanted = planner.nearest(file.connection, model, shards.queries[0], Request(limit=K))
    assert [one.sample_id for one in found.nearest] == [one.sample_id for one in wanted.nearest]
    request = Request(limit=3 * K, floor=-1.5, share=0.01)
    walks.clear()
    assert len(planner.nearest(file.connection, model, shards.queries[0], request).nearest) == 3 * K
    assert walks[0] < max(walks[1:])
