"""Filters by `sample_id` over a set: it is the set's id, in each shard."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sqlclap import SearchOptions
from sqlclap.errors import QueryError
from sqlclap.own_vectors.giving import VectorExport
from sqlclap.search.request import Filter
from sqlclap.shards.ids import SetId, split_id
from sqlclap.shards.joining import merge_shards
from sqlclap.shards.protocol import TOKEN_VARIABLE
from sqlclap.shards.splitting import split_shard
from sqlclap.shards.where_ids import with_set_ids
from tests.cli.running import rows_of
from tests.support.served_nodes import TOKEN, Nodes
from tests.support.twin_libraries import Twins


@pytest.fixture
def twins(tmp_path: Path, fake_bundle: Path) -> Iterator[Twins]:
    made = Twins(tmp_path, fake_bundle)
    made.add(60, seed=9)
    yield made
    made.close()


def found(opened: Any, where: str, **params: Any) -> set[int]:
    options = SearchOptions(where=where, params=params)
    return {one.sample_id for one in opened.search("rain", 100, options)}


def check(opened: Any) -> None:
    """Ask in many ways for some sounds of all shards."""
    every = sorted(one.sample_id for one in opened.search("rain", 100))
    assert len(every) == 60
    some = {every[3], every[30], every[55]}
    typed = ", ".join(f"'{SetId(*split_id(one))}'" for one in some)
    one = every[30]
    assert found(opened, f"sample_id IN ({', '.join(map(str, some))})") == some
    assert found(opened, f"sample_id in ({typed})") == some
    assert found(opened, f"sample_id NOT IN ({typed})") == {*every} - some
    assert found(opened, f"sample_id = '{split_id(one)}'") == {one}
    assert found(opened, f"samples.sample_id = {one} -- sample_id") == {one}
    assert found(opened, "sample_id = :it", it=str(split_id(one))) == {one}
    assert found(opened, "sample_id = :sample_id", sample_id=one) == {one}
    assert found(opened, f"sample_id <= {one}") == {at for at in every if at <= one}
    within = "sample_id IN (SELECT p.sample_id FROM samples AS p WHERE p.sample_id > :last)"
    assert found(opened, within, last=one) == {at for at in every if at > one}
    assert found(opened, "path <> 'sample_id'") == {*every}
    assert found(opened, "path <> '3:17' AND sample_id > 0") == {*every}
    for wrong in ('"sample_id" = 1', "EXISTS (SELECT 1 FROM tags JOIN votes USING (sample_id))"):
        with pytest.raises(QueryError, match="without quotes"):
            found(opened, wrong)


def test_ids_in_a_where_are_the_sets(twins: Twins) -> None:
    check(twins.set)


def test_they_are_through_splits_and_merges(twins: Twins) -> None:
    before = {one.path: one.sample_id for one in twins.set.search("rain", 100)}
    split_shard(twins.folder / "set.toml", 2)
    merge_shards(twins.folder / "set.toml", 1, 3)
    check(twins.set)
    for path, whole in [*before.items()][:5]:
        options = SearchOptions(where=f"sample_id = {whole}")
        assert [one.path for one in twins.set.search("rain", 9, options)] == [path]


def test_they_are_at_nodes(twins: Twins, monkeypatch: pytest.MonkeyPatch) -> None:
    nodes = Nodes(twins, twins.folder / "elsewhere")
    monkeypatch.setenv(TOKEN_VARIABLE, TOKEN)
    with nodes.open() as opened:
        check(opened)
    nodes.close()


def test_labels_and_files_take_them(twins: Twins, tmp_path: Path) -> None:
    labels = twins.set.labels
    labels.add("kick", threshold=0.1)
    labels.add_anchors("kick", [twins.sounds[0].path])
    every = [one.sample_id for one in labels.matches("kick", 100)]
    only = Filter(where=f"sample_id IN ({every[0]}, {every[7]})")
    assert [one.sample_id for one in labels.matches("kick", only=only)] == [every[0], every[7]]
    report = twins.set.export_vectors(VectorExport(tmp_path / "few.csv", only))
    assert report.vectors == 2
    file, bundle = str(twins.folder / "set.toml"), str(twins.bundle)
    where = ("--where", f"sample_id = '{split_id(every[7])}'", "--model", bundle)
    assert [row["sample_id"] for row in rows_of("search", file, "rain", *where)] == [every[7]]


def test_what_has_no_ids_stays_as_it_is() -> None:
    for where in ("path = 'a'", "my_sample_id = 1", "sample_ids = 2"):
        assert with_set_ids(where, {}) == (where, {})
