"""Neighbours over a set are those of one library of the same sounds."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

import sqlclap
from sqlclap.cli import main
from sqlclap.errors import PartialAnswerError, QueryError, SetError, UnknownSoundError
from sqlclap.index.handle import LibraryIndex
from sqlclap.search.neighbors import Neighbors
from sqlclap.shards import ShardSet
from sqlclap.shards.ids import split_id
from sqlclap.shards.splitting import split_shard
from tests.support.twin_libraries import Twins


@pytest.fixture(scope="module")
def twins(tmp_path_factory: pytest.TempPathFactory, fake_bundle: Path) -> Iterator[Twins]:
    made = Twins(tmp_path_factory.mktemp("twins"), fake_bundle)
    made.add(150)
    split_shard(made.set.path, 1)
    made.set = made.reopened()
    yield made
    made.close()


def paths(opened: ShardSet | sqlclap.Library) -> dict[int, str]:
    return {one.sample_id: one.path for one in opened.search("x", 500)}


def told(found: Neighbors, names: dict[int, str]) -> dict[tuple[str, int], tuple[str, float]]:
    return {
        (names[sample], rank): (names[neighbor], score)
        for sample, rank, neighbor, score in found.rows()
    }


@pytest.mark.parametrize(("n", "exact"), [(5, False), (5, True), (200, False)])
def test_they_are_those_of_one_library(twins: Twins, n: int, exact: bool) -> None:
    names, own = paths(twins.set), paths(twins.library)
    by_path = {path: whole for whole, path in names.items()}
    asked = [one.path for one in twins.sounds[::4]]
    library_ids = {path: number for number, path in own.items()}
    found = twins.set.similar_many([by_path[one] for one in asked], n, exact)
    wanted = twins.library.similar_many([library_ids[one] for one in asked], n, exact)
    assert [names[int(one)] for one in found.sample_ids] == asked
    rows, others = told(found, names), told(wanted, own)
    assert rows.keys() == others.keys()
    assert {key: one[0] for key, one in rows.items()} == {
        key: one[0] for key, one in others.items()
    }
    assert np.allclose(found.scores, wanted.scores, atol=1e-6, equal_nan=True)


def test_by_indexes_they_are_the_same(twins: Twins) -> None:
    names = paths(twins.set)
    asked = list(names)[::5]
    wanted = twins.set.similar_many(asked, 7)
    for shard in twins.set.shards:
        with shard.open() as library:
            LibraryIndex(library.connection, library.session.model).build()
    found = twins.reopened().similar_many(asked, 7)
    assert found.neighbor_ids.tolist() == wanted.neighbor_ids.tolist()
    assert np.allclose(found.scores, wanted.scores, atol=1e-6)


def test_of_all_sounds(twins: Twins) -> None:
    names, own = paths(twins.set), paths(twins.library)
    (found,), (wanted,) = twins.set.neighbors_of(None, 3), twins.library.neighbors_of(None, 3)
    rows, others = told(found, names), told(wanted, own)
    assert {key: one[0] for key, one in rows.items()} == {
        key: one[0] for key, one in others.items()
    }


def test_the_command_takes_ids_of_sets(twins: Twins) -> None:
    whole = next(iter(paths(twins.set)))
    arguments = ["neighbors", str(twins.set.path), "-n", "3", "--model", str(twins.bundle)]
    texts = [
        CliRunner().invoke(main, [*arguments, one], catch_exceptions=False).stdout
        for one in (str(whole), str(split_id(whole)))
    ]
    assert texts[0] == texts[1]
    rows = list(csv.DictReader(io.StringIO(texts[0])))
    assert [int(row["neighbor_id"]) for row in rows] == twins.set.similar_many(
        [whole], 3
    ).neighbor_ids[0].tolist()
    wrong = CliRunner().invoke(main, [*arguments, "abc"])
    assert "not a valid integer" in wrong.output
    kept = CliRunner().invoke(main, ["neighbors", str(twins.set.path), "--store", "3"])
    assert "`stored_neighbors` is for one library" in kept.output


def test_what_is_missing_or_wrong_is_an_error(twins: Twins) -> None:
    with pytest.raises(UnknownSoundError, match="no sound 77"):
        twins.set.similar_many([77])
    whole = next(iter(paths(twins.set)))
    with pytest.raises(QueryError, match="neighbours of at least 1, got 0"):
        twins.set.similar_many([whole], 0)
    with pytest.raises(SetError, match="`stored_neighbors` is for one library"):
        _ = twins.set.stored_neighbors
    away = twins.set.shards[1].path
    away.rename(away.with_suffix(".away"))
    try:
        with pytest.raises(PartialAnswerError, match="shard 2"):
            twins.reopened().similar_many([whole])
    finally:
        away.with_suffix(".away").rename(away)
