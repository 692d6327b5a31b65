"""Registering the functions on a connection of whichever driver."""

from __future__ import annotations

from typing import Any

from sqlclap.functions.apsw_adapter import register_on_apsw
from sqlclap.functions.sqlite3_adapter import register_on_sqlite3


def register_functions(connection: Any, model: str | None = None, files: bool = True) -> None:
    """Give a connection sqlclap's SQL functions, and sqlite-vec's where it can load extensions.

    Nothing else is loaded until a function is called: no model, no index.

    Parameters
    ----------
    connection : apsw.Connection, sqlite3.Connection or pysqlite3's
    model : str, optional
        Name or folder of the model; by default what the environment variable SQLCLAP_MODEL says,
        or the library's own.
    files : bool
        Whether SQL may name files of this machine (``clap_audio_file``).

    Raises
    ------
    TypeError
        The connection is of no driver that is known.
    """
    if hasattr(connection, "create_scalar_function"):
        register_on_apsw(connection, model, files)
    elif hasattr(connection, "create_function"):
        register_on_sqlite3(connection, model, files)
    else:
        raise TypeError(
            f"expected a connection of apsw, sqlite3 or pysqlite3, got {type(connection).__name__}"
        )
