"""All moments with their scores for a label: windows of long sounds and short sounds as a whole."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from sqlclap.db.spans import LEAST_SHARE
from sqlclap.db.statements import statement
from sqlclap.db.vectors import own_vectors
from sqlclap.labels.scorer import Scorer

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlclap.arrays import BoolArray, Float64Array, Int8Array, Int64Array
    from sqlclap.db.database import Database

UNKNOWN, NO, YES = -1, 0, 1
ROUNDING_S = 1e-6
SAME_PLACE_S = 0.01
"""How far (in seconds) a span may begin and end from the window that it is."""


@dataclass(frozen=True)
class ScoredMoments:
    """All moments that can be scored for a label, by sample, then by start.

    Attributes
    ----------
    sample_ids : np.ndarray [shape=(n,), dtype=int64]
    start_s, end_s : np.ndarray [shape=(n,), dtype=float64]
    is_short : np.ndarray [shape=(n,), dtype=bool]
        Which are short sounds as a whole.
    score : np.ndarray [shape=(n,), dtype=float64]
    """

    sample_ids: Int64Array
    start_s: Float64Array
    end_s: Float64Array
    is_short: BoolArray
    score: Float64Array

    def of_sound(self, sample_id: int) -> Int64Array:
        """Return the places of a sound's moments."""
        low, high = np.searchsorted(self.sample_ids, [sample_id, sample_id + 1])
        return np.arange(low, high)

    def at_span(self, sample_id: int, start_s: float, end_s: float) -> int | None:
        """Return the place of the moment that is this span; None where there is none."""
        here = self.of_sound(sample_id)
        off = np.abs(self.start_s[here] - start_s) + np.abs(self.end_s[here] - end_s)
        return int(here[off.argmin()]) if len(here) and off.min() <= SAME_PLACE_S else None

    def spoken_for(self, sample_id: int, start_s: float, end_s: float) -> Int64Array:
        """Return the places of moments that a span speaks for: `sqlclap.db.spans.speaks_for`.

        A span that is a moment itself speaks for that one alone. Windows may overlap by more than
        half, and a call at the border of one need not lie in the next.
        """
        itself = self.at_span(sample_id, start_s, end_s)
        if itself is not None:
            return np.array([itself])
        here = self.of_sound(sample_id)
        starts, ends = self.start_s[here], self.end_s[here]
        shared = np.minimum(ends, end_s) - np.maximum(starts, start_s)
        least = LEAST_SHARE * np.minimum(ends - starts, end_s - start_s)
        return np.asarray(here[shared + ROUNDING_S >= least])


def score_moments(database: Database, scorer: Scorer, position: int) -> ScoredMoments:
    """Score all moments for a label; in a read transaction."""
    alone, model_id = scorer.of_label(position), scorer.model.model_id
    rows = database.execute(statement("labels/moment_places"), (model_id,)).fetchall()
    places = np.array(rows, dtype=np.float64).reshape(-1, 4)
    samples, scores, at = [np.empty(0, np.int64)], [np.empty(0)], [np.empty(0, np.int64)]
    for windows in (False, True):
        for block in own_vectors(database, scorer.model, windows=windows):
            place = np.searchsorted(places[:, 0], block.embedding_ids)
            place = np.minimum(place, max(len(places) - 1, 0))
            kept = places[place, 0] == block.embedding_ids
            moments = block.only(kept)
            samples.append(moments.sample_ids)
            scores.append(alone.score(moments.vectors).score[:, 0])
            at.append(place[kept])
    _, starts, ends, short = places[np.concatenate(at)].T
    ids = np.concatenate(samples)
    order = np.lexsort((starts, ids))
    found = np.concatenate(scores)[order]
    return ScoredMoments(ids[order], starts[order], ends[order], short[order] == 1, found)


def known_moments(
    database: Database,
    label_id: int,
    moments: ScoredMoments,
    called: Callable[[int], int | None],
) -> Int8Array:
    """Return what has been said of each moment: `YES`, `NO`, or `UNKNOWN`.

    Whoever says that a sound doesn't hold the label says so of all its moments.

    Parameters
    ----------
    database : Database
    label_id : int
    moments : ScoredMoments
    called : callable
        Tells what a sample of the database is called among the moments; None: it isn't there.
    """
    verdict = np.full(len(moments.sample_ids), UNKNOWN, dtype=np.int8)
    rows: list[tuple[Any, ...]] = database.execute(
        statement("labels/moments_known"), (label_id,)
    ).fetchall()
    for told, start_s, end_s, holds in rows:
        sample_id = called(told)
        if sample_id is None:
            continue
        if start_s is not None:
            verdict[moments.spoken_for(sample_id, start_s, end_s)] = holds
            continue
        at = moments.of_sound(sample_id)
        verdict[at[moments.is_short[at]] if holds else at] = holds
    return verdict
