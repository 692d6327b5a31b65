"""The nearest sounds of many sounds at once: one walk for thousands, instead of one each."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from sqlclap.db.statements import read_transaction, statement
from sqlclap.db.stored_models import StoredModel
from sqlclap.db.vectors import from_blobs, own_vectors, unit_rows, usable_rows, vectors_of
from sqlclap.errors import QueryError, UnknownSoundError
from sqlclap.index.batch import BatchCandidates, find_many
from sqlclap.index.search import NOTHING_ELSE
from sqlclap.search.planner import Planner
from sqlclap.search.request import Request

if TYPE_CHECKING:
    from sqlclap.arrays import BoolArray, Float32Array, Int64Array
    from sqlclap.db.database import Database
    from sqlclap.index.reader import IndexView

BATCH = 2_048
"""Sounds that are looked up together: their candidates' vectors lie in memory at once."""

PAIRS_AT_ONCE = 1_024
"""Pairs that are scored together: what few take stays in the processor's cache."""

POOL = 32
"""Candidates of each sound beside those that are asked for."""


@dataclass(frozen=True)
class Neighbors:
    """The nearest sounds of some sounds.

    Attributes
    ----------
    sample_ids : np.ndarray [shape=(sounds,), dtype=int64]
        In the order in which they were asked for; those without a vector are left out.
    neighbor_ids : np.ndarray [shape=(sounds, n), dtype=int64]
        Best first; 0 where there are fewer. A sound is not among its own.
    scores : np.ndarray [shape=(sounds, n), dtype=float32]
        Cosine similarities from the stored vectors; NaN where there are fewer.
    """

    sample_ids: Int64Array
    neighbor_ids: Int64Array
    scores: Float32Array

    def rows(self) -> Iterator[tuple[int, int, int, float]]:
        """Yield sample id, rank from 1, the neighbour's sample id, score."""
        lists = zip(
            self.sample_ids.tolist(), self.neighbor_ids.tolist(), self.scores.tolist(), strict=True
        )
        for sample_id, neighbor_ids, scores in lists:
            pairs = zip(neighbor_ids, scores, strict=True)
            for rank, (neighbor_id, score) in enumerate(pairs, start=1):
                if neighbor_id:
                    yield sample_id, rank, neighbor_id, score


def join_neighbors(parts: Sequence[Neighbors], n: int) -> Neighbors:
    """Put the neighbours of several lots of sounds together; none make an empty one."""

    ids = np.empty(0, dtype=np.int64)
    none = Neighbors(ids, np.empty((0, n), dtype=np.int64), np.empty((0, n), dtype=np.float32))
    columns = zip(*(vars(part).values() for part in (none, *parts)), strict=True)
    return Neighbors(*(np.concatenate(column) for column in columns))


MOST_NEIGHBORS = 1_000
"""Of each of many sounds: thousands of sounds are looked up together, in bounded memory."""


@dataclass(frozen=True)
class NeighborsQuery:
    """A search for the neighbours of many sounds in one library.

    Attributes
    ----------
    planner : Planner
    database : Database
    model : StoredModel
    n : int
        Neighbours of each sound.
    exact : bool
        Compare all vectors, whether there is an index or not.
    """

    planner: Planner
    database: Database
    model: StoredModel
    n: int = 10
    exact: bool = False

    def __post_init__(self) -> None:
        if not 1 <= self.n <= MOST_NEIGHBORS:
            raise QueryError(
                f"expected a number of neighbours from 1 to {MOST_NEIGHBORS:,}, got {self.n}; "
                "`sqlclap similar` gives more of a single sound"
            )

    def of(self, sample_ids: Sequence[int]) -> Iterator[Neighbors]:
        """Yield the neighbours of some sounds, lot by lot, all in one state of the library.

        Raises
        ------
        UnknownSoundError
            The library has no such sample.
        """
        with read_transaction(self.database):
            self._check(sample_ids)
            view = None if self.exact else self.planner.indexes.view(self.database, self.model)[0]
            for start in range(0, len(sample_ids), BATCH):
                lot = self._read(sample_ids[start : start + BATCH])
                if len(lot.sample_ids):
                    yield self._by_index(lot, view) if view is not None else self._by_scan(lot)

    def of_all(self) -> Iterator[Neighbors]:
        """Yield the neighbours of all sounds, lot by lot, in the order of their ids."""
        query = "SELECT sample_id FROM samples ORDER BY sample_id"
        yield from self.of([row[0] for row in self.database.execute(query)])

    def _check(self, sample_ids: Sequence[int]) -> None:
        query, wanted = statement("search/neighbors_unknown"), json.dumps([*map(int, sample_ids)])
        for (unknown,) in self.database.execute(query, (wanted,)).fetchall():
            raise UnknownSoundError(f"{self.database.filename} has no sample {unknown}")

    def _read(self, sample_ids: Sequence[int]) -> _Lot:
        """Read sounds' own vectors, in the order of the ids."""

        query = statement("search/neighbors_vectors", model_id=self.model.model_id)
        rows = self.database.execute(query, (json.dumps([*map(int, sample_ids)]),)).fetchall()
        vectors = from_blobs([row[1] for row in rows], self.model.dim)
        usable = usable_rows(vectors)
        ids = np.array([row[0] for row in rows], dtype=np.int64)
        return _Lot(ids[usable], unit_rows(vectors[usable]))

    def _by_scan(self, lot: _Lot) -> Neighbors:
        """Compare a lot with all vectors."""
        best = _Best(lot, self.n)
        for page in own_vectors(self.database, self.model):
            best.see(page.sample_ids, unit_rows(page.vectors))
        return best.neighbors()

    def _by_index(self, lot: _Lot, view: IndexView) -> Neighbors:
        """Rank what one walk found by the stored vectors; ask again for what that can't settle."""
        found = find_many(view, lot.vectors, self.n + 1 + POOL)
        worth = found.worth_ranking(self.n + 1)
        wanted = np.unique(found.embedding_ids[worth]).tolist()
        ids, vectors = vectors_of(self.database, self.model, wanted)
        best = _Best(lot, self.n)
        if not best.rank(found, worth, (ids, unit_rows(vectors))):
            self.planner.indexes.distrust(self.database, self.model, view)
            return self._by_scan(lot)
        neighbors = best.neighbors()
        for row in best.unsettled(found).tolist():
            self._ask_alone(lot, row, neighbors)
        return neighbors

    def _ask_alone(self, lot: _Lot, row: int, neighbors: Neighbors) -> None:
        request = Request(self.n, without=int(lot.sample_ids[row]))
        answer = self.planner.nearest(self.database, self.model, lot.vectors[row], request)
        neighbors.neighbor_ids[row], neighbors.scores[row] = 0, float("nan")
        for rank, one in enumerate(answer.nearest):
            neighbors.neighbor_ids[row, rank] = one.sample_id
            neighbors.scores[row, rank] = one.score


