"""Datasette plugin: lets Datasette open a sqlclap library.

A library's vectors live in sqlite-vec tables, which a connection can only read with sqlite-vec
loaded. `prepare_connection` runs for every connection, so it does that and nothing more.
"""

from __future__ import annotations

import sqlite3

from datasette import hookimpl


@hookimpl
def prepare_connection(conn: sqlite3.Connection) -> None:
    """Load sqlite-vec, where this Python's SQLite lets extensions be loaded."""
    import sqlite_vec

    # Some Pythons' sqlite3 is built without it; there, pysqlite3 brings one that has it.
    if not hasattr(conn, "enable_load_extension"):
        return
    conn.enable_load_extension(True)
    conn.load_extension(sqlite_vec.loadable_path())
    conn.enable_load_extension(False)
