"""Shards that lack tags of a set's runs: answers that go by tags name them, on every surface."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from sqlclap import Query
from sqlclap.errors import PartialAnswerError, SetError
from sqlclap.exchange.library_annotations import ExportRequest
from sqlclap.exchange.sound_export import SoundChoice, SoundExport
from sqlclap.labels.activity import ActivityRequest
from sqlclap.labels.tagging import TagRequest
from sqlclap.map.options import LayoutOptions
from sqlclap.own_vectors.giving import VectorExport
from sqlclap.search.request import Filter, SearchOptions
from sqlclap.shards import SetOptions, ShardSet, open_set
from sqlclap.shards.answers import Reach
from sqlclap.shards.protocol import TOKEN_VARIABLE
from sqlclap.shards.set_file import read_set, write_set
from tests.cli.running import fail, run
from tests.shards.test_tag_runs import found, held, told
from tests.support.served_nodes import TOKEN, Nodes, served
from tests.support.tagging_scene import labelled_twins
from tests.support.twin_libraries import Twins


@pytest.fixture
def twins(tmp_path: Path, fake_bundle: Path) -> Iterator[Twins]:
    with labelled_twins(tmp_path, fake_bundle) as made:
        yield made


@pytest.fixture
def nodes(twins: Twins) -> Iterator[Nodes]:
    with served(twins) as made:
        yield made


@pytest.fixture
def lacking(twins: Twins) -> Twins:
    """Shard 3 was away while sounds were tagged, and is back."""
    request = TagRequest(confidence="medium", force=True)
    twins.library.labels.tag(request)
    away, place = twins.folder / "away.db", twins.folder / "set-0003.db"
    place.rename(away)
    twins.set.labels.tag(request)
    away.rename(place)
    return twins


def reaches_by_tags(opened: ShardSet, folder: Path) -> list[Reach | None]:
    """What answers that go by tags say of whom they reached."""
    only, ends = Filter(label="kick"), opened.search("rain", 2)
    asked = SearchOptions(label="kick")
    export = SoundExport("csv", folder / f"sounds-{len([*folder.iterdir()])}.csv")
    annotations = opened.annotations
    annotations.find(ExportRequest(kind="tags"))
    return [
        annotations.reach,
        opened.labels.tags().reach,
        opened.labels.tags("kick").reach,
        opened.labels.overview().reach,
        opened.labels.matches("bird", only=only).reach,
        opened.search("rain", 5, asked).reach,
        opened.search("rain", 5, replace(asked, or_text="rain")).reach,
        opened.find(Query().more("rain").less("wind"), 5, asked).reach,
        opened.between(ends[0].sample_id, ends[1].sample_id, 3, asked).reach,
        opened.activity(ActivityRequest(label="kick")).reach,
        opened.activity(ActivityRequest(only=only)).reach,
        opened.export(SoundChoice(labels=("kick",)), export).reach,
    ]


def test_answers_by_tags_name_the_shards_that_lack_some(lacking: Twins, tmp_path: Path) -> None:
    opened = lacking.set
    for reach in reaches_by_tags(opened, tmp_path):
        assert reach is not None
        assert not reach.is_whole
        assert not reach.missing
        assert [one.shard for one in reach.lacking] == [3]
        (remark,) = reach.remarks()
        assert "incomplete shard 3: it has no tags of run" in remark
    assert opened.search("rain", 5).reach.is_whole  # which goes by no tags
    for ask in (
        lambda: opened.facets("label"),
        lambda: opened.facets("folder", options=SearchOptions(label="kick")),
        lambda: opened.duplicates(only=Filter(label="kick")),
        lambda: opened.search("rain", 5, SearchOptions(label="kick"), require_all=True),
    ):
        with pytest.raises(PartialAnswerError, match="shard 3: it has no tags"):
            ask()
    with pytest.raises(SetError, match="shard 3: it has no tags"):
        opened.export_vectors(VectorExport(tmp_path / "some.npy", Filter(label="kick")))
    opened.labels.resume_tags()
    for reach in reaches_by_tags(opened, tmp_path):
        assert reach is not None
        assert reach.is_whole
    assert found(opened, "kick") == found(lacking.library, "kick")
    assert opened.facets("label") == lacking.library.facets("label")


def test_commands_name_the_shards_that_lack_tags(lacking: Twins, tmp_path: Path) -> None:
    file, bundle = str(lacking.folder / "set.toml"), str(lacking.bundle)
    told = "incomplete shard 3: it has no tags of run"
    for command in (
        ("tags", file, "--json"),
        ("label", "list", file, "--json"),
        ("search", file, "rain", "--label", "kick", "--model", bundle, "--json"),
        ("activity", file, "kick", "--json"),
        ("annotations", "export", file, str(tmp_path / "tags.csv"), "--from", "tags", "--json"),
        ("export", file, "--label", "kick", "--csv-file", str(tmp_path / "kicks.csv"), "--json"),
    ):
        ran = run(*command)
        assert ran.exit_code == 0, ran.output
        assert told in ran.stderr
        json.loads(ran.stdout)
    required = ("export", file, "--label", "kick", "--csv-file", str(tmp_path / "all.csv"))
    assert told in fail(*required, "--require-all")
    assert not (tmp_path / "all.csv").exists()


def test_a_shard_that_lies_here_is_tagged_though_a_node_serves_it(
    twins: Twins, nodes: Nodes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(TOKEN_VARIABLE, TOKEN)
    here = twins.folder / "here.toml"
    write_set(here, replace(read_set(twins.folder / "set.toml"), nodes=tuple(nodes.urls.items())))
    request = TagRequest(confidence="medium", force=True)
    wanted = twins.library.labels.tag(request)
    with open_set(here, SetOptions(str(twins.bundle))) as opened:
        runs = opened.labels.tag(request)
        assert not runs.not_written
        assert told([*runs]) == told([*wanted])
        assert held(opened.labels) == held(twins.library.labels)


def test_tags_by_hand_alone_name_the_shard_that_their_sound_is_in(twins: Twins) -> None:
    """There is no run over the shards that they would be asked for."""
    opened = twins.set
    assert opened.labels.tags("kick").reach is None
    places = opened.curation.of_sounds([one.path for one in opened.labels.tags("kick")])
    away = twins.folder / f"set-{places[0].sample_id >> 40:04}.db"
    away.rename(twins.folder / "away.db")
    tags = opened.labels.tags("kick")
    assert 0 in {one.sample_id for one in tags}
    assert tags.reach is not None
    assert [one.shard for one in tags.reach.missing] == [places[0].sample_id >> 40]
    ran = run("tags", str(twins.folder / "set.toml"), "kick", "--json")
    assert f"missing shard {places[0].sample_id >> 40}" in ran.stderr


def test_a_map_by_labels_names_the_shards_that_lack_tags(lacking: Twins) -> None:
    options = LayoutOptions(engine="umap-learn", neighbors=4, epochs=20, supervise=True)
    report = lacking.set.map.fit(options)
    assert [(one.shard, "it has no tags of run" in one.reason) for one in report.lacking] == [
        (3, True)
    ]
    assert lacking.set.map.fit(replace(options, supervise=False)).lacking == []
    file = str(lacking.folder / "set.toml")
    asked = ("map", file, "--refit", "--engine", "umap-learn", "--supervise")
    ran = run(*asked, "--json", "--model", str(lacking.bundle))
    assert ran.exit_code == 0, ran.output
    assert "incomplete shard 3: it has no tags of run" in ran.stderr
    assert [one["shard"] for one in json.loads(ran.stdout)["lacking"]] == [3]
    lacking.set.labels.resume_tags()
    assert lacking.set.map.fit(options).lacking == []
