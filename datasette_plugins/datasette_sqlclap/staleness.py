"""Notices what a running server can't go on with: its library or its program was changed under it.

A library's file that was replaced or removed: SQLite keeps to the one that it opened, so answers
would be of what nobody else sees, and what is written would be lost. A library that a newer
sqlclap has brought to its schema. And an upgrade of the program: what of it wasn't loaded before
doesn't go with what was. Trying again helps in none of these cases; a start of the server does.
"""

from __future__ import annotations

import os
import re
import time
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from datasette.utils.sqlite import sqlite3
from datasette.views.base import DatasetteError

from datasette_sqlclap.responses import RefusedError, is_foreseen
from datasette_sqlclap.wording import without_paths
from sqlclap.db.database import SQLite3Database
from sqlclap.db.migrations import schema_trouble
from sqlclap.db.opened_file import (
    OPEN_AGAIN,
    LibraryReplacedError,
    OpenedFile,
    number_in_header,
)

if TYPE_CHECKING:
    from sqlite3 import Connection

    from datasette.database import Database

_PACKAGES = ("sqlclap", "sqlclap.sql", "datasette_sqlclap")
_KINDS = (".py", ".sql")
_STARTED = time.time()
_LACKING = re.compile(r"no such (?:table|column|function|module)\b|.* has no column named ")
UPGRADED = "sqlclap was upgraded while this server was running: the server has to be started again"


class RestartNeededError(RefusedError, DatasetteError):
    """The server has to be started again; the API and Datasette's own pages tell it.

    Parameters
    ----------
    message : str
    """

    def __init__(self, message: str) -> None:
        RefusedError.__init__(self, 503, message, "restart_needed")
        self.passes = False
        DatasetteError.__init__(self, message, title="Start the server again", status=503)


class Staleness:
    """Watches over a library that is served.

    Parameters
    ----------
    database : Database
    """

    def __init__(self, database: Database) -> None:
        self._name = database.name
        self._file = OpenedFile(str(database.path))
        self._number: int | None = None

    def check(self, connection: Connection) -> None:
        """Check that the file is still the one that was opened, and of a schema that is known.

        Raises
        ------
        RestartNeededError
        """
        self.check_file()
        database = SQLite3Database(connection)
        number = number_in_header(database)
        if number == self._number:
            return
        trouble = schema_trouble(database)
        if trouble:
            raise RestartNeededError(
                f"{self._name} {trouble}; this server has to be started again after that"
            )
        self._number = number

    def check_file(self) -> None:
        """Check that the file is still the one that was opened.

        Raises
        ------
        RestartNeededError
        """
        try:
            self._file.check()
        except LibraryReplacedError as error:
            raise _of_file(error) from error


def _of_file(error: LibraryReplacedError) -> RestartNeededError:
    what = without_paths(str(error).removesuffix(OPEN_AGAIN))
    return RestartNeededError(f"{what}: this server has to be started again")


def explained(error: Exception) -> Exception:
    """Return what to tell of an error of the API: that a start helps, where it does."""
    if isinstance(error, LibraryReplacedError):
        return _of_file(error)
    of_sqlite = isinstance(error, sqlite3.OperationalError)
    if (of_sqlite or not is_foreseen(error)) and program_changed(_STARTED):
        return RestartNeededError(UPGRADED)
    if of_sqlite and _LACKING.match(str(error)):
        return RestartNeededError(
            f"the library lacks what this server looks for ({error}): if it or sqlclap was changed "
            "meanwhile, the server has to be started again"
        )
    return error


def program_changed(since: float) -> bool:
    """Return whether a file of the program was written after a moment, in seconds since 1970."""
    return any(
        max(status.st_ctime, status.st_mtime) > since
        for name in _PACKAGES
        for top in import_module(name).__path__
        for folder, _, files in os.walk(top)
        for status in (Path(folder, file).stat() for file in files if file.endswith(_KINDS))
    )
