"""Numbers that a set's sounds draw, by which a sample takes them, and their vectors."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

import numpy as np

from sqlclap.db.statements import statement
from sqlclap.db.vectors import from_blobs, unit_rows, usable_rows
from sqlclap.shards.ids import told_ids

if TYPE_CHECKING:
    from sqlclap.arrays import Float32Array, Int64Array
    from sqlclap.db.database import Database
    from sqlclap.db.stored_models import StoredModel
    from sqlclap.shards.reader import ShardReader

READ_AT_ONCE = 2_048

_STEPS = ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB))


def lowest_drawn(reader: ShardReader, bound: int, seed: int) -> tuple[Int64Array, Int64Array]:
    """Return the shard's and the set's ids of the sounds with the lowest numbers."""
    query = statement("shards/own_samples")
    rows = reader.database.execute(query, (reader.model.model_id,)).fetchall()
    numbers = np.sort(np.array(rows, dtype=np.int64).ravel())
    set_ids = told_ids(reader.ids, numbers)
    if len(numbers) > bound:
        drawn = drawn_numbers(set_ids, seed)
        rows_kept = np.sort(np.argpartition(drawn, bound - 1)[:bound])
        numbers, set_ids = numbers[rows_kept], set_ids[rows_kept]
    return numbers, set_ids


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
