"""A set's map and clusters: fitted once, the same for all shards, and whole at any moment."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

import sqlclap
from sqlclap.cli import main
from sqlclap.db.connection import connect
from sqlclap.errors import LayoutValueError, NoClustersError, NoMapError, NoVectorsError, SetError
from sqlclap.labels.tagging import TagRequest
from sqlclap.map.fit import LayoutTask, draw
from sqlclap.map.options import ClusterOptions, LayoutOptions
from sqlclap.map.store import NewMap, Points
from sqlclap.shards import open_set
from sqlclap.shards.ids import SetId
from sqlclap.shards.inspection import verify_set
from sqlclap.shards.joining import merge_shards
from sqlclap.shards.leases import map_lease
from sqlclap.shards.sampling import even_sample
from sqlclap.shards.shown import shown_fits
from sqlclap.shards.splitting import split_shard
from tests.support.heard_twins import HeardTwins
from tests.support.map_scene import GROUPS, group_of
from tests.support.twin_libraries import Sound, Twins
from tests.support.vector_library import unit_vectors

Places = dict[str, tuple[Any, ...]]


def grouped(twins: Twins, count: int, seed: int = 0) -> None:
    """Add sounds in a few dense groups to both."""
    dim, first = twins.model.dim, len(twins.sounds)
    rng, middles = np.random.default_rng(seed), unit_vectors(GROUPS, dim, seed=99)
    vectors = middles[group_of(count, seed)] + 0.05 * rng.standard_normal((count, dim))
    vectors = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    twins.store([Sound(first + at, vectors[at : at + 1]) for at in range(count)])


@pytest.fixture
def twins(tmp_path: Path, fake_bundle: Path) -> Iterator[Twins]:
    made = Twins(tmp_path, fake_bundle, 3)
    grouped(made, 150)
    yield made
    made.close()


def read(library: sqlclap.Library, query: str) -> Places:
    return {path: tuple(rest) for path, *rest in library.connection.execute(query)}


def of_set(twins: Twins, query: str) -> Places:
    found: Places = {}
    for shard in twins.reopened().shards:
        with shard.open("read") as library:
            found |= read(library, query)
    return found


PLACES = "SELECT path, x, y FROM map_points"
GROUPED = "SELECT path, cluster, cluster_name FROM map_points"


def test_a_set_of_one_shard_has_the_map_of_a_library(tmp_path: Path, fake_bundle: Path) -> None:
    twins = Twins(tmp_path, fake_bundle, 1)
    grouped(twins, 120)
    wanted, found = twins.library.map.fit(), twins.set.map.fit()
    assert (found.fitted, found.new, found.status.points) == (True, 120, 120)
    assert (found.status.fixed, found.status.placed) == (120, 0)
    assert found.status.trustworthiness == wanted.status.trustworthiness
    assert found.status.agreement == pytest.approx(wanted.status.agreement, abs=1e-4)
    assert of_set(twins, PLACES) == read(twins.library, PLACES)
    grouped(twins, 30, seed=1)
    assert (twins.library.map.place().new, twins.set.map.place().new) == (30, 30)
    assert of_set(twins, PLACES) == read(twins.library, PLACES)
    twins.library.map.fit()
    twins.set.map.fit()  # each starts from the map that it has, whose points agree
    assert twins.library.clusters.fit().clusters == twins.set.clusters.fit().clusters
    assert of_set(twins, GROUPED) == read(twins.library, GROUPED)
    twins.close()


def test_the_sample_is_the_same_however_shards_lie(twins: Twins) -> None:
    def ids(bound: int, seed: int = 42) -> list[int]:
        return even_sample(twins.reopened().session, bound, seed)[0].set_ids.tolist()

    before = ids(40)
    assert len(before) == len(set(before)) == 40
    assert {one >> 40 for one in before} == {1, 2, 3}
    assert set(ids(30)) < set(before)
    assert ids(40, seed=1) != before
    assert len(ids(1_000)) == 150
    split_shard(twins.set.path, 2)
    assert ids(40) == before
    merge_shards(twins.set.path, 3, 1)
    assert ids(40) == before
    grouped_more = twins.reopened()
    twins.set = grouped_more
    grouped(twins, 15, seed=3)
    assert len(set(ids(40)) & set(before)) >= 30


def test_a_set_is_drawn_on_a_sample_and_shards_agree(twins: Twins) -> None:
    report = twins.set.map.fit(LayoutOptions(sample=60))
    status = report.status
    assert (status.fixed, status.points, status.placed) == (60, 150, 90)
    assert (status.differing, status.missing, report.not_written) == ([], [], [])
    points = twins.set.map.points()
    assert len(points.sample_ids) == 150
    assert (np.diff(points.sample_ids) > 0).all()
    assert int((~points.placed).sum()) == 60
    known = {one.path: one.sample_id for one in twins.set.search("x", 200)}
    at = {int(one): tuple(xy) for one, xy in zip(points.sample_ids, points.positions, strict=True)}
    for path, place in of_set(twins, PLACES).items():
        assert at[known[path]] == place
    again = twins.set.map.place()
    assert (again.fitted, again.new) == (False, 0)
    twins.library.map.fit()
    assert status.agreement is not None
    assert status.agreement > 0.3


def test_what_comes_later_is_placed_by_the_same_points(twins: Twins) -> None:
    twins.set.map.fit(LayoutOptions(sample=60))
    twins.set.clusters.fit()
    before, names = of_set(twins, PLACES), of_set(twins, GROUPED)
    grouped(twins, 40, seed=5)
    assert twins.set.map.update().new == 40
    assert twins.set.clusters.update().new == 40
    after = of_set(twins, PLACES)
    assert len(after) == 190
    assert {path: after[path] for path in before} == before
    now = of_set(twins, GROUPED)
    assert {path: now[path] for path in names} == names
    assert {place[0] for place in now.values()} == {place[0] for place in names.values()}


def test_splits_and_merges_keep_places_and_clusters(twins: Twins) -> None:
    twins.set.map.fit(LayoutOptions(sample=60))
    twins.set.clusters.fit()
    places, clusters, points = of_set(twins, PLACES), of_set(twins, GROUPED), twins.set.map.points()
    path = twins.set.path
    split_shard(path, 1)
    merge_shards(path, 2, 4)
    merge_shards(path, 3, 2)
    assert of_set(twins, PLACES) == places
    assert of_set(twins, GROUPED) == clusters
    opened = twins.reopened()
    assert verify_set(opened).is_well
    assert (opened.map.place().new, opened.clusters.assign().new) == (0, 0)
    assert opened.map.points().sample_ids.tolist() == points.sample_ids.tolist()
    assert np.array_equal(opened.map.points().positions, points.positions)


def test_clusters_have_the_same_numbers_and_names_everywhere(twins: Twins) -> None:
    report = twins.set.clusters.fit(ClusterOptions(min_size=8))
    assert report.fitted
    assert sum(one.sounds for one in report.clusters) == 150
    assert len([one for one in report.clusters if one.cluster >= 0]) == GROUPS
    tables = set()
    for shard in twins.set.shards:
        with shard.open("read") as library:
            query = "SELECT cluster, name, level, parent, source FROM cluster_names ORDER BY 1"
            tables.add(tuple(library.connection.execute(query).fetchall()))
    assert len(tables) == 1
    twins.set.clusters.rename(2, "dusty kicks")
    renamed = {name for cluster, name in of_set_clusters(twins) if cluster == 2}
    assert renamed == {"dusty kicks"}
    again = twins.set.clusters.fit(ClusterOptions(min_size=8))
    assert again.persisted == GROUPS
    assert {name for cluster, name in of_set_clusters(twins) if cluster == 2} == {"dusty kicks"}
    with pytest.raises(NoClustersError, match="no cluster 77"):
        twins.set.clusters.rename(77, "x")
    with pytest.raises(LayoutValueError, match="expected a name"):
        twins.set.clusters.rename(2, " ")


def of_set_clusters(twins: Twins) -> set[tuple[int, str]]:
    query = "SELECT cluster, name, level FROM cluster_names"
    found = set()
    for shard in twins.set.shards:
        with shard.open("read") as library:
            rows = library.connection.execute(query).fetchall()
            found |= {(int(str(one)), str(name)) for one, name, level in rows if not level}
    return found


def test_a_shard_that_is_locked_or_gone_gets_its_part_later(
    twins: Twins, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sqlclap.db.connection.BUSY_TIMEOUT_MS", 200)
    twins.set.map.fit(LayoutOptions(sample=60))
    before = of_set(twins, PLACES)
    first, gone, locked = twins.set.shards
    gone.path.rename(gone.path.with_suffix(".away"))
    held = connect(locked.path, "write")
    held.execute("BEGIN IMMEDIATE")
    grouped_later = LayoutOptions(sample=60, seed=7)
    report = twins.set.map.fit(grouped_later)
    assert [one.shard for one in report.not_written] == [2, 3]
    assert (report.status.differing, [one.shard for one in report.status.missing]) == ([3], [2])
    held.execute("ROLLBACK")
    held.close()
    gone.path.with_suffix(".away").rename(gone.path)
    problems = verify_set(twins.reopened()).problems
    assert [one.split(":")[0] for one in problems] == [
        f"shard {number} doesn't show the set's map" for number in (2, 3)
    ]
    for shard in (gone, locked):  # the former map, whole
        with shard.open("read") as library:
            assert read(library, PLACES).items() <= before.items()
    status = twins.set.info()
    assert [one.differing for one in status.shards] == [[], ["map"], ["map"]]
    assert status.shards[0].on_map > 0 == status.shards[1].on_map
    again = twins.set.map.place()
    assert (again.status.points, again.not_written, again.status.differing) == (150, [], [])
    assert verify_set(twins.reopened()).is_well
    assert first.number == 1


def test_a_crash_leaves_each_shard_with_one_map_or_the_other(
    twins: Twins, monkeypatch: pytest.MonkeyPatch
) -> None:
    from sqlclap.map import store

    twins.set.map.fit(LayoutOptions(sample=60))
    whole, inserted = of_set(twins, PLACES), []
    insert = store._insert

    def interrupted(*arguments: Any) -> None:
        insert(*arguments)
        inserted.append(1)
        if len(inserted) == 2:
            raise KeyboardInterrupt

    monkeypatch.setattr(store, "_insert", interrupted)
    with pytest.raises(KeyboardInterrupt):
        twins.set.map.fit(LayoutOptions(sample=60, seed=9))
    monkeypatch.undo()
    versions = {}
    for shard in twins.set.shards:
        with shard.open("read") as library:
            versions[shard.number] = shown_fits(library.connection).map
            if shard.number > 1:
                assert read(library, PLACES).items() <= whole.items()
    assert versions[2] == versions[3] != versions[1] == twins.set.map.status().version
    assert twins.set.map.status().differing == [2, 3]
    twins.set.map.place()
    assert twins.set.map.status().differing == []


def test_a_shard_alone_does_not_change_what_is_the_sets(twins: Twins) -> None:
    twins.set.map.fit()
    twins.set.clusters.fit()
    shard = twins.set.shards[0]
    with shard.open("write") as library:
        with pytest.raises(LayoutValueError, match="of the set that it is a shard of"):
            library.map.place()
        with pytest.raises(LayoutValueError, match="of the set"):
            library.clusters.assign()
        with pytest.raises(LayoutValueError, match="of the set"):
            library.clusters.rename(0, "mine")
        library.map.fit()  # one of its own
    assert twins.set.map.status().differing == [1]
    assert twins.set.map.place().status.differing == []


def test_what_cannot_be_done_says_so(twins: Twins, tmp_path: Path, fake_bundle: Path) -> None:
    with pytest.raises(NoMapError, match="has no map yet"):
        twins.set.map.status()
    with pytest.raises(NoMapError):
        twins.set.map.place()
    with pytest.raises(NoClustersError, match="has no clusters yet"):
        twins.set.clusters.overview()
    with pytest.raises(LayoutValueError, match="the engine umap-learn for a map by labels"):
        twins.set.map.fit(LayoutOptions(supervise=True))
    with map_lease(twins.set.path), pytest.raises(SetError, match="another program"):
        twins.set.map.fit()
    (tmp_path / "empty").mkdir()
    empty = Twins(tmp_path / "empty", fake_bundle, 2)
    with pytest.raises(NoVectorsError, match="holds no vectors"):
        empty.set.map.fit()
    with pytest.raises(NoVectorsError):
        empty.set.clusters.fit()
    empty.close()


def test_labels_that_take_part_are_those_of_one_library(
    heard_twins: HeardTwins, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An anchor's before a tag by hand, and that before a run's, wherever each is kept."""
    drawn: list[dict[int, int]] = []

    def note(task: LayoutTask) -> tuple[NewMap, Points]:
        drawn.append(dict(task.targets))
        return draw(task)

    monkeypatch.setattr("sqlclap.map.fit.draw", note)
    monkeypatch.setattr("sqlclap.shards.maps.draw", note)
    options = LayoutOptions(engine="umap-learn", neighbors=4, epochs=20, supervise=True)
    named = []
    with open_set(heard_twins.set) as opened, sqlclap.open(heard_twins.one) as library:
        # A run of the other label tags what has an anchor and a tag by hand, too.
        for one in (opened, library):
            one.labels.change("hiss", threshold=0.0)
            one.labels.tag(TagRequest(labels=("hiss",), confidence="low", force=True))
            one.map.fit(options)
            assert one.map.status().params["supervise"] is True
            names = {row.label_id: row.name for row in one.labels.list()}
            named.append({sound: names[label] for sound, label in drawn[-1].items()})
        assert opened.map.status().points == len(heard_twins.whole)
    ids = heard_twins.ids
    assert named[0] == {ids[sound]: label for sound, label in named[1].items()}
    assert len(named[0]) > 6
    assert set(named[0].values()) == {"hum", "hiss"}


