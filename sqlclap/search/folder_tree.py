"""The tree of a library's folders, opened level by level, with counts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlclap.db.sources import folder_as_stored
from sqlclap.db.statements import statement

if TYPE_CHECKING:
    from sqlclap.db.database import Database


@dataclass(frozen=True)
class FolderBelow:
    """A folder, as the filter by folder takes it.

    Attributes
    ----------
    path : str
        Below its source; folders of several sources that have the same path are one.
    name : str
        The last part of the path.
    samples : int
        In it and in the folders below it.
    has_folders : bool
        Whether there are folders in it.
    """

    path: str
    name: str
    samples: int
    has_folders: bool


def folders_below(database: Database, folder: str = "") -> tuple[FolderBelow, ...]:
    """Return the folders right below one, by name; of the sources themselves by default."""
    above = f"{folder_as_stored(folder)}/" if folder.strip("/") else ""
    beyond = f"{above[:-1]}0" if above else ""  # 0 comes right behind the slash
    rows = database.execute(
        statement("search/folders_below"), {"below": above, "beyond": beyond}
    ).fetchall()
    return tuple(
        FolderBelow(above + name, name, count, bool(has_folders))
        for name, count, has_folders in rows
    )
