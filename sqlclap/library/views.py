"""The library's views, kept as ``sql/views`` has them for the default model.

The vector table's name depends on the model, and SQLite can bind no names: views over it are made
anew in the same transaction whenever another model becomes the default. Those that name no model
are there from the start.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlclap.library.statements import view_bodies
from sqlclap.library.transactions import write_transaction

if TYPE_CHECKING:
    import apsw

_DEFAULT_MODEL = "SELECT model_id FROM models WHERE is_default = 1"


def refresh_views(connection: apsw.Connection) -> list[str]:
    """Make the views that are missing or differ; in a write transaction.

    Returns
    -------
    list of str
        Names of the views made anew.
    """
    stale = _stale_views(connection)
    for name, text in stale.items():
        connection.execute(f"DROP VIEW IF EXISTS {name}")
        connection.execute(text)
    return sorted(stale)


def bring_views_up_to_date(connection: apsw.Connection) -> None:
    """Refresh the views, taking the write lock only if one of them differs."""
    if _stale_views(connection):
        with write_transaction(connection):
            refresh_views(connection)


def _stale_views(connection: apsw.Connection) -> dict[str, str]:
    default = connection.execute(_DEFAULT_MODEL).fetchone()
    stored = dict(connection.execute("SELECT name, sql FROM sqlite_schema WHERE type = 'view'"))
    stale = {}
    for name, body in view_bodies():
        needs_model = "{model_id}" in body
        if needs_model and default is None:
            continue  # an empty library
        filled = body.format(model_id=int(default[0])) if default else body
        text = f"CREATE VIEW {name} AS\n{filled}"
        if stored.get(name) != text:
            stale[name] = text
    return stale