def test_the_commands_work_on_sets(twins: Twins, tmp_path: Path) -> None:
    def run(*arguments: str, code: int = 0) -> Any:
        result = CliRunner().invoke(main, [*arguments, "--json"])
        assert result.exit_code == code, result.output
        return json.loads(result.stdout)

    path, model = str(twins.set.path), ["--model", str(twins.bundle)]
    drawn = run("map", path, "--sample", "60", "--png", str(tmp_path / "map.png"), *model)
    assert (drawn["fitted"], drawn["points"], drawn["fixed"]) == (True, 150, 60)
    assert (tmp_path / "map.png").stat().st_size > 1_000
    assert run("map", path, *model)["new"] == 0
    found = run("cluster", path, *model)
    assert sum(one["sounds"] for one in found["clusters"]) == 150
    renamed = run("cluster", path, "--rename", "0", "mine", *model)
    assert "mine" in [one["name"] for one in renamed["clusters"]]
    status = run("shards", "status", path)
    assert [one["on_map"] for one in status["shards"]] == [
        one["sounds"] for one in status["shards"]
    ]
    gone = twins.set.shards[1].path
    gone.rename(gone.with_suffix(".away"))
    assert [one["shard"] for one in run("map", path, *model, code=1)["not_written"]] == [2]
    assert SetId(1, 1).whole in twins.set.map.points().sample_ids


def test_clusters_are_numbered_where_the_model_is_not_here(
    tmp_path: Path, fake_bundle: Path
) -> None:
    """Vectors that were made elsewhere can be compared with each other: that is all it takes."""
    twins = Twins(tmp_path, fake_bundle)
    twins.add(40)
    twins.close()
    options = ClusterOptions(min_size=3)
    with open_set(tmp_path / "set.toml") as opened, sqlclap.open(tmp_path / "one.db") as library:
        for report in (opened.clusters.fit(options), library.clusters.fit(options)):
            assert (report.new, report.named_by) == (40, None)
            assert "clusters are numbered, not named, for fake" in str(report.note)
