"""Whether a library is part of a set: its sounds then are chosen by their slots."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from sqlclap.db.statements import write_transaction

if TYPE_CHECKING:
    from sqlclap.db.database import Database


def set_file_of(database: Database) -> str | None:
    """Return the path of the set's file that a library is part of, as it was last known."""
    row = database.execute("SELECT set_file FROM set_membership LIMIT 1").fetchone()
    if row is None:
        return None
    return os.path.normpath(Path(database.filename).absolute().parent / str(row[0]))


def note_membership(database: Database, set_file: Path) -> None:
    """Keep that a library is part of a set; nothing is written where that is known."""
    if set_file_of(database) == os.path.normpath(set_file):
        return
    try:
        path = os.path.relpath(set_file, Path(database.filename).absolute().parent)
    except ValueError:  # Windows: it lies on another drive
        path = str(set_file)
    with write_transaction(database):
        database.execute("DELETE FROM set_membership")
        database.execute("INSERT INTO set_membership (set_file) VALUES (?)", (path,))


def renames_sought(database: Database) -> int:
    """Return the last sample of a shard for which renamed files were looked for in other shards.

    What it held when it became part of the set is none that was renamed.
    """
    query = "SELECT renames_sought FROM set_membership LIMIT 1"
    row = database.execute(query).fetchone()
    if row is not None and row[0] is not None:
        return int(row[0])
    highest = int(database.execute("SELECT ifnull(max(sample_id), 0) FROM samples").get)
    note_renames_sought(database, highest)
    return highest


def note_renames_sought(database: Database, sample_id: int) -> None:
    """Keep up to which sample of a shard renamed files were looked for."""
    with write_transaction(database):
        database.execute("UPDATE set_membership SET renames_sought = ?", (sample_id,))
