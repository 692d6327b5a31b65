"""Sources whose row another program deleted, while their sounds stayed: they are brought back.

Most tools have foreign keys off. A sound without its source lies nowhere, so that no answer could
name its file; the folder is not known any more, but `sqlclap relocate` can be told it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlclap.db.schema import told_of
from sqlclap.db.statements import statement, write_transaction
from sqlclap.errors import LibraryError
from sqlclap.quantities import typed

if TYPE_CHECKING:
    from pathlib import Path

    import apsw

    from sqlclap.db.database import Database

LOST = "/deleted-source-{}"
"""What stands for the folder of a source that was deleted; no such folder is there."""


def lost_sources(database: Database) -> list[int]:
    """Return the ids of sources whose row is gone while sounds of theirs are there."""
    return [int(number) for (number,) in database.execute(statement("db/lost_sources"))]


def bring_sources_back(connection: apsw.Connection) -> list[str]:
    """Write rows of sources anew, with a warning that says what to do; return what was done."""
    lost = lost_sources(connection)
    if not lost:
        return []
    with write_transaction(connection):
        for number in lost:
            row = (number, LOST.format(number))
            connection.execute("INSERT OR IGNORE INTO sources (source_id, root) VALUES (?, ?)", row)
    name = LOST.format(lost[0])
    why = (
        "another program had deleted, while their sounds stayed; made anew: say where the sounds "
        f"lie with `sqlclap relocate LIBRARY {typed(name)} FOLDER`"
    )
    return told_of(connection, why, [f"source {LOST.format(number)}" for number in lost])


def refuse_lost_sources(database: Database, path: Path) -> None:
    """Refuse to read a library whose sounds lie nowhere.

    Raises
    ------
    LibraryError
    """
    lost = lost_sources(database)
    if lost:
        raise LibraryError(
            f"{path}: another program deleted rows of sources ({', '.join(map(str, lost[:3]))}), "
            "while their sounds stayed; opening the library for writing brings them back, say "
            f"with `sqlclap doctor {typed(path)} --repair`"
        )
