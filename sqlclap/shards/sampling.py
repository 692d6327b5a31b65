"""An even sample of a set's sounds: the same ones wherever they lie.

Each sound gets a number that its id and the seed alone decide, and the lowest ones are taken. So a
split or a merge changes nothing, and of a set that has grown most are taken again.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from sqlclap.db.statements import statement
from sqlclap.db.stored_models import default_model
from sqlclap.db.vectors import from_blobs, unit_rows, usable_rows
from sqlclap.shards.ids import told_ids

if TYPE_CHECKING:
    from sqlclap.api import Library
    from sqlclap.arrays import Float32Array, Int64Array
    from sqlclap.db.database import Database
    from sqlclap.db.stored_models import StoredModel
    from sqlclap.shards.ids import IdMap
    from sqlclap.shards.shard import Shard
    from sqlclap.shards.visiting import Visit

READ_AT_ONCE = 2_048

_STEPS = ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB))


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


def even_sample(visit: Visit, bound: int, seed: int) -> SampledSounds:
    """Read an even sample of a set's sounds.

    Parameters
    ----------
    visit : Visit
        Of its shards; those that can't be read are left out.
    bound : int
        Most sounds that are taken.
    seed : int
    """
    found: dict[int, tuple[Int64Array, Int64Array]] = {}

    def look(shard: Shard, library: Library) -> None:
        found[shard.number] = _lowest(shard.entry.ids, library.connection, bound, seed)

    visit.each("read", look)
    last = _last_taken(found.values(), bound, seed)
    parts: list[SampledSounds] = []

    def read(shard: Shard, library: Library) -> None:
        numbers, set_ids = found.get(shard.number, (np.empty(0, np.int64),) * 2)
        chosen = drawn_numbers(set_ids, seed) <= last
        database = library.connection
        rows, vectors = vectors_of_samples(database, default_model(database), numbers[chosen])
        parts.append(SampledSounds(set_ids[chosen][rows], vectors))

    visit.each("read", read)
    return _joined(parts)


def _joined(parts: Sequence[SampledSounds]) -> SampledSounds:
    filled = [one for one in parts if len(one.set_ids)]
    if not filled:
        return SampledSounds(np.empty(0, np.int64), np.empty((0, 0), np.float32))
    set_ids = np.concatenate([one.set_ids for one in filled])
    vectors = np.concatenate([one.vectors for one in filled])
    order = np.argsort(set_ids)
    return SampledSounds(set_ids[order], vectors[order])


def _lowest(ids: IdMap, database: Database, bound: int, seed: int) -> tuple[Int64Array, Int64Array]:
    """Return the shard's and the set's ids of the sounds with the lowest numbers."""
    query = statement("shards/own_samples")
    rows = database.execute(query, (default_model(database).model_id,)).fetchall()
    numbers = np.sort(np.array(rows, dtype=np.int64).ravel())
    set_ids = told_ids(ids, numbers)
    if len(numbers) > bound:
        drawn = drawn_numbers(set_ids, seed)
        rows_kept = np.sort(np.argpartition(drawn, bound - 1)[:bound])
        numbers, set_ids = numbers[rows_kept], set_ids[rows_kept]
    return numbers, set_ids


def _last_taken(found: Iterable[tuple[Int64Array, Int64Array]], bound: int, seed: int) -> np.uint64:
    """Return the highest number that is taken."""
    drawn = [drawn_numbers(set_ids, seed) for _, set_ids in found]
    every = np.concatenate([np.empty(0, np.uint64), *drawn])
    if len(every) <= bound:
        return np.uint64(2**64 - 1)
    return np.uint64(np.partition(every, bound - 1)[bound - 1])


def drawn_numbers(set_ids: Int64Array, seed: int) -> np.ndarray[tuple[int], np.dtype[np.uint64]]:
    """Return the number that each sound draws, evenly spread over 64 bits (SplitMix64).

    Different sounds draw different numbers.
    """
    mark = hashlib.blake2b(str(seed).encode(), digest_size=8, person=b"sqlclap-sample-1").digest()
    drawn = set_ids.astype(np.uint64) + np.uint64(int.from_bytes(mark, "little"))
    for shift, factor in _STEPS:
        drawn = (drawn ^ (drawn >> np.uint64(shift))) * np.uint64(factor)
    return drawn ^ (drawn >> np.uint64(31))


def vectors_of_samples(
    database: Database, model: StoredModel, numbers: Int64Array
) -> tuple[Int64Array, Float32Array]:
    """Read own vectors; those that are missing or can't be compared are left out.

    Returns
    -------
    rows : np.ndarray [shape=(m,), dtype=int64]
        Ascending places in `numbers` of those that are there.
    vectors : np.ndarray [shape=(m, dim), dtype=float32]
        Unit vectors.
    """
    query = statement("search/neighbors_vectors", model_id=model.model_id)
    places, parts = [np.empty(0, np.int64)], [np.empty((0, model.dim), np.float32)]
    for start in range(0, len(numbers), READ_AT_ONCE):
        wanted = json.dumps(numbers[start : start + READ_AT_ONCE].tolist())
        rows = database.execute(query, (wanted,)).fetchall()
        vectors = from_blobs([row[2] for row in rows], model.dim)
        usable = usable_rows(vectors)
        there = np.array([row[0] for row in rows], dtype=np.int64)[usable]
        places.append(start + there)
        parts.append(unit_rows(vectors[usable]))
    return np.concatenate(places), np.concatenate(parts)
