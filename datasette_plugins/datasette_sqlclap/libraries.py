"""The libraries among Datasette's databases, and work on them."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar
from weakref import WeakKeyDictionary

from datasette.utils.sqlite import sqlite3

from datasette_sqlclap.answers import RefusedError, status_of, told_of
from datasette_sqlclap.hosts import Host, Hosts
from datasette_sqlclap.versions import run_write

if TYPE_CHECKING:
    from datasette.app import Datasette
    from datasette.database import Database

    from sqlclap.functions.session import Session
    from sqlclap.labels import Labels, Scorer, ScorerCache
    from sqlclap.models import Encoder
    from sqlclap.similarity import Planner, Reading
    from sqlclap.similarity import Shelf as Vectors
    from sqlclap.vectors import StoredModel

Result = TypeVar("Result")


@dataclass(frozen=True)
class Desk:
    """One connection of Datasette's, as an open library.

    It has what `sqlclap.labels.Labels` asks of a shelf.

    Attributes
    ----------
    connection : Host
    session : Session
        The model and the indexes, shared by all connections.
    scorers : ScorerCache
    """

    connection: Host
    session: Session
    scorers: ScorerCache

    @property
    def model(self) -> StoredModel:
        """The model whose vectors are compared."""
        return self.session.model(self.connection)

    def find_encoder(self) -> Encoder:
        """Return the model at work, for words and sounds."""
        return self.session.encoder(self.connection)

    def find_planner(self) -> Planner:
        """Return what keeps the library's indexes."""
        return self.session.planner

    def scorer(self) -> Scorer:
        """Return all labels' anchors, ready to score."""
        return self.scorers.scorer(self.connection, self.model)

    @property
    def labels(self) -> Labels:
        """The library's labels."""
        from sqlclap.labels import Labels

        return Labels(self)

    @property
    def shelf(self) -> Vectors:
        """Where the model's vectors are looked for; the model itself is not loaded."""
        from sqlclap.similarity import Shelf as Vectors

        return Vectors(self.connection, self.find_planner(), self.model)

    @property
    def reading(self) -> Reading:
        """The library at hand for queries."""
        from sqlclap.similarity import Reading

        return Reading(self.connection, self.find_encoder(), self.find_planner())


@dataclass(frozen=True)
class Shelf:
    """A library that Datasette serves.

    Attributes
    ----------
    database : datasette.database.Database
    model : str or None
        Name or folder of the model, where the plugin's settings name one.
    """

    database: Database
    model: str | None
    hosts: Hosts = field(default_factory=Hosts)
    scorers: list[ScorerCache] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    async def read(self, work: Callable[[Desk], Result]) -> Result:
        """Run `work` in one of Datasette's reading threads."""
        return await self.database.execute_fn(lambda connection: work(self._desk(connection)))

    async def write(self, work: Callable[[Desk], Result]) -> Result:
        """Run `work` in Datasette's writing thread."""
        return await run_write(self.database, lambda connection: work(self._desk(connection)))

    def _desk(self, connection: Any) -> Desk:
        from sqlclap.functions.session import SESSIONS
        from sqlclap.labels import ScorerCache

        host = self.hosts.of(connection)
        with self.lock:
            if not self.scorers:
                self.scorers.append(ScorerCache())
        return Desk(host, SESSIONS.of(host, self.model), self.scorers[0])


_SHELVES: WeakKeyDictionary[Database, Shelf] = WeakKeyDictionary()


async def find_shelf(datasette: Datasette, name: str) -> Shelf | None:
    """Return the library of a database's name, or None where it is none."""
    database = datasette.databases.get(name)
    if database is None or not await is_library(database):
        return None
    if database in _SHELVES:
        return _SHELVES[database]
    settings = datasette.plugin_config("sqlclap") or {}
    return _SHELVES.setdefault(database, Shelf(database, settings.get("model")))


async def is_library(database: Database) -> bool:
    """Tell whether a database is a library of sqlclap's that can be read."""
    if database in _SHELVES:
        return True
    return await why_unusable(database) is None


async def why_unusable(database: Database) -> RefusedError | None:
    """Say why a database can't be used as a library; None where it can."""
    if database.is_memory or not database.path:
        return RefusedError(404, f"no sqlclap library is served as {database.name[:200]!r}")
    try:
        trouble = await database.execute_fn(_trouble)
    except sqlite3.DatabaseError as error:
        # Of a file that is no database, damaged, or locked; others beside it are served.
        status = status_of(error)
        if status is None:
            raise
        return RefusedError(status, f"{database.name[:200]}: {told_of(error)}")
    if trouble is None:
        return None
    kind, words = trouble
    return RefusedError(404 if kind == "foreign" else 409, words.format(database.name[:200]))


def _trouble(connection: Any) -> tuple[str, str] | None:
    from sqlclap.library import statement
    from sqlclap.library.migrations import APPLICATION_ID, schema_trouble

    if not connection.execute(statement("is_library"), (APPLICATION_ID,)).fetchone()[0]:
        return "foreign", "no sqlclap library is served as {!r}"
    trouble = schema_trouble(connection)
    return ("schema", f"{{}} {trouble}") if trouble else None


async def list_libraries(datasette: Datasette) -> list[str]:
    """Return the names of the databases that are libraries."""
    return [name for name, found in datasette.databases.items() if await is_library(found)]
