"""Tables of other programs: how long their rows take before any sound is read."""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import sqlclap
from sqlclap.attach.attachment import AttachedTable, library_beside

if TYPE_CHECKING:
    from collections.abc import Callable

A_FOLDER = 1_000
"""Files of one folder."""
CHANGED = 100
"""Of so many rows one changes, one goes, and one comes."""


@dataclass(frozen=True)
class AttachFigures:
    """What was measured.

    Attributes
    ----------
    rows : int
        Each with a file of its own.
    attach_s : float
        Making the library, attaching the table, and looking at each row and its file.
    follow_s : float
        Looking at all rows again, with nothing changed.
    changed : int
        Rows that came, changed or went since.
    changed_s : float
        Looking at all rows again, and taking over what they say.
    """

    rows: int
    attach_s: float
    follow_s: float
    changed: int
    changed_s: float


def bench_attach(folder: Path, rows: int) -> AttachFigures:
    """Measure with a made-up table in an empty folder; no sound is read.

    Parameters
    ----------
    folder : Path
    rows : int
    """
    clips = folder / "clips.db"
    _make(clips, rows)
    table = AttachedTable(clips, "clips", "", path="file_path")
    began = time.perf_counter()
    with sqlclap.open(library_beside(clips)) as library:
        library.attachments.add(table)
        attach_s = time.perf_counter() - began
        follow_s = _timed(library.attachments.follow)
        changed = _change(clips, rows)
        changed_s = _timed(library.attachments.follow)
    return AttachFigures(rows, attach_s, follow_s, changed, changed_s)


def _make(clips: Path, rows: int) -> None:
    names = [f"sounds/{number // A_FOLDER:04}/clip {number:07}.wav" for number in range(rows)]
    for number, name in enumerate(names):
        file = clips.parent / name
        if number % A_FOLDER == 0:
            file.parent.mkdir(parents=True)
        file.write_bytes(b"RIFF")
    titled = ((f"clip {number}", name) for number, name in enumerate(names))
    with closing(sqlite3.connect(clips)) as database, database:
        database.execute(
            "CREATE TABLE clips (id INTEGER PRIMARY KEY, title TEXT, file_path TEXT NOT NULL)"
        )
        insert = "INSERT INTO clips (title, file_path) VALUES (?, ?)"
        database.executemany(insert, titled)


def _change(clips: Path, rows: int) -> int:
    statements = (
        "DELETE FROM clips WHERE id % ? = 0",
        "UPDATE clips SET file_path = (SELECT min(file_path) FROM clips) WHERE id % ? = 1",
        "INSERT INTO clips (title, file_path) SELECT title, file_path FROM clips WHERE id % ? = 2",
    )
    with closing(sqlite3.connect(clips)) as database, database:
        return sum(database.execute(one, (CHANGED,)).rowcount for one in statements)


def _timed(phase: Callable[[], object]) -> float:
    began = time.perf_counter()
    phase()
    return time.perf_counter() - began
