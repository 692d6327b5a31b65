"""A set's folders are watched as a library's: each shard takes in its share, sooner or later."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import apsw
import pytest

from sqlclap.ingest.report import IngestReport
from sqlclap.shards import ShardSet, open_set
from sqlclap.shards.leases import work_lease
from sqlclap.shards.making import init_set
from sqlclap.shards.set_file import write_set
from sqlclap.watching import Watcher, WatchEvent
from tests.support.patience import PATIENCE_S
from tests.support.sounds import tone, write_sound
from tests.support.spread_sounds import spread_folders

NEW = [f"new-{number}.wav" for number in range(12)]
"""Sounds of which each shard has a share."""
SHARDS = 3


@pytest.fixture
def made(tmp_path: Path) -> Iterator[ShardSet]:
    with init_set(tmp_path / "set.toml", SHARDS) as opened:
        yield opened


@pytest.fixture
def sounds(made: ShardSet) -> Path:
    """A folder that has another one in it, which is watched by itself."""
    folder = next(spread_folders(made, NEW))
    write_sound(folder / "first.wav", tone(100))
    write_sound(folder / "inner" / "second.wav", tone(200))
    return folder


@pytest.fixture
def filled(made: ShardSet, sounds: Path) -> Iterator[ShardSet]:
    with made:
        made.ingest([sounds / "inner"])
        made.ingest([sounds])
        made.sources.exclude(sounds, ["*-draft.wav"])
    with open_set(made.path) as opened:
        yield opened


@pytest.fixture
def told(filled: ShardSet) -> Iterator[queue.Queue[WatchEvent]]:
    """What is told while the set's folders are watched by a thread of their own."""
    events: queue.Queue[WatchEvent] = queue.Queue()
    stop = threading.Event()
    watcher = Watcher(filled.sources.list, filled.ingest, events.put)
    thread = threading.Thread(target=watcher.run, args=(stop,))
    thread.start()
    while events.get(timeout=PATIENCE_S).kind != "ingested":
        pass  # what has changed since the last ingest
    yield events
    stop.set()
    thread.join()


def paths(opened: ShardSet) -> list[str]:
    found = []
    for shard in opened.shards:
        with shard.open("read") as library:
            rows = library.connection.execute(
                "SELECT path FROM samples WHERE status <> 'missing'"
            ).fetchall()
            found += [str(path) for (path,) in rows]
    return sorted(found)


def wait_for(told: queue.Queue[WatchEvent], kind: str) -> WatchEvent:
    while (event := told.get(timeout=PATIENCE_S)).kind != kind:
        pass
    return event


def wait_for_new(told: queue.Queue[WatchEvent], count: int) -> None:
    while count > 0:
        report = wait_for(told, "ingested").report
        assert report is not None
        count -= report.new


def write_new(folder: Path) -> None:
    for number, name in enumerate(NEW):
        write_sound(folder / name, tone(110 * (number + 1)))


def test_what_is_new_goes_to_its_shards(
    filled: ShardSet, sounds: Path, told: queue.Queue[WatchEvent]
) -> None:
    write_sound(sounds / "take-draft.wav", tone(333))  # passed over
    write_new(sounds)
    wait_for_new(told, len(NEW))
    assert paths(filled) == sorted(["first.wav", "second.wav", *NEW])
    write_sound(sounds / "inner" / "third.wav", tone(300))
    wait_for_new(told, 1)
    assert "third.wav" in paths(filled)  # of the inner folder, and once
    (sounds / "first.wav").unlink()
    while "first.wav" in paths(filled):
        wait_for(told, "ingested")


def test_a_file_that_is_renamed_takes_along_what_was_said(
    filled: ShardSet, sounds: Path, told: queue.Queue[WatchEvent]
) -> None:
    own = filled.shard_of(str(sounds), "first.wav")
    new = next(one for one in NEW if filled.shard_of(str(sounds), one) != own)
    filled.curation.note(["first.wav"], "mine")
    (sounds / "first.wav").rename(sounds / new)
    moved = 0
    while not moved:
        report = wait_for(told, "ingested").report
        assert report is not None
        assert (report.new, report.merged) == (0, 0)
        moved += report.moved
    assert filled.curation.of(new).note == "mine"
    assert paths(filled) == sorted(["second.wav", new])


