"""Registering the functions on a connection of whichever driver."""

from __future__ import annotations

import warnings
from typing import Any

from sqlclap.errors import NoExtensionsError
from sqlclap.functions.apsw_adapter import register_on_apsw
from sqlclap.functions.sqlite3_adapter import FunctionWarning, register_on_sqlite3


def register_functions(
    connection: Any, model: str | None = None, files: bool = True, reading: bool = False
) -> None:
    """Give a connection sqlclap's SQL functions, and sqlite-vec's.

    Nothing else is loaded until a function is called: no model, no index.

    Parameters
    ----------
    connection : apsw.Connection, sqlite3.Connection or pysqlite3's
    model : str, optional
        Name or folder of the model; by default what the environment variable SQLCLAP_MODEL says,
        or the library's own.
    files : bool
        Whether SQL may name files of this machine (``clap_audio_file``).
    reading : bool
        The connection only reads, or is never interrupted. On sqlite3 and pysqlite3, a statement
        that is interrupted within a function then says so, and not that a function failed.

    Raises
    ------
    TypeError
        The connection is of no driver that is known.
    NoExtensionsError
        Its SQLite can't load extensions.
    """
    if hasattr(connection, "create_scalar_function"):
        register_on_apsw(connection, model, files)
    elif hasattr(connection, "create_function"):
        register_on_sqlite3(connection, model, files, reading)
    else:
        raise TypeError(
            f"expected a connection of apsw, sqlite3 or pysqlite3, got {type(connection).__name__}"
        )


def register_where_possible(
    connection: Any, model: str | None = None, files: bool = True, reading: bool = False
) -> None:
    """Register the functions as a plugin does, in every database that its host opens.

    Where this SQLite can't load extensions, the functions are not there, and a `FunctionWarning`
    says why: databases that have nothing to do with sqlclap go on working.
    """
    try:
        register_functions(connection, model, files, reading)
    except NoExtensionsError as error:
        warnings.warn(
            f"sqlclap's SQL functions are missing: {error}", FunctionWarning, stacklevel=2
        )
