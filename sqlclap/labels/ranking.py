"""Ranks the candidates of a label: by confidence, then by score."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from sqlclap.db.exact import BELOW_ALL
from sqlclap.db.statements import statement
from sqlclap.db.stored_models import StoredModel
from sqlclap.db.vectors import OwnVectors, own_vectors, vectors_of, vectors_of_samples
from sqlclap.errors import IndexFileError
from sqlclap.index.candidates import NOTHING_ELSE
from sqlclap.index.hnsw import ScoreErrors
from sqlclap.index.reader import IndexView
from sqlclap.index.search import Allowed, find_candidates
from sqlclap.labels.aggregations import aggregation
from sqlclap.labels.scorer import Scorer, sample_owners
from sqlclap.labels.scoring import MEDIUM_SHARE, Scores, weighted
from sqlclap.search.vector_query import Among

if TYPE_CHECKING:
    import numpy.typing as npt

    from sqlclap.arrays import BoolArray, Float32Array, Float64Array, Int8Array, Int64Array
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
        Like `bounds`, it holds as far as the walks through the graph found the nearest.
    listed : np.ndarray [shape=(n, anchors), dtype=float32]
        Cosines to the label's positive anchors as the index has them; NaN where it gave none.
    errors : ScoreErrors
        How far these may be off.
    """

    embedding_ids: Int64Array
    bounds: Float64Array
    outside: float
    listed: Float32Array
    errors: ScoreErrors

    def holds(self, embedding_ids: Int64Array, cosines: Float32Array) -> bool:
        """Whether exact cosines of some of its embeddings are those that the index has."""
        import numpy as np

        order = np.argsort(self.embedding_ids, kind="stable")
        at = order[np.searchsorted(self.embedding_ids[order], embedding_ids)]
        listed = self.listed[at]
        is_listed = ~np.isnan(listed)
        differences = np.abs(cosines[is_listed] - listed[is_listed])
        return bool((differences <= self.errors.largest).all())


@dataclass(frozen=True)
class RankingIndex:
    """The index to find candidates in.

    Attributes
    ----------
    view : IndexView
    allowed : Allowed or None
        What may be found; None allows all.
    """

    view: IndexView
    allowed: Allowed | None = None


def find_candidate_pool(
    index: RankingIndex, scorer: Scorer, position: int, pool: int
) -> CandidatePool:
    """Return the union of the nearest neighbours of a label's positive anchors.

    Parameters
    ----------
    index : RankingIndex
    scorer : Scorer
    position : int
        The label's, among the scorer's.
    pool : int
        Neighbours of each anchor.
    """
    import numpy as np

    found = [
        find_candidates(index.view, scorer.anchors.vectors[column], pool, index.allowed)
        for column in scorer.positives[position]
    ]
    ids = np.unique(np.concatenate([one.embedding_ids for one in found]))
    listed = np.full((len(ids), len(found)), np.nan, dtype=np.float32)
    for anchor, one in enumerate(found):
        listed[np.searchsorted(ids, one.embedding_ids), anchor] = one.scores
    # Lists that hold everything hold the same samples: their floors bound nothing.
    floors = np.array([one.scores[-1] if len(one.scores) else -1.0 for one in found], np.float64)
    highest = np.concatenate([np.where(np.isnan(listed), floors, listed), floors[None, :]])
    bounds = _score_bounds(scorer, position, highest + index.view.score_error)
    outside = NOTHING_ELSE if all(one.complete for one in found) else float(bounds[-1])
    order = np.argsort(-bounds[:-1], kind="stable")
    errors = index.view.errors
    return CandidatePool(ids[order], bounds[order], outside, listed[order], errors)


def _score_bounds(scorer: Scorer, position: int, highest: Float64Array) -> Float64Array:
    """Return a label's scores, shape (n,), of the highest cosines that its anchors may have."""
    weights, label = scorer.anchors.weights[scorer.positives[position]], scorer.labels[position]
    return aggregation(label.aggregation).score(weighted(highest, weights), label.top_k)


POOLS = (200, 800)
"""Neighbours per anchor: few at first, more if those don't determine the order."""