def test_a_shard_that_is_held_gets_its_share_when_it_is_free(
    filled: ShardSet,
    sounds: Path,
    told: queue.Queue[WatchEvent],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("sqlclap.db.connection.BUSY_TIMEOUT_MS", 50)
    held = filled.shards[0].path
    with closing(apsw.Connection(str(held))) as locked:
        locked.execute("BEGIN IMMEDIATE")
        write_new(sounds)
        assert str(held) in (wait_for(told, "waiting").reason or "")
        assert set(paths(filled)) - {"first.wav", "second.wav"} < set(NEW)
        locked.execute("ROLLBACK")
        while not set(NEW) <= set(paths(filled)):
            wait_for(told, "ingested")
    assert told.empty() or all(told.get().kind != "waiting" for _ in range(told.qsize()))


def test_it_waits_while_shards_are_changed(
    filled: ShardSet, sounds: Path, told: queue.Queue[WatchEvent]
) -> None:
    with work_lease(filled.path, alone=True):
        write_sound(sounds / "new.wav", tone(700))
        assert "shards are being changed" in (wait_for(told, "waiting").reason or "")
    wait_for_new(told, 1)
    assert "new.wav" in paths(filled)


def watch(opened: ShardSet, rounds: int) -> list[WatchEvent]:
    """Watch until so much was taken in; return all that was told."""
    events: list[WatchEvent] = []
    stop, taken = threading.Event(), []

    def take_in(paths: Sequence[str | Path]) -> IngestReport:
        taken.append(paths)
        if len(taken) == rounds:
            stop.set()
        return opened.ingest(paths)

    Watcher(opened.sources.list, take_in, events.append).run(stop)
    return events


def test_files_that_are_gone_are_told_once_while_a_shard_is_away(
    filled: ShardSet, sounds: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sqlclap.watching.RETRY_S", 0.0)
    own = filled.shard_of(str(sounds), "first.wav")
    away = next(one for one in filled.shards if one != own)
    away.path.rename(away.path.with_suffix(".away"))
    (sounds / "first.wav").unlink()
    told = [one.report for one in watch(filled, rounds=4) if one.report is not None]
    assert [one.missing for one in told] == [1]


def test_shards_at_nodes_are_told_once_and_not_tried_again(filled: ShardSet, sounds: Path) -> None:
    """Their machines take in what belongs there."""
    own = filled.shard_of(str(sounds), "first.wav")
    afar = next(one for one in filled.shards if one != own)
    afar.path.unlink()
    shards = (
        replace(one, node="far") if one.number == afar.number else one for one in filled.file.shards
    )
    nodes = (("far", "http://127.0.0.1:9"),)
    write_set(filled.path, replace(filled.file, shards=tuple(shards), nodes=nodes))
    (sounds / "first.wav").unlink()
    with open_set(filled.path) as opened:
        stop = threading.Event()
        events: queue.Queue[WatchEvent] = queue.Queue()
        watcher = Watcher(opened.sources.list, opened.ingest, events.put)
        thread = threading.Thread(target=watcher.run, args=(stop,))
        thread.start()
        assert "lies at node 'far'" in (wait_for(events, "failed").reason or "")
        assert wait_for(events, "ingested").kind == "ingested"
        write_new(sounds)
        kinds = [events.get(timeout=PATIENCE_S).kind]
        while not set(paths_here(opened)) & set(NEW):
            kinds.append(events.get(timeout=PATIENCE_S).kind)
        stop.set()
        thread.join()
    assert {*kinds} == {"ingested"}


def paths_here(opened: ShardSet) -> list[str]:
    found = []
    for shard in opened.shards:
        if shard.is_here:
            with shard.open("read") as library:
                found += [str(one.path) for one in library.samples()]
    return found
