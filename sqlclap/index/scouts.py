"""Where the walks of queries out of distribution set out: evenly spread vectors of a graph.

A walk from a graph's own entry comes to one neighbourhood, and finds the others that a mixture of
sounds, or words, lie between only by keeping thousands of candidates. Scouts are compared one by
one first, and the walk sets out from the nearest of them all together.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sqlclap.arrays import Float32Array, Int64Array

MOST_SCOUTS = 8_192
"""A scan of so many takes half a millisecond at 512 numbers; 8 MB of memory."""

SCOUTED = 32
"""Vectors of a graph to each scout, where there are not too many."""

SETTING_OUT = 64
"""A walk sets out from so many scouts. From sixteen it misses neighbourhoods, above all where
scouts are many."""


class Scouts:
    """The scouts of a graph; a graph of few vectors has none.

    Positions that are evenly spread are of all neighbourhoods alike: near vectors lie together.

    Parameters
    ----------
    storage : object
        Of the graph library: the graph's vectors.
    """

    def __init__(self, storage: Any) -> None:
        import faiss
        import numpy as np

        count = min(MOST_SCOUTS, storage.ntotal // SCOUTED)
        self._storage = storage
        self.positions: Int64Array = np.linspace(
            0, max(storage.ntotal - 1, 0), count if count > SETTING_OUT else 0
        ).astype(np.int64)
        kind = faiss.ScalarQuantizer.QT_fp16
        self._held = faiss.IndexScalarQuantizer(storage.d, kind, faiss.METRIC_INNER_PRODUCT)
        if len(self.positions):
            self._held.add(storage.reconstruct_batch(self.positions))

    @property
    def are_there(self) -> bool:
        """Whether there are any."""
        return bool(len(self.positions))

    def nearest(self, queries: Float32Array) -> tuple[Float32Array, Int64Array]:
        """Return the scores and positions from where walks set out, shape (queries, n)."""
        import numpy as np

        _, found = self._held.search(queries, SETTING_OUT)
        positions = self.positions[found]
        vectors = self._storage.reconstruct_batch(positions.ravel())
        shape = (*positions.shape, queries.shape[1])
        # By the graph's own codes: scores of a walk's start are among those that it gives.
        scores: Float32Array = np.einsum("qnd,qd->qn", vectors.reshape(shape), queries)
        return scores, positions
