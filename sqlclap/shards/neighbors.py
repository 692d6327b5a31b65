"""The nearest sounds of many sounds of a set: each shard looks for its own, and the lists merge."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from sqlclap.db.samples import samples_by_ids
from sqlclap.errors import UnknownSoundError
from sqlclap.search.neighbors import BATCH, Neighbors, NeighborsQuery, join_neighbors
from sqlclap.several import several
from sqlclap.shards.drawn_sounds import vectors_of_samples
from sqlclap.shards.ids import told_ids

if TYPE_CHECKING:
    from sqlclap.arrays import Float32Array, Int64Array
    from sqlclap.shards.reader import ShardReader
    from sqlclap.shards.session import SetSession


T = TypeVar("T")


PAGE = 100_000
"""Ids that a shard lists at once: a node that holds many shards answers for all of them."""


@dataclass(frozen=True, eq=False)
class OwnVectorsOf:
    """Read the vectors of sounds that lie in a shard, by their ids in the set."""

    set_ids: tuple[int, ...]

    def __post_init__(self) -> None:
        _check_lot(len(self.set_ids))

    def __call__(self, reader: ShardReader) -> tuple[Int64Array, Int64Array, Float32Array]:
        """Return the places of those that lie here, of those that have a vector, and these."""
        held = {one: at for at, whole in enumerate(self.set_ids) for one in reader.ids.held(whole)}
        there = [one.sample_id for one in samples_by_ids(reader.database, held)]
        places = np.array([held[one] for one in there], dtype=np.int64)
        numbers = np.array(there, dtype=np.int64)
        rows, vectors = vectors_of_samples(reader.database, reader.model, numbers)
        return places, places[rows], vectors


@dataclass(frozen=True, eq=False)
class NearestTo:
    """Find a shard's sounds that are nearest to each of some vectors, without themselves."""

    set_ids: Int64Array
    vectors: Float32Array
    n: int
    exact: bool

    def __post_init__(self) -> None:
        _check_lot(len(self.set_ids))
        if self.vectors.ndim != 2 or len(self.vectors) != len(self.set_ids):
            raise ValueError("expected a vector of each sound")

    def __call__(self, reader: ShardReader) -> Neighbors:
        """Return them, with the set's ids."""
        query = NeighborsQuery(reader.planner, reader.database, reader.model, self.n, self.exact)
        own = [next(iter(self._held(reader, one)), -1 - at) for at, one in enumerate(self.set_ids)]
        found = query.of_vectors(np.array(own, dtype=np.int64), self.vectors)
        ids = told_ids(reader.ids, found.neighbor_ids.ravel()).reshape(found.neighbor_ids.shape)
        ids[found.neighbor_ids == 0] = 0
        return Neighbors(self.set_ids, ids, found.scores)

    def _held(self, reader: ShardReader, whole: int) -> list[int]:
        """Return the id that a sound has in this library: none where it lies elsewhere."""
        held = reader.ids.held(int(whole))
        return [one.sample_id for one in samples_by_ids(reader.database, held)] if held else []


@dataclass(frozen=True)
class AllSounds:
    """List a page of a shard's sounds.

    Attributes
    ----------
    after : int
        Those up to this id in the shard's library were listed before.
    """

    after: int = 0

    def __call__(self, reader: ShardReader) -> tuple[Int64Array, int | None]:
        """Return their ids in the set, and the page's last in the library; None: it is the end."""
        query = "SELECT sample_id FROM samples WHERE sample_id > ? ORDER BY sample_id LIMIT ?"
        rows = reader.database.execute(query, (self.after, PAGE)).fetchall()
        numbers = np.array(rows, dtype=np.int64).ravel()
        last = int(numbers[-1]) if len(numbers) == PAGE else None
        return told_ids(reader.ids, numbers), last


NEIGHBOR_JOBS = (OwnVectorsOf, NearestTo, AllSounds)


def _check_lot(count: int) -> None:
    if count > BATCH:
        raise ValueError(f"expected at most {BATCH:,} sounds at once, got {count:,}")


@dataclass(frozen=True)
class SetNeighborsQuery:
    """A search for the neighbours of many sounds in a set; see `NeighborsQuery`.

    Attributes
    ----------
    session : SetSession
    n : int
        Neighbours of each sound.
    exact : bool
        Compare all vectors, whether there are indexes or not.

    Raises
    ------
    PartialAnswerError
        A shard can't be asked: a list that lacks its sounds would look like a whole one.
    """

    session: SetSession
    n: int = 10
    exact: bool = False

    def of(self, set_ids: Sequence[int]) -> Iterator[Neighbors]:
        """Yield the neighbours of some sounds, lot by lot.

        Raises
        ------
        UnknownSoundError
            The set has no such sound.
        """
        set_ids = several(set_ids, "sample ids")
        for start in range(0, len(set_ids), BATCH):
            lot = self._lot([*map(int, set_ids[start : start + BATCH])])
            found = self._nearest(lot)
            if len(found.sample_ids):
                yield found

    def of_all(self) -> Iterator[Neighbors]:
        """Yield the neighbours of all sounds, lot by lot, in the order of their ids."""
        yield from self.of(self._all_sounds().tolist())

    def _all_sounds(self) -> Int64Array:
        """Return all sounds' ids, ascending; shards list them in pages."""
        known, after = np.empty(0, dtype=np.int64), 0
        while True:
            pages = self._answers(AllSounds(after))
            # One page may go further than another's: what comes twice counts once.
            known = np.unique(np.concatenate([known, *(ids for ids, _ in pages)]))
            further = [last for _, last in pages if last is not None]
            if not further:
                return known
            after = min(further)

    def _lot(self, set_ids: list[int]) -> NearestTo:
        """Read the vectors of sounds, wherever they lie."""
        known = np.zeros(len(set_ids), dtype=np.bool_)
        places, vectors = [], []
        for there, usable, read in self._answers(OwnVectorsOf(tuple(dict.fromkeys(set_ids)))):
            known[there] = True
            places.append(usable)
            vectors.append(read)
        distinct = [*dict.fromkeys(set_ids)]
        for at, whole in enumerate(distinct):
            if not known[at]:
                raise UnknownSoundError(f"no sound {whole} in {self.session.path}")
        joined, rows = np.concatenate(vectors), np.concatenate(places)
        row_of = dict(zip(rows.tolist(), range(len(rows)), strict=True))
        place_of = {whole: at for at, whole in enumerate(distinct)}
        chosen = [one for one in set_ids if place_of[one] in row_of]
        wanted = [row_of[place_of[one]] for one in chosen]
        return NearestTo(np.array(chosen, dtype=np.int64), joined[wanted], self.n, self.exact)

    def _nearest(self, lot: NearestTo) -> Neighbors:
        if not len(lot.set_ids):
            return join_neighbors([], self.n)
        parts = self._answers(lot)
        ids = np.concatenate([one.neighbor_ids for one in parts], axis=1)
        scores = np.concatenate([one.scores for one in parts], axis=1)
        descending = np.where(np.isnan(scores), np.inf, -scores)
        order = np.lexsort((ids, descending), axis=1)[:, : self.n]
        best = (np.take_along_axis(ids, order, 1), np.take_along_axis(scores, order, 1))
        return Neighbors(lot.set_ids, *best)

    def _answers(self, job: Callable[[ShardReader], T]) -> list[T]:
        found, reach = self.session.ask(job)
        reach.check(require_all=True)
        return found.answers
