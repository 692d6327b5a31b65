"""Labels by name, for who only filters by them (`sqlclap.labels` knows what they are)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from sqlclap.errors import UnknownLabelError

if TYPE_CHECKING:
    from sqlclap.library.database import Database

SHOWN = 20


def unknown_label(name: str, known: Iterable[str]) -> UnknownLabelError:
    """Make the error for a label that there isn't, which names those that there are."""
    names = [*known]
    more = f" and {len(names) - SHOWN:,} more" if len(names) > SHOWN else ""
    told = f"the library has: {', '.join(names[:SHOWN]) or 'none yet'}{more}"
    return UnknownLabelError(f"no label {name!r}: {told}; make it with `sqlclap label add`")


def check_label(database: Database, name: str) -> None:
    """Refuse the name of a label that there isn't; case makes no difference.

    Raises
    ------
    UnknownLabelError
    """
    if not database.execute("SELECT 1 FROM labels WHERE name = ?", (name,)).fetchall():
        rows = database.execute("SELECT name FROM labels ORDER BY name").fetchall()
        raise unknown_label(name, (str(row[0]) for row in rows))
