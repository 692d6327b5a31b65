"""Neighbours kept as a table, for clients that have no sqlclap: the view ``sound_neighbors``.

Triggers note which sounds have changed since; the next `store` finds anew what that concerns: the
lists of those sounds, lists that they were in, and lists that they belong into now.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from sqlclap.db.statements import read_transaction, statement, write_transaction
from sqlclap.db.vectors import count_own, own_vectors, unit_rows, vectors_of_samples
from sqlclap.progress import NullProgress, ProgressListener
from sqlclap.search.neighbors import Neighbors, NeighborsQuery
from sqlclap.search.planner import Planner
from sqlclap.session import LibraryPart

if TYPE_CHECKING:
    from sqlclap.arrays import Int64Array
    from sqlclap.db.database import Database
    from sqlclap.db.stored_models import StoredModel

SOUNDS_AT_ONCE = 10_000
"""Sounds whose lists are written in one transaction: other writers get their turn between them."""

FEW = 5
"""Of so many sounds one or fewer changed: only what that concerns is found anew."""

SLACK = 1e-5
"""By how much cosines of 32-bit floats may be off."""


@dataclass(frozen=True)
class StoredState:
    """What is kept of neighbours under a model.

    Attributes
    ----------
    model : str
    neighbors : int
        Of each sound.
    exact : bool
        All vectors were compared, whether there was an index or not.
    built_at : str or None
        None: the table is not whole.
    sounds : int
        Sounds that have a list.
    changed : int
        Sounds that have changed since, or lost a neighbour.
    """

    model: str
    neighbors: int
    exact: bool
    built_at: str | None
    sounds: int
    changed: int
    DERIVED = ("is_fresh",)

    @property
    def is_fresh(self) -> bool:
        """Whether the table is what would be found now."""
        return self.built_at is not None and not self.changed


@dataclass(frozen=True)
class StoredReport:
    """What became of the table.

    Attributes
    ----------
    model : str
    neighbors, sounds : int
        Of each sound; sounds that have a list.
    found_anew : int
        Sounds whose list was found now.
    """

    model: str
    neighbors: int
    sounds: int
    found_anew: int


def kept_neighbors(database: Database, model: StoredModel) -> StoredState | None:
    """Return what is kept under a model; None for nothing."""
    query = statement("plain_clients/neighbors_state")
    row = database.execute(query, (model.model_id,)).fetchone()
    if row is None:
        return None
    neighbors, exact, built_at, sounds, changed = row
    return StoredState(model.name, neighbors, bool(exact), built_at, sounds, changed)


class StoredNeighbors(LibraryPart):
    """The neighbours that a library keeps as a table.

    Parameters
    ----------
    session : Session
    """

    def state(self) -> StoredState | None:
        """Return what is kept under the model in use; None for nothing."""
        return kept_neighbors(self._session.database, self._session.model)

    def store(
        self, neighbors: int, exact: bool = False, listener: ProgressListener | None = None
    ) -> StoredReport:
        """Make the table, or bring it up to date.

        Parameters
        ----------
        neighbors : int
            Of each sound, from 1 to 1,000.
        exact : bool
            Compare all vectors, whether there is an index or not.
        listener : ProgressListener, optional
            Is told of the stage ``neighbours`` (sounds).

        Raises
        ------
        QueryError
            The number is out of range.
        NoVectorsError
            The library is empty.
        """
        listener, database = listener or NullProgress(), self._session.database
        query = NeighborsQuery(
            self._session.cache(Planner), database, self._session.model, neighbors, exact
        )
        work = _Work(database, query.model, query, listener)
        state = self.state()
        wanted = (neighbors, exact)
        is_whole = state is not None and state.built_at and (state.neighbors, state.exact) == wanted
        found_anew = work.follow() if is_whole else work.build()
        after = self.state()
        return StoredReport(query.model.name, neighbors, after.sounds if after else 0, found_anew)

    def forget(self) -> None:
        """Remove the table's rows of the model in use."""
        with write_transaction(self._session.database) as connection:
            for name in ("forget_all", "forget_changes", "forget_state"):
                forget = statement(f"plain_clients/neighbors_{name}")
                connection.execute(forget, (self._session.model.model_id,))


@dataclass(frozen=True)
class _Change:
    """A sound that has changed, and the mark of that change."""

    sample_id: int
    mark: int


