"""Moments to judge: windows of long sounds and short sounds as a whole, scored for a label.

A review draws among those of which nothing is known, as it does among sounds; the answers are votes
on spans, or on the short sounds themselves.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from sqlclap.db.spans import LEAST_SHARE
from sqlclap.db.statements import statement
from sqlclap.db.vectors import own_vectors, vectors_of
from sqlclap.errors import QueryError
from sqlclap.labels.matching import sample_rows
from sqlclap.labels.review import Review, ReviewItem, draw_strata, store_draws
from sqlclap.labels.scorer import Scorer
from sqlclap.labels.scoring import CONFIDENCES, HELD_BACK_BY, or_none
from sqlclap.notebook.results import Results

if TYPE_CHECKING:
    from sqlclap.arrays import BoolArray, Float32Array, Float64Array, Int8Array, Int64Array
    from sqlclap.db.database import Database

UNKNOWN, UNSURE, NO, YES = -1, -2, 0, 1


@dataclass(frozen=True)
class ScoredMoments:
    """All moments that can be scored for a label, by sample, then by start.

    Attributes
    ----------
    sample_ids, embedding_ids : np.ndarray [shape=(n,), dtype=int64]
    start_s, end_s : np.ndarray [shape=(n,), dtype=float64]
        NaN for a short sound as a whole.
    score : np.ndarray [shape=(n,), dtype=float64]
    """

    sample_ids: Int64Array
    embedding_ids: Int64Array
    start_s: Float64Array
    end_s: Float64Array
    score: Float64Array

    def take(self, which: BoolArray | Int64Array) -> ScoredMoments:
        """Return some, by positions or a mask."""
        return ScoredMoments(*(column[which] for column in vars(self).values()))

    def at(self, sample_id: int, start_s: float | None, end_s: float | None) -> Int64Array:
        """Return the moments that a span covers by half, or that by half cover it.

        Without a span, all of the sound's.
        """
        low, high = np.searchsorted(self.sample_ids, [sample_id, sample_id + 1])
        here = np.arange(low, high)
        if start_s is None or end_s is None:
            return here
        starts, ends = self.start_s[low:high], self.end_s[low:high]
        shared = np.minimum(ends, end_s) - np.maximum(starts, start_s)
        least = LEAST_SHARE * np.minimum(ends - starts, end_s - start_s)
        return here[(shared > 0) & (shared >= least)]  # NaN: never

    @property
    def is_whole(self) -> BoolArray:
        """Which are sounds as a whole."""
        return np.isnan(self.start_s)


def score_moments(database: Database, scorer: Scorer, position: int) -> ScoredMoments:
    """Score all moments for a label; in a read transaction."""
    alone = scorer.of_label(position)
    windows = list(_scored(database, alone, windows=True))
    found = np.unique(np.concatenate([ids for ids, _, _ in windows] or [np.empty(0, np.int64)]))
    sounds = list(_scored(database, alone, windows=False))
    columns = [np.concatenate(column) for column in zip(*windows, *sounds, strict=True)]
    if not columns:
        return ScoredMoments(*(np.empty(0, np.int64),) * 2, *(np.empty(0),) * 3)
    sample_ids, embedding_ids, score = columns
    start_s, end_s = _places(database, scorer, embedding_ids)
    short = np.isnan(start_s) & ~np.isin(sample_ids, found)
    moments = ScoredMoments(sample_ids, embedding_ids, start_s, end_s, score)
    moments = moments.take(short | ~np.isnan(start_s))
    return moments.take(np.lexsort((moments.start_s, moments.sample_ids)))


def _scored(
    database: Database, scorer: Scorer, windows: bool
) -> Iterator[tuple[Int64Array, Int64Array, Float64Array]]:
    for block in own_vectors(database, scorer.model, windows=windows):
        yield block.sample_ids, block.embedding_ids, scorer.score(block.vectors).score[:, 0]


def _places(
    database: Database, scorer: Scorer, embedding_ids: Int64Array
) -> tuple[Float64Array, Float64Array]:
    """Return where embeddings lie in their sounds; NaN: they are the sounds' own."""
    rows = database.execute(statement("labels/moment_places"), (scorer.model.model_id,)).fetchall()
    table = np.array(rows, dtype=np.float64).reshape(-1, 3)
    at = np.searchsorted(table[:, 0], embedding_ids)
    padded = np.concatenate([table, [[-1.0, np.nan, np.nan]]])
    is_there = padded[at, 0] == embedding_ids
    places = np.where(is_there[:, None], padded[at, 1:], np.nan)
    return places[:, 0], places[:, 1]


