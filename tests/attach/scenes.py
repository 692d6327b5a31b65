"""Databases of other programs, made as people make them: with sqlite-utils, FTS, triggers, keys."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import sqlite_utils

import sqlclap
from sqlclap.attach.attachment import AttachedTable
from tests.support.sounds import tone, write_sound

PITCHES = (110, 220, 440, 880)
CLIPS = AttachedTable(Path(), "clips", "", path="file_path")


def make_clips(folder: Path) -> Path:
    """Make a database of four clips: with FTS, a trigger, a foreign key, and a view."""
    path = folder / "clips.db"
    for hz in PITCHES:
        write_sound(folder / "sounds" / f"tone {hz}.wav", tone(hz))
    database = sqlite_utils.Database(path)
    database.table("packs").insert({"id": 7, "name": "Tones"}, pk="id")
    rows: list[dict[str, Any]] = [
        {"id": 100 + hz, "title": f"tone {hz}", "file_path": f"sounds/tone {hz}.wav", "pack": 7}
        for hz in PITCHES
    ]
    database.table("clips").insert_all(rows, pk="id", foreign_keys=[("pack", "packs", "id")])
    database.table("clips").enable_fts(["title"], create_triggers=True)
    database.conn.executescript(
        """
        CREATE TABLE history (clip INTEGER, at TEXT);
        CREATE TRIGGER clips_noted AFTER UPDATE ON clips
        BEGIN INSERT INTO history VALUES (NEW.id, 'then'); END;
        CREATE VIEW low AS SELECT id, file_path FROM clips WHERE id < 400;
        PRAGMA user_version = 12;
        """
    )
    database.conn.close()
    return path


def dump(path: Path) -> list[object]:
    """Return all that a database holds: schema, rows, header fields."""
    with closing(sqlite3.connect(path)) as plain:
        pragmas = ("user_version", "application_id", "journal_mode", "schema_version")
        marks = [plain.execute(f"PRAGMA {name}").fetchone() for name in pragmas]
        return [*plain.iterdump(), *marks]


def write(path: Path, sql: str, *values: object) -> None:
    """Write to a database as its own program does."""
    with closing(sqlite3.connect(path, timeout=60)) as plain, plain:
        plain.execute(sql, values)


def keys(library: sqlclap.Library) -> dict[Any, tuple[int | None, str | None]]:
    """Return the sample and the problem of each row by its key."""
    query = "SELECT row_key, sample_id, problem FROM attached_sounds"
    return {key: (sample, why) for key, sample, why in library.connection.execute(query)}


def titles(library: sqlclap.Library) -> dict[str, int | None]:
    """Return the sample of each clip by its title, as a join tells it."""
    from sqlclap.attach.joining import attach_databases

    if "clips" not in {row[1] for row in library.connection.execute("PRAGMA database_list")}:
        attach_databases(library.connection)
    query = "SELECT title, sample_id FROM clips.clips LEFT JOIN attached_sounds ON row_key = id"
    rows: list[Any] = library.connection.execute(query).fetchall()
    return dict(rows)
