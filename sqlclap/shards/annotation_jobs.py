"""What shards are asked for annotations; as `sqlclap.shards.jobs`, values that travel."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlclap.exchange.matching import RecordingNames, known_recordings

if TYPE_CHECKING:
    from sqlclap.shards.reader import ShardReader


@dataclass(frozen=True)
class CountNearest:
    """Count the sounds of a shard that some paths fit best, as an import of annotations would."""

    paths: tuple[str, ...]

    def __call__(self, reader: ShardReader) -> dict[str, list[int]]:
        """Return, of each path, how many parts of it they share, and how many they are."""
        names = RecordingNames(known_recordings(reader.database))
        return {path: [*names.count_nearest(path)] for path in self.paths}


ANNOTATION_JOBS = (CountNearest,)
