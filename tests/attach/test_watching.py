"""A database that is watched: rows that another program writes are followed by themselves."""

from __future__ import annotations

import queue
import threading
from pathlib import Path

import sqlclap
from sqlclap.watching import Watcher, WatchEvent
from tests.attach.scenes import keys, write
from tests.support.patience import PATIENCE_S
from tests.support.sounds import noise, write_sound


def test_rows_are_followed_while_they_are_watched(attached: sqlclap.Library, clips: Path) -> None:
    told: queue.Queue[WatchEvent] = queue.Queue()
    stop = threading.Event()
    watcher = Watcher(attached.sources.list, attached.ingest, told.put, [clips])
    thread = threading.Thread(target=watcher.run, args=(stop,))
    thread.start()
    try:
        assert told.get(timeout=PATIENCE_S).paths == (str(clips),)
        assert told.get(timeout=PATIENCE_S).kind == "ingested"
        write_sound(clips.parent / "sounds" / "new.wav", noise(3))
        write(clips, "INSERT INTO clips (id, file_path) VALUES (5, 'sounds/new.wav')")
        event = told.get(timeout=PATIENCE_S)
        assert (event.kind, event.report and event.report.new) == ("ingested", 1)
        write(clips, "UPDATE clips SET file_path = 'sounds/tone 110.wav' WHERE id = 5")
        event = told.get(timeout=PATIENCE_S)
        assert event.report is not None
        assert event.report.no_longer_named == 1
        assert keys(attached)[5] == keys(attached)[210]
        write(clips, "DELETE FROM clips WHERE id = 5")
        event = told.get(timeout=PATIENCE_S)
        assert event.report is not None
        assert event.report.tables[0].removed == 1
    finally:
        stop.set()
        thread.join()
    assert set(keys(attached)) == {210, 320, 540, 980}
