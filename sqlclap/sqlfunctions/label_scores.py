"""Scores of samples for labels, for queries that ask for one after another.

They mostly do in the order of ids: samples are scored for all labels in blocks that grow as long as
that goes on, and are kept until the library changes.
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from sqlclap.db.database import READING
from sqlclap.db.statements import statement
from sqlclap.db.vectors import from_blobs, usable_rows
from sqlclap.labels.scorer import Scorer
from sqlclap.labels.scorer_cache import KEPT_WHILE_WRITING_S, LibraryState, library_state, scorer_of
from sqlclap.labels.scoring import CONFIDENCES, Scores

if TYPE_CHECKING:
    from sqlclap.db.database import Database
    from sqlclap.session import Session


BLOCK_GROWTH = 4

LARGEST_BLOCK = 1024

MOST_KEPT = 100_000

Pair = tuple[float, float | None, str]
"""Score, gap, confidence."""


@dataclass
class ScoredBlock:
    """Samples scored together; the columns of a label are computed when they are needed."""

    scorer: Scorer
    scores: Scores
    columns: dict[int, list[Pair | None]] = field(default_factory=dict)

    def column(self, position: int) -> list[Pair | None]:
        column = self.columns.get(position)
        if column is None:
            values = self.scores.score[:, position].tolist(), self.scores.gap[:, position].tolist()
            levels = self.scorer.levels(self.scores, position).tolist()
            column = [_pair(*one) for one in zip(*values, levels, strict=True)]
            self.columns[position] = column
        return column


@dataclass
class ScoredSamples:
    """Samples that were scored for all labels, valid as long as nothing changes."""

    scorer: Scorer
    state: LibraryState
    positions: dict[str, int]
    rows: dict[int, tuple[ScoredBlock, int] | None] = field(default_factory=dict)
    block: int = 1
    reached: int = -1
    made: float = field(default_factory=time.monotonic)

    def holds(self, database: Any) -> bool:
        """Whether this is still valid; see `sqlclap.labels.scorer_cache.library_state`."""
        if database.txn_state("main") == READING and hasattr(database, "data_version"):
            version = (database.data_version(), database.total_changes())
            return not self.state.writing and self.state.version == version
        if self.state != library_state(database):
            return False
        # What a transaction has not committed may be rolled back and done again otherwise.
        return not self.state.writing or time.monotonic() - self.made < KEPT_WHILE_WRITING_S

    def pair(self, database: Database, label: str, sample_id: int) -> Pair | None:
        """Return a sample's values for a label; None without a vector or anchors."""
        position = self.positions.get(label)
        if position is None:
            position = self.positions[label] = self.scorer.position(label)
        if sample_id not in self.rows:
            self._score_from(database, sample_id)
        place = self.rows[sample_id]
        return None if place is None else place[0].column(position)[place[1]]

    def _score_from(self, database: Database, sample_id: int) -> None:
        """Score a sample, and those after it if the samples before were asked for as well."""
        goes_on = 0 <= sample_id - self.reached <= LARGEST_BLOCK
        self.block = min(self.block * BLOCK_GROWTH, LARGEST_BLOCK) if goes_on else 1
        if len(self.rows) > MOST_KEPT:
            self.rows.clear()
        model = self.scorer.model
        query = statement("db/label_vectors_from", model_id=model.model_id)
        last = sample_id if self.block == 1 else 2**62
        rows = database.execute(query, (sample_id, last, self.block)).fetchall()
        self.rows[sample_id] = None
        self.reached = int(rows[-1][0]) if rows else sample_id
        if rows:
            vectors = from_blobs([row[1] for row in rows], model.dim)
            usable = usable_rows(vectors)
            block = ScoredBlock(self.scorer, self.scorer.score(vectors[usable]))
            scored = [row[0] for row, fits in zip(rows, usable, strict=True) if fits]
            self.rows.update((int(row[0]), None) for row in rows)
            self.rows.update((int(key), (block, at)) for at, key in enumerate(scored))


def _pair(score: float, gap: float, level: int) -> Pair | None:
    if math.isnan(score):  # the label has no anchors
        return None
    return score, None if math.isnan(gap) else gap, CONFIDENCES[level]


class _ScoredBySession:
    """Scored samples by connection; those of a closed connection are dropped."""

    def __init__(self) -> None:
        self._held: WeakKeyDictionary[Session, ScoredSamples] = WeakKeyDictionary()

    def of(self, session: Session) -> ScoredSamples:
        """Return the scored samples of a connection while they are valid, or new ones.

        This runs for every row of a query: on apsw it costs two calls into SQLite.
        """
        database: Any = session.database
        scored = self._held.get(session)
        if scored is not None and scored.holds(database):
            return scored
        state = library_state(database)
        scorer = scorer_of(session)
        positions = {label.name: at for at, label in enumerate(scorer.labels)}
        scored = self._held[session] = ScoredSamples(scorer, state, positions)
        return scored


SCORED = _ScoredBySession()
