"""Which embedding and sample stand at each position of a graph."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from sqlclap.index.manifest import HashedFile

if TYPE_CHECKING:
    from sqlclap.arrays import Int64Array, UInt8Array

ROW_BYTES = 3 * 8


@dataclass(frozen=True)
class Rows:
    """The rows of a graph; make them with `make_rows` or `map_rows`.

    Attributes
    ----------
    embedding_ids, sample_ids : np.ndarray [shape=(count,), dtype=int64]
    by_id : np.ndarray [shape=(count,), dtype=int64]
        Positions in the order of embedding ids.
    dead : np.ndarray [shape=(count,), dtype=uint8]
        1 where the embedding was removed after it was added; each generation has its own.
    """

    embedding_ids: Int64Array
    sample_ids: Int64Array
    by_id: Int64Array
    dead: UInt8Array

    @property
    def count(self) -> int:
        """Positions, dead ones included."""
        return len(self.embedding_ids)

    @cached_property
    def dead_count(self) -> int:
        """Dead positions."""
        return int(self.dead.sum())

    def find(self, embedding_ids: Int64Array) -> Int64Array:
        """Return the position of each embedding, shape (n,); -1 for those that are not here."""
        import numpy as np

        if not self.count:
            return np.full(len(embedding_ids), -1, dtype=np.int64)
        at = np.searchsorted(self.embedding_ids, embedding_ids, sorter=self.by_id)
        positions = self.by_id[np.minimum(at, self.count - 1)]
        found: Int64Array = np.where(self.embedding_ids[positions] == embedding_ids, positions, -1)
        return found

    def positions(self, embedding_ids: Int64Array) -> Int64Array:
        """Return the positions of those embeddings that are here."""
        found = self.find(embedding_ids)
        return found[found >= 0]

    def held(self, embedding_ids: Int64Array) -> Int64Array:
        """Return those of some embeddings that are here and not dead."""
        positions = self.positions(embedding_ids)
        held: Int64Array = self.embedding_ids[positions[self.dead[positions] == 0]]
        return held

    def write(self, file: HashedFile) -> None:
        """Write the rows to a file, but for what is dead."""
        import numpy as np

        table = np.stack([self.embedding_ids, self.sample_ids, self.by_id])
        file.write(table.astype("<i8", copy=False).tobytes())


def make_rows(
    embedding_ids: Int64Array, sample_ids: Int64Array, dead: UInt8Array | None = None
) -> Rows:
    """Make the rows of a graph; none is dead by default."""
    import numpy as np

    if dead is None:
        dead = np.zeros(len(embedding_ids), dtype=np.uint8)
    return Rows(embedding_ids, sample_ids, np.argsort(embedding_ids), dead)


def map_rows(path: Path, count: int) -> Rows:
    """Open a file of rows by memory map; none is dead.

    Raises
    ------
    ValueError
        It doesn't hold `count` rows.
    """
    import numpy as np

    if count == 0:
        return empty_rows()
    # As a plain array: each use of a memmap object costs microseconds.
    content = np.asarray(np.memmap(path, dtype=np.uint8, mode="r"))
    if content.size != ROW_BYTES * count:
        raise ValueError(f"expected {count} rows, got {content.size / ROW_BYTES:g}")
    numbers = content.view("<i8").reshape(3, count)
    return Rows(numbers[0], numbers[1], numbers[2], np.zeros(count, dtype=np.uint8))


def empty_rows() -> Rows:
    """Return no rows."""
    import numpy as np

    none = np.empty(0, dtype=np.int64)
    return make_rows(none, none)