def known_moments(database: Database, label_id: int, moments: ScoredMoments) -> Int8Array:
    """Return what has been said of each moment: `YES`, `NO`, `UNSURE` or `UNKNOWN`.

    Whoever says that a sound doesn't hold the label says so of all its moments.
    """
    verdict = np.full(len(moments.sample_ids), UNKNOWN, dtype=np.int8)
    words = {"accept": YES, "reject": NO, "unsure": UNSURE}
    rows: list[tuple[Any, ...]] = database.execute(
        statement("labels/moments_known"), (label_id,)
    ).fetchall()
    for sample_id, start_s, end_s, word in sorted(rows, key=lambda row: row[1] is not None):
        at = moments.at(sample_id, start_s, end_s)
        if start_s is None and words[word] != NO:
            at = at[moments.is_whole[at]]
        verdict[at] = words[word]
    return verdict


def start_moment_review(
    database: Database, scorer: Scorer, label: str, n: int, seed: int | None = None
) -> Review:
    """Draw moments to ask about, as `sqlclap.labels.review.start_review` draws sounds.

    Raises
    ------
    UnknownLabelError, NoAnchorsError
    QueryError
        `n` is below 1, or there is nothing left to ask about.
    """
    if n < 1:
        raise QueryError(f"expected a number of pairs of at least 1, got {n}")
    at = scorer.scoring_position(label)
    moments = score_moments(database, scorer, at)
    verdict = known_moments(database, scorer.labels[at].label_id, moments)
    moments = moments.take(verdict == UNKNOWN)
    if not len(moments.score):
        raise QueryError(f"every moment has a vote on {label!r}, or is its anchor")
    moments = moments.take(np.argsort(-moments.score, kind="stable"))
    rng = np.random.default_rng(seed)
    draws, chosen = draw_strata(moments.score, scorer.labels[at].threshold, n, rng)
    draws = [replace(draw, unit="moment") for draw in draws]
    review_id = store_draws(database, scorer, at, draws)
    places = np.array(list(chosen), dtype=np.int64)
    items = _items(database, scorer, at, (moments.take(places), list(chosen.values())))
    shuffled = [items[index] for index in rng.permutation(len(items))]
    return Review(review_id, scorer.labels[at].name, draws, Results(shuffled, ReviewItem))


def _items(
    database: Database, scorer: Scorer, at: int, drawn: tuple[ScoredMoments, list[str]]
) -> list[ReviewItem]:
    moments, strata = drawn
    rows = sample_rows(database, moments.sample_ids.tolist())
    vectors: dict[int, Float32Array] = {}
    for windows, which in ((True, ~moments.is_whole), (False, moments.is_whole)):
        ids = moments.embedding_ids[which].tolist()
        keys, found = vectors_of(database, scorer.model, ids, windows)
        vectors.update(zip(keys.tolist(), found, strict=True))
    items = []
    for index, stratum in enumerate(strata):
        sample_id, key = int(moments.sample_ids[index]), int(moments.embedding_ids[index])
        if sample_id not in rows or key not in vectors:  # removed since it was scored
            continue
        scores = scorer.score(vectors[key][None, :])
        row, whole = rows[sample_id], bool(moments.is_whole[index])
        item = ReviewItem(
            sample_id=sample_id,
            path=row.path,
            file=row.file,
            stratum=stratum,
            score=float(moments.score[index]),
            gap=or_none(scores.gap[0, at]),
            confidence=CONFIDENCES[scorer.levels(scores, at)[0]],
            held_back_by=HELD_BACK_BY[scorer.held_back(scores, at)[0]],
            rival_label=scorer.rival_label(int(scores.rival_at[0, at])),
            heard_share=row.heard_share,
            start_s=None if whole else round(float(moments.start_s[index]), 6),
            end_s=None if whole else round(float(moments.end_s[index]), 6),
        )
        items.append(item)
    return items
