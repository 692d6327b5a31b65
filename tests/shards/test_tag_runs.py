"""Tag runs over a set: the tags of one library, shard by shard; resumed, undone, filtered by."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from sqlclap.errors import (
    NoAnchorsError,
    PartialAnswerError,
    QueryError,
    SetError,
    UnknownRunError,
)
from sqlclap.labels.labels import Labels
from sqlclap.labels.sample_labels import tags_of_sample
from sqlclap.labels.tagging import TagRequest, TagRun
from sqlclap.search.request import SearchOptions
from sqlclap.shards import SetOptions, ShardSet, open_set
from sqlclap.shards.joining import merge_shards
from sqlclap.shards.protocol import TOKEN_VARIABLE
from sqlclap.shards.set_file import read_set, write_set
from sqlclap.shards.splitting import split_shard
from tests.cli.running import fail, run, succeed
from tests.support.served_nodes import TOKEN, Nodes, served
from tests.support.tagging_scene import NAMES, label_some, labelled_twins
from tests.support.twin_libraries import Twins

REQUESTS: tuple[dict[str, Any], ...] = (
    {"labels": ("kick",)},
    {"labels": ("kick", "bird"), "confidence": "medium"},
    {"confidence": "medium", "skip_conflicts": True},
    {"labels": ("bird", "rain"), "confidence": "low"},
    {"labels": ("kick", "rain"), "confidence": "medium", "moments": True},
    {"confidence": "low", "moments": True, "merge_gap": 2.0, "skip_conflicts": True},
)


@pytest.fixture
def twins(tmp_path: Path, fake_bundle: Path) -> Iterator[Twins]:
    with labelled_twins(tmp_path, fake_bundle) as made:
        yield made


def told(runs: list[TagRun]) -> list[tuple[Any, ...]]:
    """What runs tell, without ids."""
    return [
        (
            one.label,
            one.tagged,
            one.unproven,
            one.refused,
            one.warning,
            one.precision and one.precision.votes,
            sorted((two.path, two.other, two.start_s or -1.0) for two in one.conflicts),
            [
                (two.path, two.confidence, two.start_s, two.rival_path, two.rank, two.others)
                for two in one.preview
            ],
        )
        for one in runs
    ]


def held(labels: Labels, name: str | None = None) -> list[tuple[Any, ...]]:
    return [
        (one.path, one.label, one.confidence, one.start_s, one.end_s, one.run_id)
        for one in labels.tags(name)
    ]


def scores(labels: Labels) -> list[float]:
    return [one.score for one in labels.tags() if one.score is not None]


@pytest.mark.parametrize("request_", REQUESTS, ids=str)
def test_a_run_tags_what_it_tags_in_one_library(twins: Twins, request_: dict[str, Any]) -> None:
    library, of_set = twins.library.labels, twins.set.labels
    wanted = library.tag(TagRequest(**request_, dry_run=True, preview=9, force=True))
    tried = of_set.tag(TagRequest(**request_, dry_run=True, preview=9, force=True))
    assert told([*tried]) == told([*wanted])
    assert sum(one.tagged for one in wanted) > 0
    assert held(of_set) == held(library)  # nothing is written yet
    made, done = (one.tag(TagRequest(**request_, force=True)) for one in (library, of_set))
    assert told([*done]) == told([*made])
    assert [one.run_id for one in done] == [one.run_id for one in made]
    assert held(of_set) == held(library)
    assert scores(of_set) == pytest.approx(scores(library))
    for name in NAMES:
        assert held(of_set, name) == held(library, name)
    assert [row["tagged"] for row in of_set.overview()] == [
        row["tagged"] for row in library.overview()
    ]
    of_runs = [
        [(row["run_id"], row["label"], row["tagged"]) for row in side.runs()]
        for side in (of_set, library)
    ]
    assert of_runs[0] == of_runs[1]
    assert of_set.tags().reach is not None
    for whole in {one.sample_id for one in of_set.tags()}:
        tags = [(one.label, one.confidence, one.start_s) for one in of_set.tags_of_sound(whole)]
        path = twins.set.curation.of(whole).path
        own = twins.library.curation.of(path).sample_id
        there = tags_of_sample(twins.library.connection, own)
        assert tags == [(one.label, one.confidence, one.start_s) for one in there]


def test_a_later_run_finds_the_tags_of_earlier_ones(twins: Twins) -> None:
    for name in NAMES:
        request = TagRequest(labels=(name,), confidence="medium", skip_conflicts=True, force=True)
        made, done = (one.labels.tag(request) for one in (twins.library, twins.set))
        assert told([*done]) == told([*made])
    assert held(twins.set.labels) == held(twins.library.labels)


def found(side: Any, label: str) -> list[str]:
    options = SearchOptions(label=label)
    return [one.path for one in side.similar("site-0/00000.wav", 150, options)]


def test_filters_by_label_find_what_runs_tagged(twins: Twins) -> None:
    request = TagRequest(labels=("kick", "bird"), confidence="medium", force=True)
    for side in (twins.library, twins.set):
        side.labels.tag(request)
    for name in NAMES:
        assert found(twins.set, name) == found(twins.library, name)
        narrowed = SearchOptions(label=name, collection="mine", where="duration_s > 0")
        for side in (twins.library, twins.set):
            if name == "kick":
                side.collections.add("mine", [one.path for one in twins.sounds[:100]])
        in_both = [
            [one.path for one in side.search("rain", 150, narrowed)]
            for side in (twins.library, twins.set)
        ]
        assert sorted(in_both[0]) == sorted(in_both[1])


def test_a_run_is_undone_everywhere_at_once(twins: Twins) -> None:
    request = TagRequest(labels=("kick", "bird"), confidence="medium", force=True)
    runs = [[*side.labels.tag(request)] for side in (twins.library, twins.set)]
    first = runs[1][0].run_id
    assert first is not None
    away = twins.folder / "away.db"
    assert twins.library.labels.untag(first) == runs[1][0].tagged
    (twins.folder / "set-0002.db").rename(away)
    assert 0 < twins.set.labels.untag(first) < runs[1][0].tagged
    away.rename(twins.folder / "set-0002.db")
    assert held(twins.set.labels) == held(twins.library.labels)
    assert found(twins.set, "kick") == found(twins.library, "kick")
    for side in (twins.library, twins.set):
        with pytest.raises(UnknownRunError):
            side.labels.untag(first)
        by_hand = next(row["run_id"] for row in side.labels.runs() if row["confidence"] == "hand")
        assert side.labels.untag(by_hand) == 2
    assert held(twins.set.labels) == held(twins.library.labels)


def parts_in(twins: Twins, number: int) -> list[tuple[str, int]]:
    with twins.set.shard(number).open("read") as library:
        return [(row["label"], row["tagged"]) for row in library.labels.runs()]


def test_what_is_undone_leaves_the_shards_with_the_next_run(twins: Twins) -> None:
    labels = twins.set.labels
    (first,) = labels.tag(TagRequest(labels=("kick",), confidence="medium", force=True))
    assert [name for name, _ in parts_in(twins, 1)] == ["kick"]
    assert first.run_id is not None
    labels.untag(first.run_id)
    labels.tag(TagRequest(labels=("bird",), confidence="medium", force=True))
    for number in (1, 2, 3):
        assert [name for name, _ in parts_in(twins, number)] == ["bird"]
        with twins.set.shard(number).open("read") as library:
            assert [one.name for one in library.labels.list()] == ["bird"]


def test_removing_and_renaming_a_label_takes_its_tags_along(twins: Twins) -> None:
    for side in (twins.library, twins.set):
        side.labels.tag(TagRequest(confidence="medium", force=True))
        side.labels.remove("bird")
        side.labels.rename("kick", "thump")
    assert held(twins.set.labels) == held(twins.library.labels)
    assert found(twins.set, "thump") == found(twins.library, "thump")


def test_a_shard_that_was_away_gets_its_part_later(twins: Twins) -> None:
    request = TagRequest(confidence="medium", skip_conflicts=True, force=True)
    twins.library.labels.tag(request)
    away, place = twins.folder / "away.db", twins.folder / "set-0003.db"
    place.rename(away)
    runs = twins.set.labels.tag(request)
    assert [one.shard for one in runs.not_written] == [3]
    assert any("shard 3" in one for one in twins.set.labels.tags().remarks())
    again = twins.set.labels.resume_tags()
    assert not again
    assert [one.shard for one in again.not_written] == [3]
    away.rename(place)
    assert len(held(twins.set.labels)) < len(held(twins.library.labels))
    assert {*twins.set.labels.runs().unwritten.values()} == {(3,)}
    resumed = twins.set.labels.resume_tags()
    assert resumed.reach.is_whole
    assert held(twins.set.labels) == held(twins.library.labels)
    assert not twins.set.labels.runs().unwritten
    assert not twins.set.labels.resume_tags()
    with twins.reopened(require_all=True) as strict:
        place.rename(away)
        with pytest.raises(PartialAnswerError, match="shard 3"):
            strict.labels.tag(request)
        away.rename(place)
    assert held(twins.set.labels) == held(twins.library.labels)


def test_what_has_changed_since_is_not_mixed(twins: Twins) -> None:
    away, place = twins.folder / "away.db", twins.folder / "set-0003.db"
    place.rename(away)
    twins.set.labels.tag(TagRequest(labels=("kick",), confidence="medium", force=True))
    away.rename(place)
    before = held(twins.set.labels)
    twins.set.labels.add_anchors("rain", [twins.sounds[-1].path])
    with pytest.raises(QueryError, match="have changed since"):
        twins.set.labels.resume_tags()
    assert held(twins.set.labels) == before


def test_a_crash_leaves_whole_parts(twins: Twins, monkeypatch: pytest.MonkeyPatch) -> None:
    from sqlclap.shards import tag_writing

    request = TagRequest(confidence="medium", force=True)
    twins.library.labels.tag(request)
    write, written = tag_writing._write_part, []

    def fail_late(*arguments: Any) -> None:
        write(*arguments)
        written.append(arguments)
        if len(written) == 5:  # in the second shard, of three labels
            raise KeyboardInterrupt

    monkeypatch.setattr(tag_writing, "_write_part", fail_late)
    with pytest.raises(KeyboardInterrupt):
        twins.set.labels.tag(request)
    monkeypatch.undo()
    assert [len(parts_in(twins, number)) for number in (1, 2, 3)] == [3, 0, 0]
    twins.set.labels.resume_tags()
    assert held(twins.set.labels) == held(twins.library.labels)
    tagged = [[row["tagged"] for row in side.labels.runs()] for side in (twins.library, twins.set)]
    assert tagged[0] == tagged[1]


def test_tags_stay_through_splits_and_merges(twins: Twins) -> None:
    request = TagRequest(confidence="medium", force=True)
    for side in (twins.library, twins.set):
        side.labels.tag(request)
    file = twins.folder / "set.toml"
    split_shard(file, 2)
    assert held(twins.set.labels) == held(twins.library.labels)
    assert not twins.set.labels.resume_tags()
    merge_shards(file, 1, 3)
    merge_shards(file, 1, 4)
    assert [one.number for one in read_set(file).shards] == [1, 2]
    assert held(twins.set.labels) == held(twins.library.labels)
    assert found(twins.set, "kick") == found(twins.library, "kick")
    assert not twins.set.labels.resume_tags()


def test_a_part_that_one_of_two_joined_shards_lacks_is_written_again(twins: Twins) -> None:
    request = TagRequest(confidence="medium", force=True)
    twins.library.labels.tag(request)
    away, place = twins.folder / "away.db", twins.folder / "set-0003.db"
    place.rename(away)
    twins.set.labels.tag(request)
    away.rename(place)
    merge_shards(twins.folder / "set.toml", 1, 3)
    assert {*twins.set.labels.runs().unwritten.values()} == {(1,)}
    twins.set.labels.resume_tags()
    assert held(twins.set.labels) == held(twins.library.labels)


def test_a_part_is_not_taken_back_in_a_shard_alone(twins: Twins) -> None:
    twins.set.labels.tag(TagRequest(labels=("kick",), confidence="medium", force=True))
    with twins.set.shard(1).open("write") as library:
        (row,) = library.labels.runs()
        with pytest.raises(UnknownRunError, match=r"of the set .*set\.toml"):
            library.labels.untag(row["run_id"])


def test_what_cannot_be_tagged_is_refused(twins: Twins) -> None:
    twins.set.labels.add("lone")
    with pytest.raises(NoAnchorsError):
        twins.set.labels.tag(TagRequest(labels=("lone",)))
    options = SetOptions(model=str(twins.bundle), mode="read")
    with (
        open_set(twins.folder / "set.toml", options) as opened,
        pytest.raises(SetError, match="reading only"),
    ):
        opened.labels.tag(TagRequest(labels=("kick",), force=True))


@pytest.fixture
def nodes(twins: Twins) -> Iterator[Nodes]:
    with served(twins) as made:
        yield made


@pytest.fixture
def opened(nodes: Nodes, monkeypatch: pytest.MonkeyPatch) -> Iterator[ShardSet]:
    """The same set, whose shards lie at nodes."""
    monkeypatch.setenv(TOKEN_VARIABLE, TOKEN)
    with nodes.open() as there:
        yield there


def test_nodes_plan_and_tell_what_was_written_where_they_lie(
    twins: Twins, nodes: Nodes, opened: ShardSet
) -> None:
    label_some(opened.labels, twins)
    for request_ in REQUESTS:
        request = TagRequest(**request_, dry_run=True, preview=5, force=True)
        assert told([*opened.labels.tag(request)]) == told([*twins.library.labels.tag(request)])
    with pytest.raises(PartialAnswerError, match="lies at node"):
        opened.labels.tag(TagRequest(labels=("kick",), force=True))
    run_here = TagRequest(confidence="medium", force=True)
    for side in (twins.library, twins.set):
        side.labels.tag(run_here)
    later = nodes.opener / "later.db"
    twins.set.session.catalog.database.execute("VACUUM INTO ?", (str(later),))
    file = nodes.opener / "set.toml"
    write_set(file, replace(read_set(file), catalog=later.name))
    assert held(opened.labels) == held(twins.library.labels)
    assert found(opened, "kick") == found(twins.library, "kick")
    assert [row["tagged"] for row in opened.labels.overview()] == [
        row["tagged"] for row in twins.library.labels.overview()
    ]
    some = opened.labels.tags()[0]
    assert opened.labels.tags_of_sound(some.sample_id)


def test_commands_tag_and_resume(twins: Twins) -> None:
    file, bundle = str(twins.folder / "set.toml"), str(twins.bundle)
    command = ("tag", file, "kick", "--confidence", "medium", "--force", "--model", bundle)
    tried = json.loads(succeed(*command, "--dry-run", "--preview", "3", "--json"))
    assert [len(one["preview"]) for one in tried] == [3]
    away, place = twins.folder / "away.db", twins.folder / "set-0003.db"
    place.rename(away)
    first = run(*command)
    assert first.exit_code == 1
    assert "shard 3" in first.stderr
    assert "sqlclap tag --resume" in first.stderr
    away.rename(place)
    assert "is not in shard 3 yet" in run("tags", file, "--runs").stderr
    assert "kick: " in succeed("tag", file, "--resume")
    assert "nothing is left" in succeed("tag", file, "--resume")
    rows = json.loads(succeed("tags", file, "kick", "--json"))
    assert len([row for row in rows if row["confidence"] != "hand"]) == tried[0]["tagged"]
    runs = json.loads(succeed("tags", file, "--runs", "--json"))
    assert "tags removed" in succeed("untag", file, str(runs[-1]["run_id"]))
    assert "is for sets" in fail("tag", str(twins.folder / "one.db"), "--resume")
    assert "goes without labels" in fail("tag", file, "kick", "--resume")
