"""Scorers kept at hand for as long as the library does not change."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from sqlclap.labels.scorer import Scorer, load_scorer
from sqlclap.library.database import WRITING
from sqlclap.vectors import StoredModel

if TYPE_CHECKING:
    from sqlclap.library import Database


class ScorerCache:
    """Loads a library's anchors when something has changed; safe from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: WeakKeyDictionary[Database, dict[int, tuple[tuple[Any, ...], Scorer]]]
        self._kept = WeakKeyDictionary()

    def scorer(self, database: Database, model: StoredModel) -> Scorer:
        """Return a scorer as of now."""
        version = library_version(database)
        with self._lock:
            kept = self._kept.setdefault(database, {}).get(model.model_id)
        if kept and kept[0] == version:
            return kept[1]
        scorer = load_scorer(database, model)
        # What a transaction has not committed may be rolled back: that changes no counter.
        if database.txn_state() != WRITING:
            with self._lock:
                self._kept[database][model.model_id] = (version, scorer)
        return scorer


def library_version(database: Database) -> tuple[Any, ...]:
    """Return numbers that change with every change to the library, ours or others'."""
    row = database.execute("SELECT data_version, total_changes() FROM pragma_data_version")
    return tuple(row.fetchone())
