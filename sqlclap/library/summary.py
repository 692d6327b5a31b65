"""What a library holds, in numbers."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlclap.library.statements import statement

if TYPE_CHECKING:
    from sqlclap.library.database import Database

Row = dict[str, Any]


@dataclass(frozen=True)
class Summary:
    """A library in numbers: what `sqlclap info` shows.

    Attributes
    ----------
    counts : dict
        samples, silent, missing, failures, duration_s (seconds of sound), sound_bytes.
    sources, models : list of dict
        A row each, with the samples they hold. A source has its root, its kind ("tree" or
        "files"), the patterns it excludes, and whether its folder is there.

        A row each, with the samples they hold; of models also `skipped`, the samples whose vector
        can't be compared.
    file_bytes : int
        Size of the library's own file.
    """

    counts: Row
    sources: list[Row]
    models: list[Row]
    file_bytes: int


def summarise(connection: Database) -> Summary:
    """Count what a library holds."""
    size = "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size"
    return Summary(
        counts=_rows(connection, statement("library_counts"))[0],
        sources=[
            row | {"exclude": json.loads(row["exclude"]), "is_there": Path(row["root"]).is_dir()}
            for row in _rows(connection, statement("library_sources"))
        ],
        models=_rows(connection, statement("library_models")),
        file_bytes=int(connection.execute(size).get),
    )


def list_failures(connection: Database) -> list[Row]:
    """Return the files that could not be taken in: root, path, stage, reason, at."""
    return _rows(connection, statement("library_failures"))


def _rows(connection: Database, sql: str) -> list[Row]:
    cursor: Any = connection.execute(sql)
    # apsw gives no description once a statement has run without rows.
    rows = []
    for row in cursor:
        names = [column[0] for column in cursor.get_description()]
        rows.append(dict(zip(names, row, strict=True)))
    return rows
