"""Folders are watched: what is new is taken in once it is whole, whatever else happens."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

import sqlclap
from sqlclap import watching
from sqlclap.db.statements import write_transaction
from sqlclap.errors import LibraryBusyError, WatchError
from sqlclap.ingest.scan import place_of
from sqlclap.watching import Watcher, WatchEvent
from tests.support.sounds import noise, tone, write_sound

PATIENCE_S = 600.0  # against hanging


class Watched:
    """A library's folders, watched by a thread of their own."""

    def __init__(self, library: sqlclap.Library) -> None:
        self.told: queue.Queue[WatchEvent] = queue.Queue()
        self.stop = threading.Event()
        watcher = Watcher(library.sources.list, library.ingest, self.told.put)
        self._thread = threading.Thread(target=watcher.run, args=(self.stop,))
        self._thread.start()

    def next(self, kind: str) -> WatchEvent:
        """Wait for an event of a kind, and pass over others."""
        while True:
            assert self._thread.is_alive() or not self.told.empty()
            with suppress(queue.Empty):
                if (event := self.told.get(timeout=1.0)).kind == kind:
                    return event

    def taken_in(self, count: int) -> None:
        """Wait until so many new sounds are taken in."""
        while count > 0:
            report = self.next("ingested").report
            assert report is not None
            count -= report.new

    def close(self) -> None:
        self.stop.set()
        self._thread.join()


@pytest.fixture
def watched(filled: sqlclap.Library) -> Iterator[Watched]:
    watcher = Watched(filled)
    watcher.next("ingested")  # what has changed since the last ingest
    yield watcher
    watcher.close()


def paths(library: sqlclap.Library) -> set[str]:
    rows = library.connection.execute("SELECT path FROM samples WHERE status <> 'missing'")
    return {str(path) for (path,) in rows}


def test_what_is_new_is_taken_in_and_what_is_not_for_it_is_not(
    watched: Watched, filled: sqlclap.Library, sounds: Path, tmp_path: Path
) -> None:
    (sounds / "notes.txt").write_text("no sound")
    write_sound(sounds / ".hidden" / "tone.wav", tone(300))
    write_sound(sounds / "tones" / "new.wav", tone(330))
    watched.taken_in(1)
    write_sound(tmp_path / "aside" / "deep" / "moved.wav", tone(90))
    (tmp_path / "aside").rename(sounds / "arrived")  # a folder that comes as a whole
    watched.taken_in(1)
    assert {"tones/new.wav", "arrived/deep/moved.wav"} <= paths(filled)
    assert len(paths(filled)) == 8
    assert [source.kind for source in filled.sources.list()] == ["tree"]


def test_a_broken_file_stops_nothing_and_a_renamed_one_keeps_its_id(
    watched: Watched, filled: sqlclap.Library, sounds: Path
) -> None:
    (sounds / "broken.wav").write_bytes(b"RIFF and nothing more")
    report = watched.next("ingested").report
    assert report is not None
    assert [file.path for file in report.failed]
    (sounds / "tones" / "tone-110.wav").rename(sounds / "tones" / "renamed.wav")
    while "tones/renamed.wav" not in paths(filled):
        watched.next("ingested")
    row = filled.connection.execute("SELECT count(*), max(sample_id) FROM samples").fetchone()
    assert row == (6, 6)


def test_a_file_is_taken_in_when_it_is_whole(
    watched: Watched, filled: sqlclap.Library, sounds: Path, tmp_path: Path
) -> None:
    write_sound(tmp_path / "long.wav", noise(3, seconds=2.0))
    content = (tmp_path / "long.wav").read_bytes()
    with (sounds / "slow.wav").open("wb") as file:
        for start in range(0, len(content), len(content) // 8 + 1):
            file.write(content[start : start + len(content) // 8 + 1])
            file.flush()
    watched.taken_in(1)
    query = "SELECT duration_s, note FROM samples WHERE path = 'slow.wav'"
    assert filled.connection.execute(query).fetchone() == (2.0, None)


def test_a_folder_that_goes_and_comes_back_is_looked_through(
    watched: Watched, filled: sqlclap.Library, sounds: Path
) -> None:
    away = sounds.with_name("unplugged")
    sounds.rename(away)
    watched.next("gone")
    write_sound(away / "meanwhile.wav", tone(500))
    assert len(paths(filled)) == 6  # nothing is missing for that
    away.rename(sounds)
    watched.next("back")
    watched.taken_in(1)
    write_sound(sounds / "after.wav", tone(600))
    watched.taken_in(1)
    assert {"meanwhile.wav", "after.wav"} <= paths(filled)


def test_a_folder_that_is_back_before_all_is_told_is_told_as_back(
    filled: sqlclap.Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    watcher = Watcher(filled.sources.list, filled.ingest, lambda event: told.append(event.kind))
    watcher._read_sources()
    there, looks = place_of, iter([False])  # gone at the next look alone

    def look(root: str) -> tuple[int, int] | None:
        return there(root) if next(looks, True) else None

    monkeypatch.setattr(watching, "place_of", look)
    assert [watcher._roots_changed() for _ in range(3)] == [True, True, False]
    assert told == ["gone", "back"]


def test_it_waits_for_other_writers(filled: sqlclap.Library, sounds: Path) -> None:
    told: queue.Queue[WatchEvent] = queue.Queue()
    stop, busy = threading.Event(), [True, True]

    def take_in(paths: object) -> object:
        if busy:
            busy.pop()
            raise LibraryBusyError("another program writes")
        return filled.ingest(paths)  # type: ignore[arg-type]

    watcher = Watcher(filled.sources.list, take_in, told.put)  # type: ignore[arg-type]
    thread = threading.Thread(target=watcher.run, args=(stop,))
    write_sound(sounds / "new.wav", tone(700))
    thread.start()
    kinds = []
    while "ingested" not in kinds:
        kinds.append(told.get(timeout=PATIENCE_S).kind)
    stop.set()
    thread.join()
    assert kinds == ["watching", "waiting", "ingested"]
    assert "new.wav" in paths(filled)


def test_without_folders_it_says_so(library: sqlclap.Library) -> None:
    with pytest.raises(WatchError, match="no folder to watch"):
        Watcher(library.sources.list, library.ingest, print).run()
    with write_transaction(library.connection):
        pass  # nothing is held
