"""A cache of scorers, valid as long as the library does not change."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from sqlclap.db.database import WRITING, asked_version
from sqlclap.db.stored_models import StoredModel
from sqlclap.labels.scorer import Scorer, load_scorer

if TYPE_CHECKING:
    from sqlclap.db.database import Database
    from sqlclap.session import Session

KEPT_WHILE_WRITING_S = 0.2
"""Uncommitted changes may be rolled back, which changes no counter. So a scorer that
was loaded during a transaction is only used for the rows of about one statement (seconds)."""


@dataclass(frozen=True)
class LibraryState:
    """The state of a library that a connection sees.

    Attributes
    ----------
    version : tuple
        Numbers that change with every change to the library, ours or others'.
    writing : bool
        Changes may be pending that can still be rolled back.
    """

    version: tuple[Any, ...]
    writing: bool


@dataclass(frozen=True)
class _CachedScorer:
    """A scorer, and the state of the library that it was loaded from."""

    state: LibraryState
    at: float
    scorer: Scorer

    def holds(self, state: LibraryState) -> bool:
        young = not self.state.writing or time.monotonic() - self.at < KEPT_WHILE_WRITING_S
        return young and self.state == state


class ScorerCache:
    """Loads a library's anchors when something has changed; safe from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._cache: WeakKeyDictionary[Database, dict[int, _CachedScorer]] = WeakKeyDictionary()

    def scorer(self, database: Database, model: StoredModel) -> Scorer:
        """Return a scorer as of now."""
        state = library_state(database)
        with self._lock:
            cached = self._cache.setdefault(database, {}).get(model.model_id)
        if cached is not None and cached.holds(state):
            return cached.scorer
        scorer = load_scorer(database, model)
        with self._lock:
            self._cache[database][model.model_id] = _CachedScorer(state, time.monotonic(), scorer)
        return scorer


def scorer_of(session: Session) -> Scorer:
    """Return all labels' anchors of an open library, ready to score."""
    return session.cache(ScorerCache).scorer(session.database, session.model)


def library_state(database: Database) -> LibraryState:
    """Return the state of a library as this connection sees it."""
    transaction = database.txn_state("main")  # a statement may read something else beside it
    fast: Any = database
    if transaction and hasattr(fast, "data_version"):
        # apsw, within a transaction or a statement: two calls into SQLite instead of a query.
        return LibraryState((fast.data_version(), fast.total_changes()), transaction == WRITING)
    return LibraryState(asked_version(database), transaction == WRITING)
