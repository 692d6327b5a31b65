"""Indexes of several shards are walked together: rows and scores are those of one library."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from sqlclap import SearchOptions
from sqlclap.errors import SidecarWarning
from sqlclap.index.search import Walking
from sqlclap.search import index_search
from sqlclap.shards import joint
from sqlclap.shards.joint import JointSearch
from sqlclap.shards.side_by_side import SideBySide
from tests.support.twin_libraries import Twins
from tests.support.vector_library import unit_vectors


def index(twins: Twins) -> None:
    twins.library.index.build()
    for shard in twins.set.shards:
        with shard.open() as library:
            library.index.build()


@pytest.fixture(scope="module")
def twins(tmp_path_factory: pytest.TempPathFactory, fake_bundle: Path) -> Iterator[Twins]:
    made = Twins(tmp_path_factory.mktemp("joint"), fake_bundle, 4)
    made.add(1_600, seed=5)
    index(made)
    made.add(40, seed=6)  # they are in no index yet
    yield made
    made.close()


@pytest.fixture(autouse=True)
def thorough(monkeypatch: pytest.MonkeyPatch) -> None:
    """Walk widely enough to miss nothing: what is looked at here comes after the walks."""
    usual = index_search.narrow_walk

    def wide(depth: int, share: float) -> tuple[int, Walking]:
        return usual(depth, share)[0], Walking(ef_share=20.0)

    monkeypatch.setattr(index_search, "narrow_walk", wide)
    monkeypatch.setattr(joint, "FEW", 20)  # filters leave hundreds


@pytest.fixture
def settled(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many shards each question was settled for together."""
    counts: list[int] = []
    usual = JointSearch.answers

    def answers(self: JointSearch) -> object:
        found = usual(self)
        counts.append(len(found))
        return found

    monkeypatch.setattr(JointSearch, "answers", answers)
    return counts


OPTIONS = [
    SearchOptions(),
    SearchOptions(offset=15),
    SearchOptions(min_score=0.1),
    SearchOptions(folder="site-1"),
    SearchOptions(where="duration_s > 1 OR pitch_hz > 900"),
]


@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_rows_and_scores_are_those_of_one_library(
    twins: Twins, settled: list[int], options: SearchOptions
) -> None:
    for vector in unit_vectors(12, twins.model.dim, 1):
        for n in (1, 10, 70):
            found = twins.set.similar(vector, n, options)
            wanted = twins.library.similar(vector, n, replace(options, exact=True))
            rows = [(one.rank, one.path, one.score, one.duration_s) for one in found]
            assert rows == [(one.rank, one.path, one.score, one.duration_s) for one in wanted]
            assert found.reach.is_whole
    assert max(settled) == 4


def test_a_sound_is_not_among_its_own_answers(twins: Twins, settled: list[int]) -> None:
    exact = SearchOptions(exact=True)
    for at in (0, 7, 500):
        path = twins.sounds[at].path
        found, wanted = twins.set.similar(path, 10), twins.library.similar(path, 10, exact)
        assert [(one.path, one.score) for one in found] == [(one.path, one.score) for one in wanted]
        assert path not in {one.path for one in found}
    assert max(settled) == 4


def test_an_index_that_holds_other_vectors_is_noticed(tmp_path: Path, fake_bundle: Path) -> None:
    made = Twins(tmp_path, fake_bundle, 2)
    made.add(300, seed=5)
    index(made)
    (vector,) = unit_vectors(1, made.model.dim, 4)
    made.set.similar(vector, 5)
    others = unit_vectors(400, made.model.dim, 99)
    with made.set.shards[1].open() as library:
        ids = [one for (one,) in library.connection.execute("SELECT embedding_id FROM vec_1")]
        change = "UPDATE vec_1 SET vector = ? WHERE embedding_id = ?"
        for number, other in zip(ids, np.resize(others, (len(ids), made.model.dim)), strict=True):
            library.connection.execute(change, (other.astype("<f4").tobytes(), number))
    with pytest.warns(SidecarWarning, match="holds other vectors"):
        found = made.set.similar(vector, 5)
    wanted = made.set.similar(vector, 5, SearchOptions(exact=True))
    assert [(one.path, one.score) for one in found] == [(one.path, one.score) for one in wanted]
    made.close()


def test_work_is_done_once_and_errors_are_told() -> None:
    done: list[int] = []
    beside = SideBySide()
    beside.do([lambda one=one: done.append(one) for one in range(100)])  # type: ignore[misc]
    assert sorted(done) == [*range(100)]
    beside.do([])

    def fail() -> None:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        beside.do([fail] * 5)
    beside.close()
