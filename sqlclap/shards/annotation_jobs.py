"""What shards are asked for annotations; as `sqlclap.shards.jobs`, values that travel."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlclap.exchange.matching import RecordingNames, known_recordings

if TYPE_CHECKING:
    from sqlclap.shards.reader import ShardReader


@dataclass(frozen=True)
class FindNearest:
    """Find the sounds of a shard that some paths fit best, as an import of annotations would."""

    paths: tuple[str, ...]

    def __call__(self, reader: ShardReader) -> list[tuple[int, int, bool]]:
        """Return the values of each path's `Nearest`, in the order of the paths."""
        names = RecordingNames(known_recordings(reader.database))
        return [(*names.nearest(path),) for path in self.paths]


ANNOTATION_JOBS = (FindNearest,)
