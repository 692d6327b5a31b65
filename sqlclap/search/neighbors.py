"""The nearest sounds of many sounds at once: one walk for thousands, instead of one each."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from sqlclap.attach.row_keys import NO_ROW, row_names
from sqlclap.counts import check_count
from sqlclap.db.statements import read_transaction, statement
from sqlclap.db.stored_models import StoredModel
from sqlclap.db.vectors import from_blobs, own_vectors, unit_rows, usable_rows, vectors_of
from sqlclap.errors import QueryError, UnknownSoundError
from sqlclap.index.batch import find_many, in_walking_order
from sqlclap.index.candidates import NOTHING_ELSE, Candidates
from sqlclap.search.planner import Planner
from sqlclap.search.request import Request
from sqlclap.several import several

if TYPE_CHECKING:
    from sqlclap.arrays import BoolArray, Float32Array, Int64Array
    from sqlclap.db.database import Database
    from sqlclap.db.samples import RowKey
    from sqlclap.index.reader import IndexView

BATCH = 2_048
"""Sounds that are looked up together: their candidates' vectors lie in memory at once."""

ANSWERS_AT_ONCE = 2_000_000
"""Neighbours that are looked up before any is returned: the sounds asked for are taken in the order
in which near ones follow each other, so that what is read for one serves the next."""

KEPT_VECTORS = 8 * BATCH
"""Stored vectors of one lot that are kept for the next, about."""

