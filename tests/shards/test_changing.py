"""Shards are split and joined: sounds keep their ids, and a crash at any moment loses nothing."""

from __future__ import annotations

import json
import random
import shutil
from contextlib import closing
from pathlib import Path
from typing import Any

import apsw
import pytest
from click.testing import CliRunner

import sqlclap
from sqlclap.cli import main
from sqlclap.db.opened_file import LibraryReplacedError
from sqlclap.errors import LibraryError, SetError
from sqlclap.shards import ShardSet, open_set
from sqlclap.shards.ids import IdMap, split_id
from sqlclap.shards.inspection import verify_set
from sqlclap.shards.joining import merge_shards
from sqlclap.shards.leases import work_lease
from sqlclap.shards.set_file import read_set
from sqlclap.shards.splitting import inherited, split_shard
from tests.support.killed_steps import each_kill
from tests.support.twin_libraries import Twins


@pytest.fixture
def twins(tmp_path: Path, fake_bundle: Path) -> Twins:
    made = Twins(tmp_path, fake_bundle, 2)
    made.add(90)
    return made


def ids(opened: ShardSet) -> dict[str, int]:
    return {one.path: one.sample_id for one in opened.search("x", 500)}


def numbers(opened: ShardSet) -> list[int]:
    return [one.number for one in read_set(opened.path).shards]


def test_a_split_keeps_ids_and_answers(twins: Twins) -> None:
    before, path = ids(twins.set), twins.set.path
    wanted = [(one.path, one.score) for one in twins.library.search("rain", 90)]
    split_shard(path, 1)
    assert numbers(twins.set) == [1, 2, 3]
    assert ids(twins.set) == before  # the set that was open has noticed
    assert [(one.path, one.score) for one in twins.set.search("rain", 90)] == wanted
    report = verify_set(open_set(path))
    assert report.is_well, report.problems
    assert report.sounds == 90
    sizes = [len([*shard.open("read").samples()]) for shard in open_set(path).shards]
    assert abs(sizes[0] - sizes[2]) <= 4
    assert not (path.parent / "set-0001.db").exists()
    for whole in list(before.values())[::9]:
        assert twins.set.similar(whole, 3)


def test_ids_stay_through_any_changes(twins: Twins) -> None:
    dice, path = random.Random(7), twins.set.path
    known = ids(twins.set)
    for turn in range(8):
        shards = numbers(twins.set)
        if len(shards) < 4 and (turn % 3 or len(shards) < 2):
            split_shard(path, dice.choice(shards))
        else:
            first, second = dice.sample(shards, 2)
            merge_shards(path, first, second)
        now = ids(twins.set)
        assert {name: now[name] for name in known} == known
        twins.set = twins.reopened()  # what adds sounds looks at the set as it was opened
        twins.add(6, seed=turn + 1)
        known = ids(twins.set)
        assert len(set(known.values())) == len(known) == 96 + 6 * turn
        report = verify_set(twins.set)
        assert report.is_well, report.problems
    for name, whole in known.items():
        (sound,) = twins.set.similar(whole, 1)
        assert twins.set.similar(name, 1)[0].sample_id == sound.sample_id
    found, wanted = twins.set.search("rain", 200), twins.library.search("rain", 200)
    assert [(one.path, one.score) for one in found] == [(one.path, one.score) for one in wanted]


def test_what_is_kept_of_sounds_stays_through_a_merge(twins: Twins) -> None:
    named = [one.path for one in twins.sounds[:40]]
    twins.set.curation.add_favourites(named[::4])
    twins.set.curation.rate(named[1::4], 3)
    twins.set.curation.note(named[2::4], "dusty")
    twins.set.curation.record_use(named[3::4], "play")
    orders = ("favourites", "rated", "noted", "recent")
    before = [{one.path for one in getattr(twins.set.curation, each)()} for each in orders]
    assert all(before)
    merge_shards(twins.set.path, 1, 2)
    after = [{one.path for one in getattr(twins.set.curation, each)()} for each in orders]
    assert after == before


def test_labels_find_the_same_after_a_split(twins: Twins) -> None:
    for labels in (twins.library.labels, twins.set.labels):
        labels.add("kick", threshold=0.3, gap=0.0)
        labels.add_anchors("kick", [one.path for one in twins.sounds[:6]])
    before = [(one.sample_id, one.score) for one in twins.set.labels.matches("kick", 90)]
    split_shard(twins.set.path, 2)
    after = [(one.sample_id, one.score) for one in twins.set.labels.matches("kick", 90)]
    assert after == before
    assert {one.path for one in twins.set.labels.matches("kick", 90)} == {
        one.path for one in twins.library.labels.matches("kick", 90)
    }


