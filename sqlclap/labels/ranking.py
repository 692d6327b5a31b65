"""Ranks the candidates of a label: by confidence, then by score."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlclap.db.vectors import OwnVectors, own_vectors, vectors_of, vectors_of_samples
from sqlclap.errors import IndexFileError
from sqlclap.index.reader import IndexView
from sqlclap.index.search import NOTHING_ELSE, find_candidates
from sqlclap.labels.aggregations import aggregation
from sqlclap.labels.scorer import Scorer, sample_owners
from sqlclap.labels.scoring import MEDIUM_SHARE, Scores, weighted

if TYPE_CHECKING:
    import numpy.typing as npt

    from sqlclap.arrays import Float32Array, Float64Array, Int8Array, Int64Array
    from sqlclap.db.database import Database


@dataclass(frozen=True)
class CandidatePool:
    """Samples that may match a label.

    Attributes
    ----------
    embedding_ids : np.ndarray [shape=(n,), dtype=int64]
    bounds : np.ndarray [shape=(n,), dtype=float64]
        Upper bound of each candidate's score, descending.
    outside : float
        Upper bound of the score of samples outside the pool; `NOTHING_ELSE` if there are none.
    """

    embedding_ids: Int64Array
    bounds: Float64Array
    outside: float


def find_candidate_pool(view: IndexView, scorer: Scorer, position: int, pool: int) -> CandidatePool:
    """Return the union of the nearest neighbours of a label's positive anchors.

    Parameters
    ----------
    view : IndexView
    scorer : Scorer
    position : int
        The label's, among the scorer's.
    pool : int
        Neighbours of each anchor.
    """
    import numpy as np

    columns = scorer.positives[position]
    found, complete = [], True
    for column in columns:
        lists = find_candidates(view, scorer.anchors.vectors[column], pool)
        found.append((lists.embedding_ids, lists.scores))
        complete &= lists.complete
    ids = np.unique(np.concatenate([ids for ids, _ in found]))
    # Lists that hold everything hold the same samples: their floors bound nothing.
    floors = np.array(
        [scores[-1] if len(scores) else -1.0 for _, scores in found], dtype=np.float64
    )
    table = np.repeat(floors[None, :], len(ids), axis=0)
    for anchor, (listed, scores) in enumerate(found):
        table[np.searchsorted(ids, listed), anchor] = scores
    weights, label = scorer.anchors.weights[columns], scorer.labels[position]
    score = aggregation(label.aggregation).score
    bounds = score(weighted(table + view.score_error, weights), label.top_k)
    outside = score(weighted(floors[None, :] + view.score_error, weights), label.top_k)[0]
    order = np.argsort(-bounds, kind="stable")
    return CandidatePool(ids[order], bounds[order], NOTHING_ELSE if complete else float(outside))


POOLS = (200, 800)
"""Neighbours per anchor: few at first, more if those don't determine the order."""

SCORED_AT_ONCE = 150
SCORED_BY_FILTER = 4096

ROUNDING = 1e-4
"""Tolerance of bounds: far more than the rounding error of 32-bit floats."""


@dataclass(frozen=True)
class Ranked:
    """Samples with their scores for one label.

    Attributes
    ----------
    sample_ids : np.ndarray [shape=(n,), dtype=int64]
    score, rival, gap : np.ndarray [shape=(n,), dtype=float64]
        NaN where there is no rival.
    rival_at : np.ndarray [shape=(n,), dtype=int64]
        Who the rival is; see `Scores`.
    levels : np.ndarray [shape=(n,), dtype=int8]
        Confidence, as indices into `CONFIDENCES`.
    held_back : np.ndarray [shape=(n,), dtype=int8]
        What keeps it from high, as indices into `HELD_BACK_BY`.
    """

    sample_ids: Int64Array
    score: Float64Array
    rival: Float64Array
    gap: Float64Array
    rival_at: Int64Array
    levels: Int8Array
    held_back: Int8Array

    def __len__(self) -> int:
        return len(self.sample_ids)

    def take(self, which: npt.NDArray[Any]) -> Ranked:
        """Return a subset, by positions or a mask."""
        return Ranked(*(column[which] for column in vars(self).values()))

    def best(self, n: int) -> Ranked:
        """Return the first `n`: confidence first, then score, then the lower id."""
        import numpy as np

        return self.take(np.lexsort((self.sample_ids, -self.score, -self.levels))[:n])


