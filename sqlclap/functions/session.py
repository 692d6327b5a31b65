"""What the functions of one library share: model and indexes, loaded when first needed."""

from __future__ import annotations

import os
import threading
from typing import TYPE_CHECKING

from sqlclap.errors import QueryError, UnknownModelError
from sqlclap.vectors import StoredModel, default_model, find_model

if TYPE_CHECKING:
    from sqlclap.library import Database
    from sqlclap.models import Encoder

MODEL_VARIABLE = "SQLCLAP_MODEL"


class Session:
    """The model and the indexes of one library file, shared by all its connections.

    Parameters
    ----------
    model : str, optional
        Name or folder of the model; by default what the environment variable SQLCLAP_MODEL says,
        or the library's own.
    """

    def __init__(self, model: str | None = None) -> None:
        from sqlclap.similarity import Planner

        self.planner = Planner()
        self._model = model or os.environ.get(MODEL_VARIABLE) or None
        self._encoder: Encoder | None = None
        self._lock = threading.Lock()

    def encoder(self, database: Database) -> Encoder:
        """Return the model at work; it is loaded once.

        Raises
        ------
        ModelError
            It can't be found or used.
        """
        from sqlclap.models import Encoder, find_bundle

        with self._lock:
            if self._encoder is None:
                name = self._model or default_model(database).name
                self._encoder = Encoder(find_bundle(name))
            return self._encoder

    def model(self, database: Database) -> StoredModel:
        """Return the model whose vectors are compared; it is not loaded.

        Raises
        ------
        NoVectorsError
            The library is empty.
        UnknownModelError
            It holds no vectors of the model that was named.
        """
        if self._model is None:
            return default_model(database)
        bundle = self.encoder(database).bundle
        stored = find_model(database, bundle.model_version, bundle.canonical)
        if stored is None:
            raise UnknownModelError(f"{database.filename} holds no vectors of {self._model}")
        return stored


class Sessions:
    """Sessions by library file; the file is looked at when a function is called, not before."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._sessions: dict[tuple[str, str | None], Session] = {}

    def of(self, database: Database, model: str | None) -> Session:
        """Return the session of a connection's library.

        Raises
        ------
        QueryError
            The connection has no library open, or one of another version.
        """
        file = database.filename
        if not file:
            raise QueryError("expected a sqlclap library to be open, got a database in memory")
        key = (file, model)  # SQLite gives absolute paths
        if key not in self._sessions:
            _check_library(database, file)
        with self._lock:
            session = self._sessions.get(key)
            if session is None:
                session = self._sessions[key] = Session(model)
            return session


def _check_library(database: Database, file: str) -> None:
    from sqlclap.library import statement
    from sqlclap.library.migrations import APPLICATION_ID, schema_trouble

    if not database.execute(statement("is_library"), (APPLICATION_ID,)).fetchone()[0]:
        raise QueryError(
            f"expected a sqlclap library to be open, got {file}: "
            "make one with `sqlclap ingest sounds.db FOLDER`"
        )
    trouble = schema_trouble(database)
    if trouble is not None:
        raise QueryError(f"{file} {trouble}")


SESSIONS = Sessions()
