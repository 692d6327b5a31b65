"""Loads sqlite-vec: the ``vec0`` tables and the ``vec_`` functions."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import apsw


_ENTRY_POINT = "sqlite3_vec_init"


def load_sqlite_vec(connection: apsw.Connection) -> None:
    """Load the vec0 tables and vec_ functions; extensions are locked again afterwards.

    A SQLite extension remembers, in one place for the whole process, the functions of the SQLite
    that loaded it last. Python's sqlite3 and pysqlite3 bring SQLites of their own: once one of
    them loads sqlite-vec as well (Datasette does), apsw's vec0 tables would call into it and
    crash. So apsw gets a copy of the extension that nobody else can load.
    """
    import apsw
    import sqlite_vec

    connection.enable_load_extension(True)
    try:
        connection.load_extension(_private_copy(), _ENTRY_POINT)
    except apsw.ExtensionLoadingError:
        # No such copy can be made or run here; by itself the shared file works as well.
        connection.load_extension(sqlite_vec.loadable_path(), _ENTRY_POINT)
    finally:
        connection.enable_load_extension(False)


@cache
def _private_copy() -> str:
    """Return the path of a copy in memory that exists as long as the process."""
    import ctypes

    import sqlite_vec

    path = Path(sqlite_vec.loadable_path())
    if not hasattr(os, "memfd_create") or not hasattr(os, "RTLD_DEEPBIND"):
        return str(path)  # only Linux has both, and only there is pysqlite3 at hand
    original = path.with_suffix(".so")
    descriptor = os.memfd_create("sqlclap-vec0")
    os.write(descriptor, original.read_bytes())
    copy = f"/proc/self/fd/{descriptor}"
    for library in (str(original), copy):
        # SQLite opens extensions for all to see, and the first one's names would win over the
        # second's own. Whoever is opened in this way first keeps to its own.
        ctypes.CDLL(library, mode=os.RTLD_NOW | os.RTLD_LOCAL | os.RTLD_DEEPBIND)
    return copy
