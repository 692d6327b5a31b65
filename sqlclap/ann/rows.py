"""Which embedding and sample stand at each position of a graph."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from sqlclap.ann.stream import HashedFile

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Ids = npt.NDArray[np.int64]
    Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Rows:
    """The rows of a graph.

    Attributes
    ----------
    embedding_ids : np.ndarray [shape=(count,), dtype=int64]
        Ascending: ids are never given twice, and later ones are added later.
    sample_ids : np.ndarray [shape=(count,), dtype=int64]
    dead : np.ndarray [shape=(count,), dtype=int64]
        1 where the embedding was removed after it was added.
    """

    embedding_ids: Ids
    sample_ids: Ids
    dead: Ids

    @property
    def count(self) -> int:
        """Positions, dead ones included."""
        return len(self.embedding_ids)

    @cached_property
    def dead_count(self) -> int:
        """Dead positions."""
        return int(self.dead.sum())

    @cached_property
    def position_of_sample(self) -> Ids:
        """Positions by sample id; -1 for samples that have none here."""
        import numpy as np

        table = np.full(int(self.sample_ids.max(initial=0)) + 1, -1, dtype=np.int64)
        alive = np.flatnonzero(self.dead == 0)
        table[self.sample_ids[alive]] = alive
        return table

    def positions(self, embedding_ids: Ids) -> Ids:
        """Return the positions of those embeddings that are here, in ascending order."""
        import numpy as np

        if not self.count or not len(embedding_ids):
            return np.empty(0, dtype=np.int64)
        at = np.searchsorted(self.embedding_ids, embedding_ids)
        at = np.minimum(at, self.count - 1)
        return np.unique(at[self.embedding_ids[at] == embedding_ids])

    def write(self, file: HashedFile) -> None:
        """Write the rows to a file."""
        import numpy as np

        table = np.stack([self.embedding_ids, self.sample_ids, self.dead])
        file.write(table.astype("<i8", copy=False).tobytes())


def map_rows(path: Path, count: int) -> Rows:
    """Open a file of rows by memory map.

    Raises
    ------
    ValueError
        It doesn't hold `count` rows.
    """
    import numpy as np

    if count == 0:
        return empty_rows()
    # As a plain array: each use of a memmap object costs microseconds.
    table = np.asarray(np.memmap(path, dtype="<i8", mode="r"))
    if table.size != 3 * count:
        raise ValueError(f"expected {count} rows, got {table.size / 3:g}")
    embedding_ids, sample_ids, dead = table.reshape(3, count)
    return Rows(embedding_ids, sample_ids, dead)


def empty_rows() -> Rows:
    """Return no rows."""
    import numpy as np

    none = np.empty(0, dtype=np.int64)
    return Rows(none, none, none)
