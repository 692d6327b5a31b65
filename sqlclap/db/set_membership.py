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
        database.execute("INSERT INTO set_membership VALUES (?)", (path,))
