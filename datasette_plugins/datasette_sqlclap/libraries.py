"""Finds the libraries among Datasette's databases, and runs work on them."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar
from weakref import WeakKeyDictionary

from datasette.utils.sqlite import sqlite3

from datasette_sqlclap.datasette_versions import run_write
from datasette_sqlclap.responses import RefusedError, status_of, told_of
from datasette_sqlclap.staleness import Staleness

if TYPE_CHECKING:
    from sqlite3 import Connection

    from datasette.app import Datasette
    from datasette.database import Database

    from sqlclap.session import Session

Result = TypeVar("Result")


class SessionsByConnection:
    """Sessions by Datasette's connections, so that each connection keeps its caches."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._held: dict[int, tuple[Connection, Session]] = {}

    def of(self, connection: Connection, model: str | None) -> Session:
        """Return the session of a connection, always the same one."""
        from sqlclap.db.database import SQLite3Database
        from sqlclap.session import Session

        with self._lock:
            known = self._held.get(id(connection))
            if known is None:
                database = SQLite3Database(connection)
                session = Session(lambda: database, model=model)
                known = self._held[id(connection)] = (connection, session)
            return known[1]


@dataclass(frozen=True)
class ServedLibrary:
    """A library that Datasette serves.

    Attributes
    ----------
    database : datasette.database.Database
    model : str or None
        Name or folder of the model, where the plugin's settings name one.
    """

    database: Database
    model: str | None
    sessions: SessionsByConnection = field(default_factory=SessionsByConnection)

    @property
    def is_set(self) -> bool:
        """Whether it is a set, for which some routes have no answer."""
        return False

    @property
    def file(self) -> str:
        """Path of the library's file."""
        return str(self.database.path)

    async def folders(self) -> list[str]:
        """Return the folders that errors don't tell: those of its sources."""
        from sqlclap.db.sources import list_roots

        return await self.read(lambda session: list_roots(session.database))

    async def read(self, work: Callable[[Session], Result]) -> Result:
        """Run `work` in one of Datasette's reading threads."""
        return await self.database.execute_fn(
            lambda connection: work(self.sessions.of(connection, self.model))
        )

    async def write(self, work: Callable[[Session], Result]) -> Result:
        """Run `work` in Datasette's writing thread."""
        return await run_write(
            self.database, lambda connection: work(self.sessions.of(connection, self.model))
        )


_SERVED: WeakKeyDictionary[Database, ServedLibrary] = WeakKeyDictionary()
_WATCHED: WeakKeyDictionary[Database, Staleness] = WeakKeyDictionary()
_SETS: WeakKeyDictionary[Database, ServedLibrary] = WeakKeyDictionary()
"""Sets by the databases in memory that stand for them; see `datasette_sqlclap.sets.served`."""


def register(served: ServedLibrary) -> None:
    """Take a set among what is served."""
    _SETS[served.database] = served


async def find_served(datasette: Datasette, name: str) -> ServedLibrary | None:
    """Return the library or set that is served under a name; None: neither is."""
    database = datasette.databases.get(name)
    if database is not None and stands_for_set(database):
        return _SETS[database]
    return await find_library(datasette, name)


def stands_for_set(database: Database) -> bool:
    """Tell whether a database in memory stands for a set."""
    return database in _SETS


async def find_library(datasette: Datasette, name: str) -> ServedLibrary | None:
    """Return the library of a database's name; None if the database is no library."""
    database = datasette.databases.get(name)
    if database is None or not await is_library(database):
        return None
    if database in _SERVED:
        return _SERVED[database]
    settings = datasette.plugin_config("sqlclap") or {}
    _WATCHED.setdefault(database, Staleness(database))
    return _SERVED.setdefault(database, ServedLibrary(database, settings.get("model")))


def watched(database: Database) -> Staleness | None:
    """Return what watches over a database; None where it is no library that is served."""
    return _WATCHED.get(database)


async def is_library(database: Database) -> bool:
    """Tell whether a database is a library of sqlclap's that can be read."""
    if database in _SERVED:
        return True
    return await why_unusable(database) is None


async def why_unusable(database: Database) -> RefusedError | None:
    """Return why a database can't be used as a library; None if it can."""
    if database.is_memory or not database.path:
        return RefusedError(404, f"no sqlclap library is served as {database.name[:200]!r}")
    try:
        reason = await database.execute_fn(_trouble)
    except sqlite3.DatabaseError as error:
        # Of a file that is no database, damaged, or locked; others beside it are served.
        status = status_of(error)
        if status is None:
            raise
        return RefusedError(status, f"{database.name[:200]}: {told_of(error)}")
    if reason is None:
        return None
    kind, words = reason
    return RefusedError(404 if kind == "foreign" else 409, words.format(database.name[:200]))


def _trouble(connection: Connection) -> tuple[str, str] | None:
    from sqlclap.db import migrations
    from sqlclap.db.database import SQLite3Database

    database = SQLite3Database(connection)
    if not migrations.is_library(database):
        return "foreign", "no sqlclap library is served as {!r}"
    trouble = migrations.schema_trouble(database)
    return ("schema", f"{{}} {trouble}") if trouble else None


async def list_served(datasette: Datasette) -> list[str]:
    """Return the names of all libraries and sets."""
    found = datasette.databases.items()
    return [name for name, one in found if stands_for_set(one) or await is_library(one)]


async def list_libraries(datasette: Datasette) -> list[str]:
    """Return the names of the databases that are libraries."""
    return [name for name, found in datasette.databases.items() if await is_library(found)]
