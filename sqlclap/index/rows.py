"""Which embedding and sample stand at each position of a graph."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from sqlclap.index.hashed_file import HashedFile

if TYPE_CHECKING:
    from sqlclap.arrays import Int64Array, UInt8Array

COLUMNS = 3
TYPES = ("<i4", "<i8")
"""Types of a column in a file: ids that need more than 32 bits are rare, and half is half."""


@dataclass(frozen=True)
class Rows:
    """The rows of a graph; make them with `make_rows` or `map_rows`.

    Attributes
    ----------
    embedding_ids, sample_ids : np.ndarray [shape=(count,), dtype=int32 or int64]
    by_id : np.ndarray [shape=(count,), dtype=int32 or int64]
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

        if not self.count or not len(embedding_ids):
            return np.full(len(embedding_ids), -1, dtype=np.int64)
        positions = self.by_id[np.minimum(self._count_below(embedding_ids), self.count - 1)]
        found: Int64Array = np.where(self.embedding_ids[positions] == embedding_ids, positions, -1)
        return found.astype(np.int64, copy=False)

    def _count_below(self, embedding_ids: Int64Array) -> Int64Array:
        """Count the embeddings whose ids are lower than each, shape (n,).

        This is `np.searchsorted` with a sorter, which would copy a whole 32-bit column first.
        """
        import numpy as np

        low = np.zeros(len(embedding_ids), dtype=np.int64)
        high = np.full(len(embedding_ids), self.count, dtype=np.int64)
        for _ in range(self.count.bit_length()):
            middle = np.minimum((low + high) // 2, self.count - 1)
            lower = (self.embedding_ids[self.by_id[middle]] < embedding_ids) & (low < high)
            low, high = np.where(lower, middle + 1, low), np.where(lower, high, middle)
        return low

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
        """Write the rows to a file, but for what is dead, in as few bytes as all ids fit in."""
        import numpy as np

        table = np.stack([self.embedding_ids, self.sample_ids, self.by_id])
        narrow, wide = TYPES
        fits = bool((table == table.astype(narrow)).all())
        file.write(table.astype(narrow if fits else wide, copy=False).tobytes())


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
    sizes = {np.dtype(one).itemsize * COLUMNS * count: one for one in TYPES}
    if content.size not in sizes:
        raise ValueError(f"expected {count} rows, got {content.size} bytes")
    numbers = content.view(sizes[content.size]).reshape(COLUMNS, count)
    return Rows(numbers[0], numbers[1], numbers[2], np.zeros(count, dtype=np.uint8))


def empty_rows() -> Rows:
    """Return no rows."""
    import numpy as np

    none = np.empty(0, dtype=np.int64)
    return make_rows(none, none)
