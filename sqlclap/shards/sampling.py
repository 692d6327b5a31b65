"""An even sample of a set's sounds: the same ones wherever they lie.

Each sound gets a number that its id and the seed alone decide, and the lowest ones are taken. So a
split or a merge changes nothing, and of a set that has grown most are taken again.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from sqlclap.shards.drawn_sounds import drawn_numbers
from sqlclap.shards.map_jobs import FindLowest, ReadVectors
from sqlclap.shards.visiting import Visit

if TYPE_CHECKING:
    from sqlclap.arrays import Float32Array, Int64Array
    from sqlclap.shards.session import SetSession

PAGE = 20_000
"""Sounds whose vectors one answer of a shard holds at most."""


class SampledSounds(NamedTuple):
    """Sounds of a set with their own vectors, by ascending id.

    Attributes
    ----------
    set_ids : np.ndarray [shape=(n,), dtype=int64]
    vectors : np.ndarray [shape=(n, dim), dtype=float32]
        Unit vectors.
    """

    set_ids: Int64Array
    vectors: Float32Array


def even_sample(session: SetSession, bound: int, seed: int) -> tuple[SampledSounds, Visit]:
    """Read an even sample of a set's sounds.

    Parameters
    ----------
    session : SetSession
    bound : int
        Most sounds that are taken.
    seed : int

    Returns
    -------
    sounds : SampledSounds
    visit : Visit
        To the set's shards; those that couldn't be asked are noted there.
    """
    visit = Visit(session.shards)
    lowest = session.fleet.ask(visit.shards, FindLowest(bound, seed))
    visit.note(lowest.missing, "not in the sample")
    last = _last_taken(lowest.answers, bound, seed)
    parts: list[SampledSounds] = []
    shards = {one.number: one for one in visit.shards}
    for number, drawn in lowest.parts:
        numbers, set_ids = (one[drawn_numbers(drawn[1], seed) <= last] for one in drawn)
        for start in range(0, len(numbers), PAGE):
            page = slice(start, start + PAGE)
            read = session.fleet.ask([shards[number]], ReadVectors(numbers[page]))
            visit.note(read.missing, "not whole in the sample")
            parts += [SampledSounds(set_ids[page][rows], found) for rows, found in read.answers]
    return _joined(parts), visit


def _joined(parts: Sequence[SampledSounds]) -> SampledSounds:
    filled = [one for one in parts if len(one.set_ids)]
    if not filled:
        return SampledSounds(np.empty(0, np.int64), np.empty((0, 0), np.float32))
    set_ids = np.concatenate([one.set_ids for one in filled])
    vectors = np.concatenate([one.vectors for one in filled])
    order = np.argsort(set_ids)
    return SampledSounds(set_ids[order], vectors[order])


def _last_taken(found: Iterable[tuple[Int64Array, Int64Array]], bound: int, seed: int) -> np.uint64:
    """Return the highest number that is taken."""
    drawn = [drawn_numbers(set_ids, seed) for _, set_ids in found]
    every = np.concatenate([np.empty(0, np.uint64), *drawn])
    if len(every) <= bound:
        return np.uint64(2**64 - 1)
    return np.uint64(np.partition(every, bound - 1)[bound - 1])
