"""Scorers kept at hand for as long as the library does not change."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from sqlclap.labels.scorer import Scorer, load_scorer
from sqlclap.library.database import WRITING
from sqlclap.vectors import StoredModel

if TYPE_CHECKING:
    from sqlclap.library import Database

KEPT_WHILE_WRITING_S = 0.2
"""What a transaction has not committed may be rolled back, which changes no counter: a scorer that
was loaded meanwhile serves one statement's rows, and not much longer."""


@dataclass(frozen=True)
class _Kept:
    """A scorer, and the state of the library that it was loaded from."""

    version: tuple[Any, ...]
    writing: bool
    at: float
    scorer: Scorer

    def holds(self, version: tuple[Any, ...], writing: bool) -> bool:
        young = not self.writing or time.monotonic() - self.at < KEPT_WHILE_WRITING_S
        return young and (self.version, self.writing) == (version, writing)


class ScorerCache:
    """Loads a library's anchors when something has changed; safe from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: WeakKeyDictionary[Database, dict[int, _Kept]] = WeakKeyDictionary()

    def scorer(self, database: Database, model: StoredModel) -> Scorer:
        """Return a scorer as of now."""
        version, writing = library_version(database), database.txn_state() == WRITING
        with self._lock:
            kept = self._kept.setdefault(database, {}).get(model.model_id)
        if kept is not None and kept.holds(version, writing):
            return kept.scorer
        scorer = load_scorer(database, model)
        with self._lock:
            entry = _Kept(version, writing, time.monotonic(), scorer)
            self._kept[database][model.model_id] = entry
        return scorer


def library_version(database: Database) -> tuple[Any, ...]:
    """Return numbers that change with every change to the library, ours or others'."""
    fast: Any = database
    if hasattr(fast, "data_version"):  # apsw: two calls into SQLite, no statement
        return fast.data_version(), fast.total_changes()
    row = database.execute("SELECT data_version, total_changes() FROM pragma_data_version")
    return tuple(row.fetchone())