WINDOW_POOLS = (*POOLS, 3_200)
"""The same among windows: there are many more, and those of one sound are much alike."""

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
    embedding_ids : np.ndarray [shape=(n,), dtype=int64]
        The vectors: samples' own, or windows'.
    """

    sample_ids: Int64Array
    score: Float64Array
    rival: Float64Array
    gap: Float64Array
    rival_at: Int64Array
    levels: Int8Array
    held_back: Int8Array
    embedding_ids: Int64Array

    def __len__(self) -> int:
        return len(self.sample_ids)

    def take(self, which: npt.NDArray[Any]) -> Ranked:
        """Return a subset, by positions or a mask."""
        return Ranked(*(column[which] for column in vars(self).values()))

    def best(self, n: int) -> Ranked:
        """Return the first `n`: confidence first, then score, then the lower id."""
        import numpy as np

        ids = self.embedding_ids, self.sample_ids
        return self.take(np.lexsort((*ids, -self.score, -self.levels))[:n])


def join_ranked(parts: Sequence[Ranked]) -> Ranked:
    """Concatenate several; without any, the result is empty."""
    import numpy as np

    floats = np.empty(0, dtype=np.float64)
    ids, levels = np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int8)
    everything = [Ranked(ids, floats, floats, floats, ids, levels, levels, ids), *parts]
    columns = zip(*(vars(part).values() for part in everything), strict=True)
    return Ranked(*(np.concatenate(column) for column in columns))


def ranked_column(scorer: Scorer, scores: Scores, position: int, block: OwnVectors) -> Ranked:
    """Select one label's scores of a block of vectors."""
    return Ranked(
        block.sample_ids,
        scores.score[:, position],
        scores.rival[:, position],
        scores.gap[:, position],
        scores.rival_at[:, position],
        scorer.levels(scores, position),
        scorer.held_back(scores, position),
        block.embedding_ids,
    )


@dataclass(frozen=True)
class Eligible:
    """What a ranking looks at.

    Attributes
    ----------
    among : {"samples", "short samples", "windows"}
        See `sqlclap.search.vector_query.Among`.
    left_out : np.ndarray [dtype=int64]
        Samples to exclude.
    only : np.ndarray [dtype=int64], optional
        Samples that a filter lets through; None lets all.
    lowest_level : int
        Lowest confidence, as an index into `CONFIDENCES`.
    lowest_score : float
    moments_left_out : np.ndarray [dtype=int64], optional
        Embeddings to exclude: moments of which something else is said.
    """

    among: Among
    left_out: Int64Array
    only: Int64Array | None = None
    lowest_level: int = 0
    lowest_score: float = BELOW_ALL
    moments_left_out: Int64Array | None = None

    def narrowed(self, only: Int64Array | None, moments_left_out: Int64Array) -> Eligible:
        """Return the same among these samples only, and without further moments."""
        import numpy as np

        before = self.moments_left_out
        left_out = moments_left_out if before is None else np.union1d(before, moments_left_out)
        return replace(self, only=only, moments_left_out=left_out)

    def holds(self, ranked: Ranked) -> BoolArray:
        """Return which of a ranking belong here, shape (n,)."""
        import numpy as np

        fits = (ranked.levels >= self.lowest_level) & (ranked.score >= self.lowest_score)
        if len(self.left_out):
            fits &= ~np.isin(ranked.sample_ids, self.left_out)
        if self.moments_left_out is not None and len(self.moments_left_out):
            fits &= ~np.isin(ranked.embedding_ids, self.moments_left_out)
        if self.only is not None:
            fits &= np.isin(ranked.sample_ids, self.only)
        return fits