@dataclass(frozen=True)
class _Lot:
    """Sounds that are looked up together, with their unit vectors."""

    sample_ids: Int64Array
    vectors: Float32Array


class _Best:
    """The best so far of each sound of a lot: the higher score, then the lower id."""

    def __init__(self, lot: _Lot, n: int) -> None:

        self._lot, self._n = lot, n
        self._ids = np.zeros((len(lot.sample_ids), n), dtype=np.int64)
        self._scores = np.full((len(lot.sample_ids), n), -np.inf, dtype=np.float32)

    def see(self, sample_ids: Int64Array, vectors: Float32Array) -> None:
        """Compare with all of some vectors, shape (m, dim)."""

        scores = np.clip(self._lot.vectors @ vectors.T, -1.0, 1.0)
        every = np.broadcast_to(sample_ids, scores.shape)
        most = min(scores.shape[1], self._n + 1)
        among = np.argpartition(-scores, most - 1, axis=1)[:, :most]
        edge = np.take_along_axis(scores, among, 1).min(axis=1)
        if (np.count_nonzero(scores >= edge[:, None], axis=1) > most).any():  # equal ones are cut
            among = np.broadcast_to(np.arange(scores.shape[1]), scores.shape)
        self._add(np.take_along_axis(every, among, 1), np.take_along_axis(scores, among, 1))

    def rank(
        self,
        found: BatchCandidates,
        worth: BoolArray,
        stored: tuple[Int64Array, Float32Array],
    ) -> bool:
        """Score candidates by their stored vectors; those that have none drop out.

        Parameters
        ----------
        found : BatchCandidates
        worth : np.ndarray [shape=(queries, pool), dtype=bool]
            Which are scored.
        stored : tuple of np.ndarray
            Embeddings, ascending, and their vectors.

        Returns
        -------
        bool
            Whether the index holds the same vectors.
        """
        ids, vectors = stored
        if not len(ids):
            return True
        query, place = np.nonzero(worth)
        wanted = found.embedding_ids[query, place]
        at = np.minimum(np.searchsorted(ids, wanted), len(ids) - 1)
        scores = np.empty(len(at), dtype=np.float32)
        for start in range(0, len(at), PAIRS_AT_ONCE):
            part = slice(start, start + PAIRS_AT_ONCE)
            near, asked = vectors[at[part]], self._lot.vectors[query[part]]
            np.einsum("pd,pd->p", near, asked, out=scores[part])
        known = np.full(worth.shape, -np.inf, dtype=np.float32)
        known[query, place] = np.where(ids[at] == wanted, np.clip(scores, -1.0, 1.0), -np.inf)
        self._add(found.sample_ids, known)
        return found.holds(known)

    def _add(self, sample_ids: Int64Array, scores: Float32Array) -> None:

        scores = np.where(sample_ids == self._lot.sample_ids[:, None], -np.inf, scores)
        all_ids = np.concatenate([self._ids, sample_ids], axis=1)
        all_scores = np.concatenate([self._scores, scores], axis=1)
        order = np.lexsort((all_ids, -all_scores), axis=1)[:, : self._n]
        self._ids = np.take_along_axis(all_ids, order, 1)
        self._scores = np.take_along_axis(all_scores, order, 1)

    def neighbors(self) -> Neighbors:
        """Return what was found."""

        missing = np.isneginf(self._scores)
        scores = np.where(missing, np.nan, self._scores).astype(np.float32)
        return Neighbors(self._lot.sample_ids, np.where(missing, 0, self._ids), scores)

    def unsettled(self, found: BatchCandidates) -> Int64Array:
        """Return the rows for which something that was not ranked may be among the best."""

        bounds = found.bounds(self._n + 1)
        rows: Int64Array = np.flatnonzero((bounds > NOTHING_ELSE) & (self._scores[:, -1] <= bounds))
        return rows