def test_indexes_come_along(twins: Twins, monkeypatch: pytest.MonkeyPatch) -> None:
    from sqlclap.index import settings as policy

    monkeypatch.setattr(policy, "EXACT_BELOW", 10)
    split_shard(twins.set.path, 1)
    for shard in open_set(twins.set.path).shards:
        with shard.open("read") as library:
            status = library.index.status()
            assert (status.generation is not None) == (shard.number != 2)
            assert status.problem is None


def test_what_cant_be_changed_is_told(twins: Twins) -> None:
    path = twins.set.path
    with pytest.raises(SetError, match="no shard 9"):
        split_shard(path, 9)
    with pytest.raises(SetError, match="1 twice"):
        merge_shards(path, 1, 1)
    with work_lease(path, alone=False), pytest.raises(SetError, match="being taken into"):
        split_shard(path, 1)
    with twins.set.shard(2).open() as library:
        library.labels.add("own")
    with pytest.raises(SetError, match="1 labels"):
        merge_shards(path, 1, 2)
    (path.parent / "set-0002.db").unlink()
    with pytest.raises(LibraryError):
        merge_shards(path, 1, 2)
    assert read_set(path).generation == 1
    libraries = sorted(one.name for one in path.parent.glob("set*") if one.suffix == ".db")
    assert libraries == ["set-0001.db", "set-catalog.db"]
    assert [*path.parent.glob("*.building*")] == []


def test_a_library_that_was_replaced_takes_nothing_any_more(twins: Twins) -> None:
    shard = twins.set.shard(1)
    insert = (
        "INSERT INTO samples (source_id, path, content_hash, bytes, mtime_ns) "
        "VALUES (1, 'late.wav', '', 0, 0)"
    )
    with shard.open() as late, closing(apsw.Connection(str(shard.path))) as of_another_program:
        of_another_program.execute("SELECT count(*) FROM samples").fetchall()
        split_shard(twins.set.path, 1)
        with pytest.raises(LibraryReplacedError, match="open it again"):
            late.connection.execute(insert)
        with pytest.raises(apsw.Error, match="was a shard"):
            of_another_program.execute(insert)


def test_numbers_of_copies_are_all_accounted_for() -> None:
    from sqlclap.shards.ids import TakenIds
    from sqlclap.shards.set_file import ShardEntry

    entry = ShardEntry(4, "x.db", ((0, 9),), (TakenIds(5, 8, 2, 1), TakenIds(11, 12, 3, 7)))
    taken = inherited(entry, 20)
    copy = IdMap(9, taken)
    assert [copy.told(number) for number in range(1, 21)] == [
        entry.ids.told(number) for number in range(1, 21)
    ]
    assert split_id(copy.told(21)) == (9, 21)
    assert inherited(ShardEntry(4, "x.db", ((0, 9),)), 0) == ()


@pytest.mark.slow
@pytest.mark.parametrize("change", ["split", "merge"])
def test_a_crash_at_any_step_loses_and_doubles_nothing(
    tmp_path: Path, fake_bundle: Path, change: str
) -> None:
    start = tmp_path / "start"
    start.mkdir()
    made = Twins(start, fake_bundle, 2)
    made.add(12)
    known = ids(made.set)
    made.close()
    scene = tmp_path / "scene"

    def prepare() -> None:
        shutil.rmtree(scene, ignore_errors=True)
        shutil.copytree(start, scene)

    def work() -> None:
        path = scene / "set.toml"
        if change == "split":
            split_shard(path, 1)
        elif len(read_set(path).shards) == 2:
            merge_shards(path, 1, 2)
        else:  # joined before it was killed: the next change removes what is left
            split_shard(path, 1)

    kills = 0
    for _ in each_kill(scene, prepare, work):
        kills += 1
        check(scene, fake_bundle, known)
        work()  # goes through as if nothing had been
        check(scene, fake_bundle, known)
        assert read_set(scene / "set.toml").retired == ()
    assert kills > 20


def check(scene: Path, bundle: Path, known: dict[str, int]) -> None:
    from sqlclap.shards import SetOptions

    with open_set(scene / "set.toml", SetOptions(model=str(bundle))) as opened:
        report = verify_set(opened)
        assert report.is_well, report.problems
        assert ids(opened) == known


def test_commands(twins: Twins) -> None:
    path = str(twins.set.path)

    def run(*arguments: str) -> Any:
        result = CliRunner().invoke(main, ["shards", *arguments, "--json"])
        assert result.exit_code == 0, result.output
        return json.loads(result.stdout)

    assert [one["number"] for one in run("split", path, "2")["shards"]] == [1, 2, 3]
    assert [one["number"] for one in run("merge", path, "1", "3")["shards"]] == [1, 2]
    assert run("status", path)["sounds"] == 90
    assert run("verify", path)["is_well"]
    with sqlclap.open(path, model=str(twins.bundle)) as opened:
        assert len(opened.search("x", 200)) == 90
