"""What shards are asked for annotations; as `sqlclap.shards.jobs`, values that travel."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlclap.db.statements import statement

if TYPE_CHECKING:
    from sqlclap.shards.reader import ShardReader


@dataclass(frozen=True)
class CountPaths:
    """Count the sounds of a shard that have some paths, below whatever folder."""

    paths: tuple[str, ...]

    def __call__(self, reader: ShardReader) -> dict[str, int]:
        """Return the counts of those that there are."""
        rows = reader.database.execute(
            statement("shards/count_paths"), (json.dumps(self.paths),)
        ).fetchall()
        return {str(path): int(count) for path, count in rows}


ANNOTATION_JOBS = (CountPaths,)
