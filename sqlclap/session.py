"""The session: an open library as Python, command line, SQL functions and Datasette use it."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from sqlclap.db.database import CachedByState, Snapshot
from sqlclap.db.migrations import check_library
from sqlclap.db.sqlite_errors import TranslatesErrors
from sqlclap.db.stored_models import (
    StoredModel,
    compared_models,
    default_model,
    default_model_if_any,
    find_model,
    has_vectors,
    kept_contract,
    models_with_words,
)
from sqlclap.declared_models import stored_without_bundle, words_encoder
from sqlclap.errors import (
    MissingModelError,
    ModelError,
    NoTextTowerError,
    NoVectorsError,
    QueryError,
    UnknownModelError,
)
from sqlclap.quantities import typed

if TYPE_CHECKING:
    from sqlclap.db.database import Database
    from sqlclap.db.library_file import LibraryFile
    from sqlclap.models.bundle import Bundle
    from sqlclap.models.encoder import Encoder
    from sqlclap.models.runtime import Device

MODEL_VARIABLE = "SQLCLAP_MODEL"
"""Environment variable that names the model of SQL functions registered without one."""

Cache = TypeVar("Cache")


class SharedResources:
    """What all connections to one library file share; safe from several threads.

    Parameters
    ----------
    model : str, optional
        Name or folder of the model; by default the library's own, or the embedded one for a
        library that is still empty.
    device : {"cpu", "cuda"}
        Where the model runs.
    """

    def __init__(self, model: str | None = None, device: Device = "cpu") -> None:
        self.model_name = model
        self._device: Device = device
        self._encoder: Encoder | None = None
        self._loaded_for: tuple[str, str] | None = None
        self._caches: dict[type, Any] = {}
        self._lock = threading.Lock()

    def cache(self, kind: type[Cache]) -> Cache:
        """Return the shared instance of a kind of cache; it is made on first use."""
        cached = self._caches.get(kind)
        if cached is None:
            with self._lock:
                cached = self._caches.setdefault(kind, kind())
        cache: Cache = cached
        return cache

    def encoder(self, database: Database) -> Encoder:
        """Return the encoder; it is loaded again when the library's default model changes.

        Raises
        ------
        ModelError
            There is no such model, or it can't be used.
        """
        from sqlclap.models.bundle import EMBEDDED_MODEL

        own = None if self.model_name is not None else default_model_if_any(database)
        with self._lock:
            if self._encoder is not None and self._serves(database, self._encoder, own):
                return self._encoder
            name = EMBEDDED_MODEL if own is None else own.name
            if self.model_name is not None:
                name = self.model_name
            encoder = self._encoder = self._load(name, own, database)
            self._loaded_for = None if own is None else (own.name, own.model_version)
            return encoder

    def encoder_to_ingest(self, database: Database) -> Encoder:
        """Return the encoder; of the newest edition, where the embedded model was named.

        A library goes on with the edition that made its vectors until it is asked for the model.
        """
        from sqlclap.models.bundle import EMBEDDED_MODEL, find_bundle
        from sqlclap.models.editions import is_former
        from sqlclap.models.windowing import set_windows_as

        encoder = self.encoder(database)
        if self.model_name != EMBEDDED_MODEL or not is_former(encoder.bundle):
            return encoder
        kept = kept_contract(database, EMBEDDED_MODEL)
        return self.with_bundle(set_windows_as(find_bundle(EMBEDDED_MODEL), kept))

    def _load(self, name: str, own: StoredModel | None, database: Database) -> Encoder:
        from sqlclap.models.bundle import find_bundle, find_stored_bundle
        from sqlclap.models.editions import edition_of
        from sqlclap.models.shared_encoders import shared_encoder
        from sqlclap.models.windowing import set_windows_as

        words = words_encoder(own or stored_without_bundle(database, name), self._device)
        if words is not None:
            return words
        find = find_bundle if own is None else find_stored_bundle
        bundle = find(name)
        kept = kept_contract(database, bundle.name)
        return shared_encoder(set_windows_as(edition_of(bundle, kept), kept), self._device)

    def _serves(self, database: Database, encoder: Encoder, own: StoredModel | None) -> bool:
        """Whether the encoder is the one asked for, or runs the library's own model."""
        if own is None or self._loaded_for == (own.name, own.model_version):
            return True
        stored = find_model(database, encoder.bundle.model_version, encoder.bundle.canonical)
        return stored is not None and stored.model_id == own.model_id

    def use(self, bundle: Bundle) -> None:
        """Use another bundle from now on; the caller stores it in the library."""
        from sqlclap.models.shared_encoders import shared_encoder

        self.use_encoder(shared_encoder(bundle, self._device))

    def with_bundle(self, bundle: Bundle) -> Encoder:
        """Return the encoder of another version of the model at work, to ingest by."""
        from sqlclap.models.shared_encoders import shared_encoder

        with self._lock:
            if self._encoder is None or self._encoder.bundle is not bundle:
                self._encoder, self._loaded_for = shared_encoder(bundle, self._device), None
            return self._encoder

    def use_encoder(self, encoder: Encoder) -> None:
        """Work with a model that is loaded already, from now on."""
        with self._lock:
            self.model_name, self._loaded_for = None, None
            self._encoder = encoder


