"""Datasette plugin: lets Datasette open a sqlclap library and ask it in SQL.

A library's vectors live in sqlite-vec tables, which a connection can only read with sqlite-vec
loaded. `prepare_connection` runs for every connection, so it loads that and registers the SQL
functions, and nothing more: model and index are loaded when a function is first called, once for
all connections.
"""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

from datasette import hookimpl

if TYPE_CHECKING:
    from datasette.app import Datasette


@hookimpl
def prepare_connection(conn: sqlite3.Connection, datasette: Datasette) -> None:
    """Register the functions, but none that reads files.

    The plugin's setting ``model`` names the model, by default the library's own.
    """
    from sqlclap.functions import register_functions

    settings = datasette.plugin_config("sqlclap") or {}
    register_functions(conn, model=settings.get("model"), files=False)
