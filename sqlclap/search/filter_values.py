"""What filters can be set to: the folders, keys, categories and sites of a library, with counts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlclap.db.sources import folder_as_stored
from sqlclap.db.statements import statement
from sqlclap.errors import QueryError

if TYPE_CHECKING:
    from sqlclap.db.database import Database

FIELDS_WITH_VALUES = ("key", "category", "site")
"""Search fields whose values people choose from."""


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


@dataclass(frozen=True)
class FilterValue:
    """A value of a filter, and how many samples have it.

    Attributes
    ----------
    value : str
    samples : int
    """

    value: str
    samples: int


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


def values_of(database: Database, field: str) -> tuple[FilterValue, ...]:
    """Return the values that samples have of a search field, in their order.

    Raises
    ------
    QueryError
        It is none of `FIELDS_WITH_VALUES`.
    """
    if field not in FIELDS_WITH_VALUES:
        raise QueryError(f"expected one of {', '.join(FIELDS_WITH_VALUES)}, got {field!r}")
    rows = database.execute(statement(f"search/values_of_{field}")).fetchall()
    return tuple(FilterValue(str(value), count) for value, count in rows)
