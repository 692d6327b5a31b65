"""What shards are asked to sort their sounds among names, or to list their paths, without labels.

As `sqlclap.shards.jobs`: values that can travel to the node that has the shard.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from sqlclap.db.statements import read_transaction, statement
from sqlclap.db.vectors import own_vectors, unit_rows
from sqlclap.labels.matching import sample_rows
from sqlclap.labels.zero_shot import Names, cosines_to, named_samples
from sqlclap.shards.walking import PAGE, Begins, Page

if TYPE_CHECKING:
    from sqlclap.arrays import Float64Array
    from sqlclap.search.background import Background
    from sqlclap.shards.reader import ShardReader


@dataclass(frozen=True, eq=False)
class BestOfNames:
    """Tell how near the nearest sound comes to each name, and the background to judge that by."""

    names: Names

    def __call__(self, reader: ShardReader) -> tuple[Float64Array | None, Background]:
        """Return both; None where no sound has a vector."""
        with read_transaction(reader.database) as database:
            best = [
                cosines_to(self.names, unit_rows(block.vectors)).max(axis=0)
                for block in own_vectors(database, reader.model)
            ]
            background = reader.background(reader.encoder)
        return (np.max(best, axis=0) if best else None), background


@dataclass(frozen=True, eq=False)
class SortAmongNames:
    """Sort a page of sounds among names that are judged by now."""

    names: Names
    begins: Begins

    def __call__(self, reader: ShardReader) -> Page | None:
        """Return them, with the set's ids."""
        after = self.begins.of(reader.number)
        if after is None:
            return None
        with read_transaction(reader.database) as database:
            block = next(own_vectors(database, reader.model, PAGE, after), None)
            if block is None:
                return Page([], None)
            numbers = block.sample_ids.tolist()
            rows = sample_rows(database, numbers)
        cosines = cosines_to(self.names, unit_rows(block.vectors))
        named = [
            replace(one, sample_id=reader.ids.told(one.sample_id))
            for one in named_samples(self.names, rows, numbers, cosines)
        ]
        return Page(named, int(block.embedding_ids[-1]))


@dataclass(frozen=True)
class PathsHere:
    """List a page of the sounds that have a vector, with their paths."""

    begins: Begins

    def __call__(self, reader: ShardReader) -> Page | None:
        """Return ids of the set, and the paths."""
        after = self.begins.of(reader.number)
        if after is None:
            return None
        query = statement("shards/paths_after")
        bindings = (reader.model.model_id, after, PAGE)
        rows = reader.database.execute(query, bindings).fetchall()
        last = int(rows[-1][0]) if len(rows) == PAGE else None
        told = reader.ids.told
        return Page([[told(int(number)), str(path)] for number, path in rows], last)


NAMING_JOBS = (BestOfNames, SortAmongNames, PathsHere)
