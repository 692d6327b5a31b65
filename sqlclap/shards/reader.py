"""One shard, open for reading, as questions to a set see it."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING
from weakref import WeakSet

from sqlclap.db.database import CachedByState, Snapshot
from sqlclap.db.library_file import LibraryFile
from sqlclap.db.sqlite_errors import clear_errors
from sqlclap.db.stored_models import count_waiting, default_model, has_vectors
from sqlclap.errors import LibraryError, SetError
from sqlclap.search.background import Backgrounds
from sqlclap.search.planner import Planner
from sqlclap.session import Session
from sqlclap.shards.shard import check_version
from sqlclap.shards.where_ids import register_set_ids

if TYPE_CHECKING:
    import apsw

    from sqlclap.db.database import Database
    from sqlclap.db.stored_models import StoredModel
    from sqlclap.models.encoder import Encoder
    from sqlclap.search.background import Background
    from sqlclap.shards.shard import Shard


class ShardReader:
    """A shard's library, open for reading; each thread has a connection of its own.

    Parameters
    ----------
    shard : Shard
    encoder_of : callable
        Gives the set's model at work; it is loaded when first wanted.

    Raises
    ------
    LibraryError
        It is missing, damaged, or can't be opened.
    SetError
        Its vectors are not of the set's model.
    """

    def __init__(self, shard: Shard, encoder_of: Callable[[], Encoder]) -> None:
        self._encoder_of = encoder_of
        self.shard = shard
        self.ids = shard.entry.ids
        self.share = shard.entry.share
        self._place = _place_of(shard)
        self._encoder: Encoder | None = None
        self._background = CachedByState(self._read_background)
        self._lacking = CachedByState(self._read_lacking)
        self._telling: WeakSet[apsw.Connection] = WeakSet()
        self._compared: CachedByState[set[str]] = CachedByState(lambda _: set())
        shard.check_there()
        self._file = LibraryFile(shard.path, "read")
        self._session = Session.of_file(self._file)
        try:
            with clear_errors(str(shard.path)):
                check_version(self.database, shard.model_version)
        except BaseException:
            self.close()
            raise

    @property
    def number(self) -> int:
        """The shard's number."""
        return self.shard.number

    @property
    def encoder(self) -> Encoder:
        """The set's model at work."""
        return self._encoder_of()

    @property
    def database(self) -> Database:
        """This thread's connection, which tells the set's ids."""
        connection = self._file.connection
        if connection not in self._telling:
            register_set_ids(connection, self.ids)
            self._telling.add(connection)
        return connection

    @property
    def session(self) -> Session:
        """The library at work."""
        _ = self.database  # it tells the set's ids from now on
        return self._session

    @property
    def planner(self) -> Planner:
        """What chooses a search's path."""
        return self.session.cache(Planner)

    @property
    def model(self) -> StoredModel:
        """The set's model, as this library has stored it."""
        with Snapshot(self.database) as snapshot:
            return self.session.model_at(snapshot)

    def check_vectors(self) -> None:
        """Check that there are vectors to compare with, where there are sounds.

        After a change of the set's model, a shard has none until the next ingest reaches it.

        Raises
        ------
        SetError
        """
        with Snapshot(self.database) as snapshot:
            lacking = self._lacking.of(snapshot)
        if lacking is not None:
            raise SetError(
                f"its sounds have no vectors of {lacking} yet: `sqlclap ingest` makes them"
            )

    def background(self, encoder: Encoder | None) -> Background:
        """Return what its sounds score by chance; looked at again when the library has changed."""
        with Snapshot(self.database) as snapshot:
            return self.background_at(snapshot, encoder)

    def background_at(self, snapshot: Snapshot, encoder: Encoder | None) -> Background:
        """Return the same, as of a snapshot."""
        self._encoder = encoder
        return self._background.of(snapshot)

    def compared(self, snapshot: Snapshot) -> set[str]:
        """Return the indexes that were compared with the library's vectors in its state."""
        return self._compared.of(snapshot)

    @staticmethod
    def _read_lacking(database: Database) -> str | None:
        """Return the name of the model of which sounds there have no vector at all."""
        model = default_model(database)
        if has_vectors(database, model) or not count_waiting(database, model.model_id):
            return None
        return model.name

    def _read_background(self, database: Database) -> Background:
        return self.session.cache(Backgrounds).of(database, self.model, self._encoder)

    def is_of(self, shard: Shard) -> bool:
        """Whether this is still the library of a shard: its entry, and the file of that name."""
        return self.shard == shard and self._place == _place_of(shard)

    def close(self) -> None:
        """Close all threads' connections."""
        self._file.close()


def _place_of(shard: Shard) -> tuple[int, int]:
    try:
        status = os.stat(shard.path)  # noqa: PTH116 asked before every question
    except OSError as error:
        raise LibraryError(f"{shard.path} is not there ({error.strerror})") from error
    return status.st_dev, status.st_ino
