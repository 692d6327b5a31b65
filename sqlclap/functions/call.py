"""One call of a function: the connection that it comes from, and what it may use."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlclap.functions.session import SESSIONS, Session
from sqlclap.library import Snapshot

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from sqlclap.library import Database, Version
    from sqlclap.models import Encoder
    from sqlclap.similarity import Answer, Planner, Request
    from sqlclap.vectors import StoredModel


class Memory:
    """What the functions of one connection remember from call to call.

    Parameters
    ----------
    model_name : str or None

    Attributes
    ----------
    last_error : str or None
        What the last function that failed had to say.
    """

    def __init__(self, model_name: str | None) -> None:
        self.model_name = model_name
        self.last_error: str | None = None
        self._session: Session | None = None
        self._model: tuple[Version, StoredModel] | None = None

    def session(self, database: Database) -> Session:
        """Return what the library's connections share."""
        if self._session is None:
            self._session = SESSIONS.of(database, self.model_name)
        return self._session

    def model(self, database: Database, now: Snapshot) -> StoredModel:
        """Return the model whose vectors are compared; it is read again when something changed."""
        kept = self._model
        if kept is not None and kept[0] == now.version:
            return kept[1]
        model = self.session(database).model(database)
        if not now.pending:
            self._model = (now.version, model)
        return model


class Call:
    """What a function can reach. Everything runs on the caller's own connection.

    Parameters
    ----------
    database : Database
    memory : Memory
        The connection's.
    """

    __slots__ = ("database", "memory")

    def __init__(self, database: Database, memory: Memory) -> None:
        self.database = database
        self.memory = memory

    @property
    def encoder(self) -> Encoder:
        """The model at work."""
        return self.memory.session(self.database).encoder(self.database)

    @property
    def model(self) -> StoredModel:
        """The model whose vectors are compared."""
        with Snapshot(self.database) as now:
            return self.memory.model(self.database, now)

    def nearest(self, vector: npt.NDArray[np.float32], request: Request) -> Answer:
        """Return the samples nearest to a unit vector."""
        database, memory = self.database, self.memory
        with Snapshot(database) as now:
            model = memory.model(database, now)
            return memory.session(database).planner.nearest(database, model, vector, request, now)

    @property
    def planner(self) -> Planner:
        """What chooses a search's path."""
        return self.memory.session(self.database).planner