@dataclass
class Ranking:
    """Ranks the samples of a library, or their moments, for one label.

    Attributes
    ----------
    database : Database
        In a read transaction.
    scorer : Scorer
    position : int
        The label's, among the scorer's.
    limit : int
        How many of the best are wanted.
    eligible : Eligible
    scored : int
        How many have been scored so far.
    """

    database: Database
    scorer: Scorer
    position: int
    limit: int
    eligible: Eligible
    scored: int = 0

    def by_index(self, index: RankingIndex) -> Ranked | None:
        """Return the best samples by index, or None if the candidates don't determine them.

        Raises
        ------
        IndexFileError
            The index holds other vectors than the library.
        """
        for size in POOLS if self.eligible.among == "samples" else WINDOW_POOLS:
            pool = find_candidate_pool(index, self.scorer, self.position, size)
            ranked = self._among(pool)
            if self._is_settled(ranked, pool.outside):
                return ranked
        return None

    def by_scan(self) -> Ranked:
        """Return the best samples by scoring all of them."""
        best = join_ranked([])
        for ranked in self.all_eligible():
            best = join_ranked([best, ranked]).best(self.limit)
        return best

    def all_eligible(self) -> Iterator[Ranked]:
        """Yield all that belong here, block by block, by scoring everything."""
        for block in vectors_among(self.database, self.scorer.model, self.eligible.among):
            yield self._score(block)

    def by_filter(self, passing: Int64Array) -> Ranked:
        """Return the best of the samples that a filter lets through, by scoring all of those."""
        best = join_ranked([])
        for start in range(0, len(passing), SCORED_BY_FILTER):
            part = passing[start : start + SCORED_BY_FILTER].tolist()
            block = own_vectors_of(self.database, self.scorer.model, part)
            best = join_ranked([best, self._score(block)]).best(self.limit)
        return best

    def _among(self, pool: CandidatePool) -> Ranked:
        """Score candidates by descending bounds until no further one can be among the best."""
        ranked = join_ranked([])
        for start in range(0, len(pool.embedding_ids), SCORED_AT_ONCE):
            if self._is_settled(ranked, float(pool.bounds[start])):
                break
            ids = pool.embedding_ids[start : start + SCORED_AT_ONCE]
            block = self._fetch(ids)
            if not pool.holds(
                block.embedding_ids, self.scorer.cosines(block.vectors, self.position)
            ):
                raise IndexFileError("the index holds other vectors than the library")
            ranked = join_ranked([ranked, self._score(block)]).best(self.limit)
        return ranked

    def _is_settled(self, ranked: Ranked, bound: float) -> bool:
        """Whether no sample that scores at most `bound` belongs among the best."""
        level = self._highest_level(bound + ROUNDING)
        if (
            bound + ROUNDING < max(-1.0, self.eligible.lowest_score)
            or level < self.eligible.lowest_level
        ):
            return True
        if len(ranked) < self.limit:
            return False
        last = (int(ranked.levels[-1]), float(ranked.score[-1]))
        return last > (level, bound)

    def _highest_level(self, score: float) -> int:
        """Return the highest confidence that a score allows for any gap."""
        label = self.scorer.labels[self.position]
        if score >= label.threshold and self.scorer.can_be_high(self.position):
            return 2
        return 1 if score >= MEDIUM_SHARE * label.threshold else 0

    def _fetch(self, embedding_ids: Int64Array) -> OwnVectors:
        import numpy as np

        windows = self.eligible.among == "windows"
        ids, model = embedding_ids.tolist(), self.scorer.model
        present_ids, vectors = vectors_of(self.database, model, ids, windows)
        owners = sample_owners(self.database, present_ids.tolist())
        samples = np.array([owners[int(key)] for key in present_ids], dtype=np.int64)
        return OwnVectors(present_ids, samples, vectors)

    def score_ids(self, embedding_ids: Int64Array) -> Ranked:
        """Score embeddings; those that are gone or don't belong here are left out."""
        return self._score(self._fetch(embedding_ids))

    def _score(self, block: OwnVectors) -> Ranked:
        self.scored += len(block.embedding_ids)
        scores = self.scorer.score(block.vectors)
        ranked = ranked_column(self.scorer, scores, self.position, block)
        return ranked.take(self.eligible.holds(ranked))


def own_vectors_of(database: Database, model: StoredModel, sample_ids: Sequence[int]) -> OwnVectors:
    """Read samples' own vectors; one without is left out."""
    import numpy as np

    found, vectors = vectors_of_samples(database, model, sample_ids)
    ids = np.array(found, dtype=np.int64)
    return OwnVectors(ids, ids, vectors)  # a sample has one of its own: its id tells it, too


def vectors_among(database: Database, model: StoredModel, among: Among) -> Iterator[OwnVectors]:
    """Walk what a ranking looks at, see `Eligible`."""
    import numpy as np

    if among != "short samples":
        yield from own_vectors(database, model, windows=among == "windows")
        return
    rows = database.execute(statement("labels/windowed_samples"), (model.model_id,))
    long = np.array([row[0] for row in rows], dtype=np.int64)
    for block in own_vectors(database, model):
        short = ~np.isin(block.sample_ids, long)
        ids, vectors = block.embedding_ids[short], block.vectors[short]
        yield OwnVectors(ids, block.sample_ids[short], vectors)