@dataclass(frozen=True)
class _Work:
    """Finds lists and writes them."""

    database: Database
    model: StoredModel
    query: NeighborsQuery
    listener: ProgressListener

    def build(self) -> int:
        """Find all lists; return how many sounds there are."""
        row = (self.model.model_id, self.query.n, self.query.exact)
        with write_transaction(self.database) as connection:
            # From here on, triggers note what changes: what is read below is later than this.
            connection.execute(statement("plain_clients/neighbors_begin"), row)
            forget = statement("plain_clients/neighbors_forget_all")
            connection.execute(forget, (self.model.model_id,))
        with read_transaction(self.database):
            changes = self._changes()
            parts = self._told(self.query.of_all(), count_own(self.database, self.model))
        self._write(parts)
        self._settle(changes, whole=True)
        return sum(len(part.sample_ids) for part in parts)

    def follow(self) -> int:
        """Find the lists anew that changes concern; return how many."""
        with read_transaction(self.database):
            changes = self._changes()
            if not changes:
                return 0
            sounds = count_own(self.database, self.model)
            if len(changes) * FEW > sounds:
                concerned = None
            else:
                concerned = self._concerned([one.sample_id for one in changes])
                parts = self._told(self.query.of(concerned.tolist()), len(concerned))
        if concerned is None:
            return self.build()
        self._write(parts)
        self._settle(changes, whole=False)
        return sum(len(part.sample_ids) for part in parts)

    def _changes(self) -> list[_Change]:
        query = statement("plain_clients/neighbors_changes")
        return [_Change(*row) for row in self.database.execute(query, (self.model.model_id,))]

    def _told(self, parts: Iterator[Neighbors], total: int) -> list[Neighbors]:
        self.listener.started("neighbours", total)
        found = []
        for part in parts:
            found.append(part)
            self.listener.advanced(len(part.sample_ids))
        return found

    def _concerned(self, changed: Sequence[int]) -> Int64Array:
        """Return the sounds whose lists changes concern, ascending."""
        there, vectors = vectors_of_samples(self.database, self.model, changed)
        ids, lasts = self._last_scores()
        concerned = [np.array(there, dtype=np.int64)]
        new = unit_rows(vectors)
        for page in own_vectors(self.database, self.model):
            if not len(new):
                break
            best = (unit_rows(page.vectors) @ new.T).max(axis=1)
            at = np.minimum(np.searchsorted(ids, page.sample_ids), max(len(ids) - 1, 0))
            known = ids[at] == page.sample_ids if len(ids) else np.zeros(len(at), dtype=bool)
            last = np.where(known, lasts[at], -np.inf) if len(ids) else np.full(len(at), -np.inf)
            concerned.append(page.sample_ids[best >= last - SLACK])
        found: Int64Array = np.unique(np.concatenate(concerned))
        return found

    def _last_scores(self) -> tuple[Int64Array, np.ndarray]:
        """Return the sounds whose lists are full, ascending, and the lists' last scores."""
        query = statement("plain_clients/neighbors_last")
        rows = self.database.execute(query, (self.model.model_id, self.query.n)).fetchall()
        table = np.array(rows, dtype=np.float64).reshape(-1, 2)
        return table[:, 0].astype(np.int64), table[:, 1]

    def _write(self, parts: Sequence[Neighbors]) -> None:
        for part in parts:
            for start in range(0, len(part.sample_ids), SOUNDS_AT_ONCE):
                end = min(start + SOUNDS_AT_ONCE, len(part.sample_ids))
                self._write_lot(part.take(np.arange(start, end)))

    def _write_lot(self, lot: Neighbors) -> None:
        model_id = self.model.model_id
        with write_transaction(self.database) as connection:
            forget = statement("plain_clients/neighbors_forget")
            connection.execute(forget, (model_id, json.dumps(lot.sample_ids.tolist())))
            connection.executemany(
                statement("plain_clients/neighbors_insert"),
                ((model_id, *row) for row in lot.rows()),
            )

    def _settle(self, changes: Sequence[_Change], whole: bool) -> None:
        """Remove the changes that were seen to, and no later ones."""
        with write_transaction(self.database) as connection:
            connection.executemany(
                statement("plain_clients/neighbors_settle"),
                [(self.model.model_id, one.sample_id, one.mark) for one in changes],
            )
            if whole:
                done = statement("plain_clients/neighbors_done")
                connection.execute(done, (self.model.model_id, self.query.n))