class _ResourcesByFile:
    """Shared resources by library file; the file is not opened before they are needed."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._held: dict[tuple[str, str | None], SharedResources] = {}

    def of(self, database: Database, model: str | None) -> SharedResources:
        if not database.filename:
            raise QueryError("expected a sqlclap library to be open, got a database in memory")
        key = (database.filename, model or os.environ.get(MODEL_VARIABLE) or None)
        if key not in self._held:
            check_library(database)
        with self._lock:
            return self._held.setdefault(key, SharedResources(key[1]))  # SQLite's paths: absolute


_RESOURCES = _ResourcesByFile()


class QueryModel(NamedTuple):
    """The model of a query: its encoder, and the stored model whose vectors are compared.

    The two belong together, and are asked for together: another program may switch the library's
    model at any moment, and vectors of two models are never compared.

    Attributes
    ----------
    encoder : Encoder
    stored : StoredModel
        The library's row of that model.
    """

    encoder: Encoder
    stored: StoredModel


class Session:
    """An open library: its database as the caller's thread reads it, its model, shared caches.

    Parameters
    ----------
    find_database : callable
        Gives the connection to read by: each thread has its own, or there is but one.
    resources : SharedResources, optional
        By default those that this process keeps for the library's file.
    model : str, optional
        Name or folder of the model, where `resources` are left out; by default what the
        environment variable SQLCLAP_MODEL says, or the library's own.

    Attributes
    ----------
    last_error : str or None
        What the last SQL function that failed on this connection had to say.
    """

    def __init__(
        self,
        find_database: Callable[[], Database],
        resources: SharedResources | None = None,
        model: str | None = None,
    ) -> None:
        self.last_error: str | None = None
        self._find_database = find_database
        self._resources = resources
        self._model_name = model
        self._models = CachedByState(self._read_model)
        self._query_models = CachedByState(self._read_query_model)

    @classmethod
    def of_file(
        cls, file: LibraryFile, model: str | None = None, device: Device = "cpu"
    ) -> Session:
        """Return a session of its own over a library file; each thread has its connection."""
        return cls(lambda: file.connection, SharedResources(model, device))

    @property
    def database(self) -> Database:
        """The connection of this thread."""
        return self._find_database()

    @property
    def resources(self) -> SharedResources:
        """What all connections of the library's file share."""
        if self._resources is None:
            self._resources = _RESOURCES.of(self.database, self._model_name)
        return self._resources

    def cache(self, kind: type[Cache]) -> Cache:
        """Return the library's cache of a kind, such as its `Planner`."""
        return self.resources.cache(kind)

    @property
    def encoder(self) -> Encoder:
        """The model at work, for sounds to ingest.

        Raises
        ------
        ModelError
            There is no such model, or it can't be used.
        """
        return self.resources.encoder(self.database)

    @property
    def query_model(self) -> QueryModel:
        """The model for queries: the library holds vectors to compare them with.

        Raises
        ------
        NoVectorsError
            The library is empty, or holds no vectors of this version of the model.
        ModelError
            There is no such model, or it can't be used.
        """
        with Snapshot(self.database) as snapshot:
            return self._query_models.of(snapshot)

    def by(self, model: str) -> Session:
        """Return a session over the same library that works by another of its models.

        Parameters
        ----------
        model : str
            Name of a model of which the library holds vectors.

        Raises
        ------
        UnknownModelError
            It holds none of such a model.
        """
        names = [one.name for one in compared_models(self.database)]
        if model not in names:
            known = ", ".join(dict.fromkeys(names)) or "none"
            raise UnknownModelError(
                f"the library holds no vectors of a model {model!r}: expected one of {known}"
            )
        return Session(self._find_database, model=model)

    @property
    def text_model(self) -> QueryModel:
        """The model for queries in words.

        Raises
        ------
        NoTextTowerError
            It has no words; the message names a model that has, and how to search by it.
        NoVectorsError, ModelError
            As for `query_model`.
        """
        try:
            model = self.query_model
            _ = model.encoder.bundle.text
        except (NoTextTowerError, MissingModelError) as error:
            from sqlclap.models.bundle import words_elsewhere

            stored = [other.name for other in models_with_words(self.database)]
            advice = words_elsewhere(stored, self.database.filename)
            raise NoTextTowerError(f"{error}; {advice}") from error
        return model

    @property
    def describing_model(self) -> QueryModel:
        """The model that describes the library's sounds in words, to name them.

        It is the model at work, or else the first other one of the library that has words.

        Raises
        ------
        NoTextTowerError, NoVectorsError, ModelError
            As for `text_model`.
        """
        try:
            return self.text_model
        except NoTextTowerError:
            for other in models_with_words(self.database):
                with suppress(ModelError, NoVectorsError):  # not here, or of another version
                    return self.by(other.name).text_model
            raise

    @property
    def model(self) -> StoredModel:
        """The model whose vectors are compared; where none was named, it is not loaded.

        Raises
        ------
        NoVectorsError
            The library is empty, or holds no vectors of the model that was named.
        """
        with Snapshot(self.database) as snapshot:
            return self.model_at(snapshot)

    def model_at(self, snapshot: Snapshot) -> StoredModel:
        """Return the model as of a snapshot; it is read again when something has changed."""
        return self._models.of(snapshot)

    def _read_query_model(self, database: Database) -> QueryModel:
        resources = self.resources  # tells first that there is no library at all
        default_model(database)  # an empty library is told before a model is loaded
        encoder = resources.encoder(database)
        return QueryModel(encoder, stored_model_of(database, encoder.bundle))

    def _read_model(self, database: Database) -> StoredModel:
        resources = self.resources  # tells first that there is no library at all
        own = default_model(database)
        if resources.model_name is None:
            return own
        without_bundle = stored_without_bundle(database, resources.model_name)
        return without_bundle or stored_model_of(database, self.encoder.bundle)


class LibraryPart(TranslatesErrors):
    """A part of an open library, such as its labels or its map.

    Parameters
    ----------
    session : Session
    """

    def __init__(self, session: Session) -> None:
        self._session = session

    @property
    def _library_name(self) -> str:
        return self._session.database.filename


def stored_model_of(database: Database, bundle: Bundle) -> StoredModel:
    """Return the library's row of a bundle's model.

    Raises
    ------
    NoVectorsError
        The library holds no vectors of this model version: others can't be compared with it.
    """
    stored = find_model(database, bundle.model_version, bundle.canonical)
    if stored is None or not has_vectors(database, stored):
        own = default_model_if_any(database)
        named = "" if own is None or own.name == bundle.name else f" --model {bundle.name}"
        raise NoVectorsError(
            f"{database.filename} holds no vectors of {bundle.name} ({bundle.model_version}); "
            f"make them with `sqlclap ingest {typed(database.filename)}{named}`"
        )
    return stored
