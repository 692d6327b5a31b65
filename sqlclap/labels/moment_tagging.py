"""Finds all events of labels, for tag runs: every window is scored, once for all labels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from sqlclap.db.statements import statement
from sqlclap.db.vectors import count_own, count_windows
from sqlclap.labels.moments import eligible_moments, place_moments
from sqlclap.labels.ranking import Ranked, join_ranked, ranked_column, vectors_among
from sqlclap.labels.scoring import UNOPPOSED
from sqlclap.labels.tag_conflicts import Taggable
from sqlclap.search.events import EventRule
from sqlclap.search.vector_query import KINDS_OF_MOMENTS

if TYPE_CHECKING:
    from sqlclap.db.database import Database
    from sqlclap.labels.scorer import Scorer
    from sqlclap.progress import ProgressListener


@dataclass(frozen=True)
class EventScan:
    """A scan for all events of some labels.

    Attributes
    ----------
    database : Database
    scorer : Scorer
    positions : sequence of int
        The labels', among the scorer's.
    level : int
        Lowest confidence of a window, as an index into `CONFIDENCES`.
    rule : EventRule
    """

    database: Database
    scorer: Scorer
    positions: Sequence[int]
    level: int
    rule: EventRule

    def run(self, listener: ProgressListener) -> dict[int, tuple[Taggable, int]]:
        """Return each label's events, and how many windows only lack a rival or a calibration."""
        eligible = {
            at: eligible_moments(self.database, self.scorer, at, self.level)
            for at in self.positions
        }
        parts: dict[int, list[Ranked]] = {at: [] for at in self.positions}
        unproven = dict.fromkeys(self.positions, 0)
        listener.started("score", self._count())
        for among in KINDS_OF_MOMENTS:
            for block in vectors_among(self.database, self.scorer.model, among):
                scores = self.scorer.score(block.vectors)
                for at in self.positions:
                    ranked = ranked_column(self.scorer, scores, at, block)
                    unopposed = ranked.held_back == UNOPPOSED
                    unproven[at] += int((unopposed & (ranked.levels < self.level)).sum())
                    parts[at].append(ranked.take(eligible[at].holds(ranked)))
                listener.advanced(len(block.sample_ids))
        return {at: (self._events(parts[at]), unproven[at]) for at in self.positions}

    def _events(self, parts: Sequence[Ranked]) -> Taggable:
        moments = place_moments(self.database, join_ranked(parts))
        events = moments.events(self.rule)
        peaks = np.array([one.peak for one in events], dtype=np.int64)
        bounds = np.array([(one.start_s, one.end_s) for one in events], dtype=np.float64)
        return Taggable(moments.ranked.take(peaks), bounds.reshape(-1, 2))

    def _count(self) -> int:
        """Count the moments: short samples and windows."""
        model = self.scorer.model
        query = statement("labels/windowed_samples")
        long = len(self.database.execute(query, (model.model_id,)).fetchall())
        return count_own(self.database, model) - long + count_windows(self.database, model)
