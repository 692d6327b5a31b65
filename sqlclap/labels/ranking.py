"""Ranking a library's samples for a label: confidence first, then score.

With an index, only candidates are scored (see `sqlclap.labels.candidates`); without one, every
sample is. Whichever way, scores and gaps come from the stored vectors and from all labels.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlclap.ann import IndexView
from sqlclap.errors import IndexFileError
from sqlclap.labels.candidates import Pool, find_pool
from sqlclap.labels.scorer import Scorer
from sqlclap.labels.scoring import MEDIUM_SHARE, Scores
from sqlclap.labels.stored import sample_owners
from sqlclap.vectors import OwnVectors, own_vectors, vectors_of

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from sqlclap.labels.scoring import Floats, Levels
    from sqlclap.library import Database

    Ids = npt.NDArray[np.int64]

POOLS = (200, 800)
"""Neighbours looked up for each anchor: few first, more where those can't settle the order."""

SCORED_AT_ONCE = 150

ROUNDING = 1e-4
"""Far more than 32-bit floats can put a score above its bound."""


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

    sample_ids: Ids
    score: Floats
    rival: Floats
    gap: Floats
    rival_at: Ids
    levels: Levels
    held_back: Levels

    def __len__(self) -> int:
        return len(self.sample_ids)

    def take(self, which: npt.NDArray[Any]) -> Ranked:
        """Return some, by positions or a mask."""
        return Ranked(*(column[which] for column in vars(self).values()))

    def best(self, n: int) -> Ranked:
        """Return the first `n`: confidence first, then score, then the lower id."""
        import numpy as np

        return self.take(np.lexsort((self.sample_ids, -self.score, -self.levels))[:n])


def join_ranked(parts: Sequence[Ranked]) -> Ranked:
    """Put several together; none make an empty one."""
    import numpy as np

    floats = np.empty(0, dtype=np.float64)
    ids, levels = np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int8)
    everything = [Ranked(ids, floats, floats, floats, ids, levels, levels), *parts]
    columns = zip(*(vars(part).values() for part in everything), strict=True)
    return Ranked(*(np.concatenate(column) for column in columns))


def ranked_column(scorer: Scorer, scores: Scores, position: int, sample_ids: Ids) -> Ranked:
    """Take one label's scores out of all labels'."""
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
    """A label's ranking of one library.

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
        Samples that must not be among them.
    """

    database: Database
    scorer: Scorer
    position: int
    limit: int
    left_out: Ids

    def by_index(self, view: IndexView) -> Ranked | None:
        """Return the best, or None where the candidates can't settle which they are.

        Raises
        ------
        IndexFileError
            The index holds other vectors than the library.
        """
        for size in POOLS:
            pool = find_pool(view, self.scorer, self.position, size)
            ranked = self._among(pool)
            if self._is_settled(ranked, pool.outside):
                return ranked
        return None

    def by_scan(self) -> Ranked:
        """Return the best of all samples, by scoring every one."""
        best = join_ranked([])
        for block in own_vectors(self.database, self.scorer.model):
            best = join_ranked([best, self._score(block)]).best(self.limit)
        return best

    def _among(self, pool: Pool) -> Ranked:
        """Score candidates in the order of their bounds until no later one can get in."""
        ranked = join_ranked([])
        for start in range(0, len(pool.embedding_ids), SCORED_AT_ONCE):
            if self._is_settled(ranked, float(pool.bounds[start])):
                break
            ids = pool.embedding_ids[start : start + SCORED_AT_ONCE]
            scored = self._score(self._fetch(ids))
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
        """Return the best confidence that a score allows, whatever the gap."""
        label = self.scorer.labels[self.position]
        if score >= label.threshold and self.scorer.can_be_high(self.position):
            return 2
        return 1 if score >= MEDIUM_SHARE * label.threshold else 0

    def _fetch(self, embedding_ids: Ids) -> OwnVectors:
        import numpy as np

        found, vectors = vectors_of(self.database, self.scorer.model, embedding_ids.tolist())
        owners = sample_owners(self.database, found.tolist())
        samples = np.array([owners[int(key)] for key in found], dtype=np.int64)
        return OwnVectors(found, samples, vectors)

    def _score(self, block: OwnVectors) -> Ranked:
        import numpy as np

        scores = self.scorer.score(block.vectors)
        ranked = ranked_column(self.scorer, scores, self.position, block.sample_ids)
        return ranked.take(~np.isin(ranked.sample_ids, self.left_out))
