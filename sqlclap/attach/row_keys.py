"""The keys of the rows that name sounds, for whatever lists sounds."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple

from sqlclap.db.samples import RowKey
from sqlclap.db.statements import statement

if TYPE_CHECKING:
    from sqlclap.db.database import Database


class RowNames(NamedTuple):
    """The rows that name a sound.

    Attributes
    ----------
    row_key : int, float, str or None
        Of the first one; None where none does.
    more_rows : int
    """

    row_key: RowKey = None
    more_rows: int = 0


NO_ROW = RowNames()


def has_attached(database: Database) -> bool:
    """Whether any table is attached to a library."""
    return database.execute("SELECT 1 FROM attachments LIMIT 1").fetchone() is not None


def key_type(database: Database) -> str:
    """Return the type of all rows' keys, as Arrow calls it; "string" where they are of several."""
    rows = database.execute("SELECT DISTINCT typeof(key) FROM attached_rows").fetchall()
    types = {str(name) for (name,) in rows}
    if types <= {"integer"}:
        return "int64"
    return "double" if types <= {"integer", "real"} else "string"


def row_names(database: Database, sample_ids: Iterable[int]) -> dict[int, RowNames]:
    """Return the rows that name samples, by sample; those that none names are left out."""
    if not has_attached(database):
        return {}
    wanted = json.dumps(sorted({*sample_ids}))
    rows = database.execute(statement("attach/keys_of_samples"), (wanted,))
    return {int(sample_id): RowNames(*names) for sample_id, *names in rows}