ROUNDS = 2
"""Times that more of a lot's candidates are ranked together before single sounds are asked for."""

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

    def take(self, rows: Int64Array) -> Neighbors:
        """Return the neighbours of some of the sounds, by their places in `sample_ids`.

        Parameters
        ----------
        rows : np.ndarray [shape=(n,), dtype=int64]
        """
        return Neighbors(*(column[rows] for column in vars(self).values()))

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

    def keyed_rows(
        self, database: Database
    ) -> Iterator[tuple[int, int, int, float, RowKey, RowKey]]:
        """Yield the same and the keys of the rows that name both, where tables are attached."""
        named = row_names(database, map(int, np.union1d(self.sample_ids, self.neighbor_ids)))
        for row in self.rows():
            sample, neighbor = named.get(row[0], NO_ROW), named.get(row[2], NO_ROW)
            yield *row, sample.row_key, neighbor.row_key


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
        object.__setattr__(self, "n", check_count(self.n, "a number of neighbours"))
        if self.n > MOST_NEIGHBORS:
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
        sample_ids = several(sample_ids, "sample ids")
        with read_transaction(self.database):
            self._check(sample_ids)
            view = None if self.exact else self.planner.indexes.view(self.database, self.model)[0]
            at_once = BATCH if view is None else max(BATCH, ANSWERS_AT_ONCE // self.n)
            for start in range(0, len(sample_ids), at_once):
                wanted = np.array(sample_ids[start : start + at_once], dtype=np.int64)
                found = self._in_lots(wanted, view)
                if len(found.sample_ids):
                    yield found

    def of_all(self) -> Iterator[Neighbors]:
        """Yield the neighbours of all sounds, lot by lot, in the order of their ids."""
        query = "SELECT sample_id FROM samples ORDER BY sample_id"
        yield from self.of([row[0] for row in self.database.execute(query)])

    def of_vectors(self, own: Int64Array, vectors: Float32Array) -> Neighbors:
        """Return the sounds nearest to each of some vectors, all in one state of the library.

        Parameters
        ----------
        own : np.ndarray [shape=(queries,), dtype=int64]
            The sample that each is of, which is not among its own; below zero: of none here.
        vectors : np.ndarray [shape=(queries, dim), dtype=float32]
            Unit vectors.
        """
        nothing = -1 - np.arange(len(own))  # no embedding has these ids
        lot = _Lot(own, nothing, vectors)
        with read_transaction(self.database):
            view = None if self.exact else self.planner.indexes.view(self.database, self.model)[0]
            if view is None:
                return self._by_scan(lot)
            return self._by_index(lot, view, _StoredVectors(self.database, self.model))

    def _check(self, sample_ids: Sequence[int]) -> None:
        query, wanted = statement("search/neighbors_unknown"), json.dumps([*map(int, sample_ids)])
        for (unknown,) in self.database.execute(query, (wanted,)).fetchall():
            raise UnknownSoundError(f"{self.database.filename} has no sample {unknown}")

    def _in_lots(self, sample_ids: Int64Array, view: IndexView | None) -> Neighbors:
        """Look sounds up in batches that share what is read; return them in their own order."""
        order = np.arange(len(sample_ids))
        if view is not None and len(order) > BATCH:
            order = in_walking_order(view, sample_ids)
        parts, places, memory = [], [], _StoredVectors(self.database, self.model)
        for start in range(0, len(order), BATCH):
            places_here = order[start : start + BATCH]
            lot, usable = self._read(sample_ids[places_here])
            places.append(places_here[usable])
            if len(lot.sample_ids):
                parts.append(
                    self._by_scan(lot) if view is None else self._by_index(lot, view, memory)
                )
        back = np.argsort(np.concatenate([order[:0], *places]))
        return join_neighbors(parts, self.n).take(back)

    def _read(self, sample_ids: Int64Array) -> tuple[_Lot, Int64Array]:
        """Read sounds' own vectors; and return which of the sounds have one."""
        query = statement("search/neighbors_vectors", model_id=self.model.model_id)
        rows = self.database.execute(query, (json.dumps(sample_ids.tolist()),)).fetchall()
        vectors = from_blobs([row[2] for row in rows], self.model.dim)
        usable = usable_rows(vectors)
        numbers = np.array([row[:2] for row in rows], dtype=np.int64).reshape(len(rows), 2)[usable]
        lot = _Lot(sample_ids[numbers[:, 0]], numbers[:, 1], unit_rows(vectors[usable]))
        return lot, numbers[:, 0]

    def _by_scan(self, lot: _Lot) -> Neighbors:
        """Compare a lot with all vectors."""
        best = _Best(lot, self.n)
        for page in own_vectors(self.database, self.model):
            best.see(page.sample_ids, unit_rows(page.vectors))
        return best.neighbors()

    def _by_index(self, lot: _Lot, view: IndexView, memory: _StoredVectors) -> Neighbors:
        """Rank what one walk found by the stored vectors; ask again for what that can't settle."""
        found = find_many(view, lot.vectors, self.n + 1 + POOL)
        best, ranked = _Best(lot, self.n), np.zeros(len(lot.sample_ids), dtype=np.int64)
        needed = found.worth_ranking(self.n + 1)
        memory.keep(lot)
        for _ in range(ROUNDS):
            worth = _between(found, ranked, needed)
            stored = memory.of(np.unique(found.embedding_ids[worth]))
            if not best.rank(found, worth, stored):
                self.planner.indexes.distrust(self.database, self.model, view)
                return self._by_scan(lot)
            ranked = np.maximum(ranked, needed)
            needed = np.maximum(ranked, found.reaching(best.last))
            if (needed == ranked).all():
                break
        neighbors = best.neighbors()
        for row in best.unsettled(found.bound_after(ranked)).tolist():
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
    """Sounds that are looked up together, with their unit vectors and the ids of these."""

    sample_ids: Int64Array
    embedding_ids: Int64Array
    vectors: Float32Array


class _StoredVectors:
    """Unit vectors as stored; those of the last lot are kept, as the next one mostly needs some."""

    def __init__(self, database: Database, model: StoredModel) -> None:
        self._database, self._model = database, model
        self._ids = np.empty(0, dtype=np.int64)
        self._vectors = np.empty((0, model.dim), dtype=np.float32)

    def keep(self, lot: _Lot) -> None:
        """Take a lot's own vectors in: its sounds are each other's neighbours."""
        if len(self._ids) > KEPT_VECTORS:
            self._ids, self._vectors = self._ids[:0], self._vectors[:0]
        self._take(lot.embedding_ids, lot.vectors)

    def of(self, embedding_ids: Int64Array) -> tuple[Int64Array, Float32Array]:
        """Return embeddings, ascending, and their vectors: all of these that have one, and more."""
        missing = np.setdiff1d(embedding_ids, self._ids, assume_unique=True)
        ids, vectors = vectors_of(self._database, self._model, missing.tolist())
        self._take(ids, unit_rows(vectors))
        return self._ids, self._vectors

    def _take(self, ids: Int64Array, vectors: Float32Array) -> None:
        all_ids = np.concatenate([self._ids, ids])
        self._ids, at = np.unique(all_ids, return_index=True)
        self._vectors = np.concatenate([self._vectors, vectors])[at]


def _between(found: Candidates, ranked: Int64Array, needed: Int64Array) -> BoolArray:
    """Return which candidates come after the first `ranked` and are among the first `needed`."""
    place = np.arange(found.pool)
    after: BoolArray = (place >= ranked[:, None]) & (place < needed[:, None])
    return after & (found.embedding_ids >= 0)


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
        found: Candidates,
        worth: BoolArray,
        stored: tuple[Int64Array, Float32Array],
    ) -> bool:
        """Score candidates by their stored vectors; those that have none drop out.

        Parameters
        ----------
        found : Candidates
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
        known = np.full(worth.shape, np.nan, dtype=np.float32)
        known[query, place] = np.where(ids[at] == wanted, np.clip(scores, -1.0, 1.0), np.nan)
        self._add(found.sample_ids, np.where(np.isnan(known), np.float32(-np.inf), known))
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

    @property
    def last(self) -> Float32Array:
        """Scores of the last of each, shape (sounds,); -inf where there are fewer than wanted."""
        return self._scores[:, -1]

    def unsettled(self, bounds: Float32Array) -> Int64Array:
        """Return the rows among which something belongs that scores at most as much, maybe."""
        rows: Int64Array = np.flatnonzero((bounds > NOTHING_ELSE) & (self.last <= bounds))
        return rows
