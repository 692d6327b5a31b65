"""Renamed files of a set whose shards are away, or whose ingest ends at any step: all is kept."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import apsw
import pytest

from sqlclap import IngestOptions
from sqlclap.shards import ShardSet, following, handing_on, renames
from tests.support.killed_handing_on import KilledError, kill_between_commits
from tests.support.rename_scene import NAMES, NOISE, RenameScene


@pytest.mark.parametrize("which", ["old", "new", "both"])
@pytest.mark.parametrize("prune", [False, True])
def test_a_shard_that_is_away_loses_nothing(scene: RenameScene, which: str, prune: bool) -> None:
    name = NAMES[2]
    old = scene.shard_of(name)
    new = scene.name_in(lambda one: one != old)
    scene.rename(name, new)
    away = {"old": {old}, "new": {scene.shard_of(new)}, "both": {old, scene.shard_of(new)}}[which]
    with scene.opened_set() as opened, gone(opened, away):
        report = opened.ingest(options=IngestOptions(prune=prune))
        assert {one.shard for one in report.not_written} == away
        assert report.pruned == report.moved == report.merged == 0
    with scene.both() as (library, opened):
        reports = [one.ingest(options=IngestOptions(prune=prune)) for one in (library, opened)]
        assert (reports[1].moved, reports[1].missing, reports[1].pruned) == (1, 0, 0)
    scene.check_alike()


def test_a_shard_that_is_locked_meanwhile_gets_it_later(
    scene: RenameScene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sqlclap.db.connection.BUSY_TIMEOUT_MS", 50)
    scene.rename_across(NAMES[:3])
    with scene.opened_set() as opened:
        locked = opened.shard_of(str(scene.sounds), NAMES[0])
        follow, held = renames.Renames._hand_on, apsw.Connection(str(locked.path))

        def held_back(self: renames.Renames) -> renames.Followed:
            held.execute("BEGIN IMMEDIATE")
            return follow(self)

        monkeypatch.setattr(renames.Renames, "_hand_on", held_back)
        with closing(held):
            report = opened.ingest(options=IngestOptions(prune=True))
        assert report.not_written
        assert report.missing > 0
        monkeypatch.setattr(renames.Renames, "_hand_on", follow)
        left = opened.ingest(options=IngestOptions(prune=True))
        assert (report.moved + left.moved, left.missing, left.pruned) == (3, 0, 0)
    scene.ingest()
    scene.check_alike()


STEPS = ["taken in", "copies named", "catalog", "kept", "committed", "handed on", "not noted"]


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("prune", [False, True])
def test_what_was_killed_is_ended_by_the_next(
    scene: RenameScene, monkeypatch: pytest.MonkeyPatch, step: str, prune: bool
) -> None:
    other = next(one for one in NAMES if scene.shard_of(one) != scene.shard_of(NAMES[4]))
    scene.swap(NAMES[4], other)
    scene.rename_across([one for one in NAMES[:6] if one not in (NAMES[4], other)])
    scene.rename(NAMES[8], scene.name_in(scene.shard_of(NAMES[8]).__eq__))
    kill_at(step, monkeypatch)
    options = IngestOptions(prune=prune)
    with scene.opened_set() as opened, pytest.raises(KilledError):
        opened.ingest(options=options)
    monkeypatch.undo()
    with scene.both() as (library, opened):
        library.ingest(options=options)
        report = opened.ingest(options=options)
        assert (report.missing, report.pruned, report.new) == (0, 0, 0)
    scene.check_alike()
    scene.check_settled()
    assert scene.ingest() == [{"unchanged": 10}] * 2


def test_what_is_said_of_a_swapped_name_meanwhile_stays_with_it(
    scene: RenameScene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The copies have followed, and the process ends before the shards forget that."""
    name = NAMES[0]
    other = next(one for one in NAMES if scene.shard_of(one) != scene.shard_of(name))
    scene.swap(name, other)
    kill_at("copies named", monkeypatch)
    with scene.opened_set() as opened, pytest.raises(KilledError):
        opened.ingest()
    monkeypatch.undo()
    with scene.both() as (library, opened):
        library.ingest()
        for one in (library, opened):
            one.labels.ensure("later", [name])
            one.collections.add("Track 8", [name])
        opened.ingest()
    assert ("later", name) in [one[:2] for one in scene.check_alike()["anchors"]]


def kill_at(step: str, patch: pytest.MonkeyPatch) -> None:
    """Let an ingest end at a step."""
    if step == "committed":
        kill_between_commits(patch)
        return
    place, name, is_before = {
        "taken in": (renames.Renames, "follow", True),
        "copies named": (following, "_name_anew", False),
        "catalog": (handing_on, "_in_catalog", False),
        "kept": (handing_on, "_take_over", False),
        "handed on": (handing_on, "_in_shards", False),
        "not noted": (renames.Renames, "_note_sought", True),
    }[step]
    inner = getattr(place, name)

    def killed(*told: Any) -> None:
        if not is_before:
            inner(*told)
        raise KilledError

    patch.setattr(place, name, killed)


def test_what_is_gone_for_good_is_pruned(scene: RenameScene) -> None:
    """Where a shard is away, what something is said of waits: its file may be there."""
    (scene.sounds / NAMES[2]).unlink()
    (scene.sounds / NOISE).unlink()
    other = next(
        one for one in (1, 2, 3) if one not in (scene.shard_of(NAMES[2]), scene.shard_of(NOISE))
    )
    with scene.opened_set() as opened, gone(opened, {other}):
        report = opened.ingest(options=IngestOptions(prune=True))
        assert (report.pruned, report.missing) == (0, 2)
    assert scene.ingest(prune=True) == [{"pruned": 2, "unchanged": 8}] * 2


@contextmanager
def gone(opened: ShardSet, numbers: set[int]) -> Iterator[None]:
    """Take shards' libraries away for a while."""
    paths = [opened.shard(number).path for number in numbers]
    for path in paths:
        path.rename(f"{path}.away")
    yield
    for path in paths:
        Path(f"{path}.away").rename(path)


def test_a_catalog_that_is_locked_is_followed_later(
    scene: RenameScene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither what has another name in its shard nor what changes shards loses what was said."""
    monkeypatch.setattr("sqlclap.db.connection.BUSY_TIMEOUT_MS", 50)
    scene.rename_across(NAMES[:3])
    scene.rename(NAMES[8], scene.name_in(scene.shard_of(NAMES[8]).__eq__))
    with scene.opened_set() as opened, closing(apsw.Connection(str(opened.catalog_path))) as held:
        held.execute("BEGIN IMMEDIATE")
        report = opened.ingest(options=IngestOptions(prune=True))
        assert report.pruned == 0
        held.execute("ROLLBACK")
    scene.ingest(prune=True)
    scene.check_alike()
    scene.check_settled()
