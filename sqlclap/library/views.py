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
    from sqlclap.library.database import Database

_DEFAULT_MODEL = "SELECT model_id FROM models WHERE is_default = 1"


def refresh_views(connection: Database) -> list[str]:
    """Make the views that are missing or differ; in a write transaction.

    Returns
    -------
    list of str
        Names of the views made anew.
    """
    stale = stale_views(connection)
    for name, text in stale.items():
        connection.execute(f"DROP VIEW IF EXISTS {name}")
        connection.execute(text)
    return sorted(stale)


def bring_views_up_to_date(connection: Database) -> None:
    """Refresh the views, taking the write lock only if one of them differs."""
    if stale_views(connection):
        with write_transaction(connection):
            refresh_views(connection)


def stale_views(connection: Database) -> dict[str, str]:
    default = connection.execute(_DEFAULT_MODEL).fetchone()
    rows = connection.execute("SELECT name, sql, type FROM sqlite_schema WHERE type <> 'index'")
    stored = {name: (sql, kind) for name, sql, kind in rows}
    stale = {}
    for name, body in view_bodies():
        needs_model = "{model_id}" in body
        if needs_model and default is None:
            continue  # an empty library
        filled = body.format(model_id=int(default[0])) if default else body
        text = f"CREATE VIEW {name} AS\n{filled}"
        sql, kind = stored.get(name, (None, "view"))
        if sql != text and kind == "view":  # a user's own table of that name stays
            stale[name] = text
    return stale
