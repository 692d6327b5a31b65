"""What shards are asked for duplicates of a set: what files hold, and what tells versions apart.

As `sqlclap.shards.jobs`: values that can travel to the node that has the shard.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from sqlclap.db.statements import read_transaction, statement
from sqlclap.db.vectors import from_blobs, usable_rows
from sqlclap.errors import UnknownFolderError
from sqlclap.search.duplicates import sounds_of_group
from sqlclap.shards.catalog import held_by
from sqlclap.shards.ids import held_ids, told_ids
from sqlclap.shards.walking import Begins, Page

if TYPE_CHECKING:
    from sqlclap.arrays import Float32Array, Int64Array
    from sqlclap.db.database import Database
    from sqlclap.search.duplicate_kinds import Measured
    from sqlclap.search.duplicates import Duplicate
    from sqlclap.search.request import Filter
    from sqlclap.shards.catalog import CatalogSound
    from sqlclap.shards.reader import ShardReader

KEYS_AT_ONCE = 100_000


@dataclass(frozen=True)
class ContentKeys:
    """Tell what the contents of a page of sounds hash to, in 128 bits."""

    begins: Begins

    def __call__(self, reader: ShardReader) -> Page | None:
        """Return ids of the set and keys, shape (sounds, 3)."""
        after = self.begins.of(reader.number)
        if after is None:
            return None
        query = statement("shards/content_after")
        rows = reader.database.execute(query, (after, KEYS_AT_ONCE)).fetchall()
        numbers = np.array([row[0] for row in rows], dtype=np.int64)
        digests = b"".join(
            hashlib.blake2b(str(row[1]).encode(), digest_size=16).digest() for row in rows
        )
        keys = np.frombuffer(digests, dtype=np.int64).reshape(-1, 2)
        last = int(numbers[-1]) if len(rows) == KEYS_AT_ONCE else None
        return Page(np.column_stack([told_ids(reader.ids, numbers), keys]), last)


@dataclass(frozen=True)
class Passing:
    """Tell which sounds a filter lets through."""

    only: Filter

    def __call__(self, reader: ShardReader) -> Int64Array | UnknownFolderError:
        """Return their ids in the set; the error where no sound lies below the filter's folder."""
        try:
            with read_transaction(reader.database) as database:
                found = reader.planner.filters.sample_ids(database, self.only)
        except UnknownFolderError as error:
            return error
        return told_ids(reader.ids, found.astype(np.int64))


class VersionsHere(NamedTuple):
    """What tells versions of sounds apart, of those that lie in a shard.

    Attributes
    ----------
    sounds : list of Duplicate
        With the set's ids, and without scores.
    measured : list of Measured
    with_vectors : np.ndarray [shape=(n,), dtype=int64]
        Those of which there is a vector, and the file.
    vectors : np.ndarray [shape=(n, dim), dtype=float32]
        As they are stored.
    """

    sounds: list[Duplicate]
    measured: list[Measured]
    with_vectors: Int64Array
    vectors: Float32Array


@dataclass(frozen=True, eq=False)
class TellVersions:
    """Tell what tells versions of some sounds apart.

    Attributes
    ----------
    set_ids : np.ndarray [shape=(n,), dtype=int64]
    spoken_of : tuple of CatalogSound
        Copies of which people spoke.
    runs : dict of str to str
        The set's tag runs that are in force.
    """

    set_ids: Int64Array
    spoken_of: tuple[CatalogSound, ...]
    runs: dict[str, str]

    def __call__(self, reader: ShardReader) -> VersionsHere:
        """Return it of those that lie here."""
        here, told = held_ids(reader.ids, self.set_ids), reader.ids.told
        with read_transaction(reader.database) as database:
            sounds, measured = sounds_of_group(database, reader.model, here)
            marked = {*held_by(reader, self.spoken_of).values(), *self._tagged(database, here)}
            numbers, vectors = _stored(reader, database, here)
        return VersionsHere(
            [replace(one, sample_id=told(one.sample_id), score=1.0) for one in sounds],
            [
                replace(one, sample_id=told(one.sample_id), marks=one.sample_id in marked)
                for one in measured
            ],
            told_ids(reader.ids, numbers),
            vectors,
        )

    def _tagged(self, database: Database, here: list[int]) -> list[int]:
        bindings = (json.dumps(here), json.dumps(self.runs))
        return [int(row[0]) for row in database.execute(statement("shards/run_marks"), bindings)]


def _stored(
    reader: ShardReader, database: Database, here: list[int]
) -> tuple[Int64Array, Float32Array]:
    model = reader.model
    query = statement("shards/vectors_stored", model_id=model.model_id)
    rows = database.execute(query, (json.dumps(here), model.model_id)).fetchall()
    vectors = from_blobs([row[1] for row in rows], model.dim)
    usable = usable_rows(vectors)
    return np.array([row[0] for row in rows], dtype=np.int64)[usable], vectors[usable]


DUPLICATE_JOBS = (ContentKeys, Passing, TellVersions)
