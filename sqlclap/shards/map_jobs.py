"""What shards tell of their part of maps and clusters, and of what these are fitted on."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sqlclap.db.statements import statement
from sqlclap.map.drawing import Picture, read_drawing
from sqlclap.map.store import Points, read_points
from sqlclap.shards.drawn_sounds import lowest_drawn, vectors_of_samples
from sqlclap.shards.ids import told_ids
from sqlclap.shards.shown import ShownFits, shown_fits

if TYPE_CHECKING:
    from sqlclap.arrays import Float32Array, Int64Array
    from sqlclap.shards.reader import ShardReader


@dataclass(frozen=True)
class LookShown:
    """Look which map and clusters a shard shows."""

    def __call__(self, reader: ShardReader) -> ShownFits:
        """Return it."""
        return shown_fits(reader.database)


@dataclass(frozen=True)
class FindLowest:
    """Find the sounds that draw a shard's lowest numbers; see `sqlclap.shards.sampling`."""

    bound: int
    seed: int

    def __call__(self, reader: ShardReader) -> tuple[Int64Array, Int64Array]:
        """Return their ids in the shard and in the set, each of shape (n,)."""
        return lowest_drawn(reader, self.bound, self.seed)


@dataclass(frozen=True, eq=False)
class ReadVectors:
    """Read own vectors of some sounds, by their ids in the shard."""

    numbers: Int64Array

    def __call__(self, reader: ShardReader) -> tuple[Int64Array, Float32Array]:
        """Return which are there, and their vectors; see `vectors_of_samples`."""
        return vectors_of_samples(reader.database, reader.model, self.numbers)


@dataclass(frozen=True)
class ReadMapPoints:
    """Read a shard's points of the set's map."""

    version: str

    def __call__(self, reader: ShardReader) -> Points | None:
        """Return them, by the set's ids; None where the shard shows another map."""
        shown = shown_fits(reader.database)
        if shown.layout_id is None or shown.map != self.version:
            return None
        points = read_points(reader.database, shown.layout_id)
        return replace(points, sample_ids=told_ids(reader.ids, points.sample_ids))


@dataclass(frozen=True)
class ReadPicture:
    """Read a shard's part of the set's map with its clusters, to be drawn."""

    version: str

    def __call__(self, reader: ShardReader) -> Picture | None:
        """Return it; None where the shard shows another map, or nothing of it."""
        shown = shown_fits(reader.database)
        if shown.map != self.version or not shown.points:
            return None
        return read_drawing(reader.database, reader.model)


@dataclass(frozen=True)
class CountMembers:
    """Count a shard's sounds in the set's clusters."""

    version: str

    def __call__(self, reader: ShardReader) -> list[tuple[int, int, float, int]]:
        """Return cluster, members, the sum of their shares, and how many were put there."""
        shown = shown_fits(reader.database)
        if shown.clusters != self.version:
            return []
        rows = reader.database.execute(statement("shards/cluster_counts"), (shown.clustering_id,))
        return [(int(row[0]), int(row[1]), float(row[2]), int(row[3])) for row in rows]


MAP_JOBS = (LookShown, FindLowest, ReadVectors, ReadMapPoints, ReadPicture, CountMembers)
"""What shards are asked for of maps and clusters."""