def join_ranked(parts: Sequence[Ranked]) -> Ranked:
    """Concatenate several; without any, the result is empty."""
    import numpy as np

    floats = np.empty(0, dtype=np.float64)
    ids, levels = np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int8)
    everything = [Ranked(ids, floats, floats, floats, ids, levels, levels), *parts]
    columns = zip(*(vars(part).values() for part in everything), strict=True)
    return Ranked(*(np.concatenate(column) for column in columns))


def ranked_column(scorer: Scorer, scores: Scores, position: int, sample_ids: Int64Array) -> Ranked:
    """Select one label's scores."""
    return Ranked(
        sample_ids,
        scores.score[:, position],
        scores.rival[:, position],
        scores.gap[:, position],
        scores.rival_at[:, position],
        scorer.levels(scores, position),
        scorer.held_back(scores, position),
    )


@dataclass(frozen=True)
class Ranking:
    """Ranks the samples of a library for one label.

    Attributes
    ----------
    database : Database
        In a read transaction.
    scorer : Scorer
    position : int
        The label's, among the scorer's.
    limit : int
        How many of the best are wanted.
    left_out : np.ndarray [dtype=int64]
        Samples to exclude.
    """

    database: Database
    scorer: Scorer
    position: int
    limit: int
    left_out: Int64Array

    def by_index(self, view: IndexView) -> Ranked | None:
        """Return the best samples by index, or None if the candidates don't determine them.

        Raises
        ------
        IndexFileError
            The index holds other vectors than the library.
        """
        for size in POOLS:
            pool = find_candidate_pool(view, self.scorer, self.position, size)
            ranked = self._among(pool)
            if self._is_settled(ranked, pool.outside):
                return ranked
        return None

    def by_scan(self) -> Ranked:
        """Return the best samples by scoring all of them."""
        best = join_ranked([])
        for block in own_vectors(self.database, self.scorer.model):
            scored = self._score(block.sample_ids, block.vectors)
            best = join_ranked([best, scored]).best(self.limit)
        return best

    def by_filter(self, passing: Int64Array) -> Ranked:
        """Return the best of the samples that a filter lets through, by scoring all of those."""
        import numpy as np

        best = join_ranked([])
        for start in range(0, len(passing), SCORED_BY_FILTER):
            part = passing[start : start + SCORED_BY_FILTER].tolist()
            found, vectors = vectors_of_samples(self.database, self.scorer.model, part)
            scored = self._score(np.array(found, dtype=np.int64), vectors)
            best = join_ranked([best, scored]).best(self.limit)
        return best

    def _among(self, pool: CandidatePool) -> Ranked:
        """Score candidates by descending bounds until no further one can be among the best."""
        ranked = join_ranked([])
        for start in range(0, len(pool.embedding_ids), SCORED_AT_ONCE):
            if self._is_settled(ranked, float(pool.bounds[start])):
                break
            ids = pool.embedding_ids[start : start + SCORED_AT_ONCE]
            fetched = self._fetch(ids)
            scored = self._score(fetched.sample_ids, fetched.vectors)
            if (scored.score > float(pool.bounds[start]) + ROUNDING).any():
                raise IndexFileError("the index holds other vectors than the library")
            ranked = join_ranked([ranked, scored]).best(self.limit)
        return ranked

    def _is_settled(self, ranked: Ranked, bound: float) -> bool:
        """Whether no sample that scores at most `bound` belongs among the best."""
        if bound < -1:
            return True
        if len(ranked) < self.limit:
            return False
        last = (int(ranked.levels[-1]), float(ranked.score[-1]))
        return last > (self._highest_level(bound), bound)

    def _highest_level(self, score: float) -> int:
        """Return the highest confidence that a score allows for any gap."""
        label = self.scorer.labels[self.position]
        if score >= label.threshold and self.scorer.can_be_high(self.position):
            return 2
        return 1 if score >= MEDIUM_SHARE * label.threshold else 0

    def _fetch(self, embedding_ids: Int64Array) -> OwnVectors:
        import numpy as np

        present_ids, vectors = vectors_of(self.database, self.scorer.model, embedding_ids.tolist())
        owners = sample_owners(self.database, present_ids.tolist())
        samples = np.array([owners[int(key)] for key in present_ids], dtype=np.int64)
        return OwnVectors(present_ids, samples, vectors)

    def _score(self, sample_ids: Int64Array, vectors: Float32Array) -> Ranked:
        import numpy as np

        scores = self.scorer.score(vectors)
        ranked = ranked_column(self.scorer, scores, self.position, sample_ids)
        return ranked.take(~np.isin(ranked.sample_ids, self.left_out))
