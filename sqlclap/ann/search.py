"""Candidates from an index: graph or scan, united with the tail.

A candidate's score is approximate; whoever asked ranks the candidates exactly on the stored
vectors, which also drops whatever has gone meanwhile.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from sqlclap.ann.graph import QUANTISATION
from sqlclap.ann.rows import pack_bits
from sqlclap.ann.view import IndexView

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from sqlclap.ann.rows import Ids, Mask

    Vector = npt.NDArray[np.float32]

GRAPH_SHARE = 0.05
"""Share of allowed vectors below which scanning them beats the graph: its recall falls there."""

FILTERED_EF = 256

Path = Literal["graph", "scan"]


@dataclass(frozen=True)
class Allowed:
    """What a filter lets through.

    Attributes
    ----------
    rows : np.ndarray [shape=(rows,), dtype=bool]
        Positions of the graph, those that no longer hold left out.
    tail : np.ndarray [shape=(tail,), dtype=bool]
    count : int
        Positions allowed in the graph.
    bits : np.ndarray [dtype=uint8]
        `rows`, packed.
    """

    rows: Mask
    tail: Mask
    count: int
    bits: npt.NDArray[np.uint8]


@dataclass(frozen=True)
class Candidates:
    """Embeddings that may be among the nearest.

    Attributes
    ----------
    embedding_ids : np.ndarray [shape=(n,), dtype=int64]
    scores : np.ndarray [shape=(n,), dtype=float32]
        Approximate cosine similarities, best first.
    path : {"graph", "scan"}
        How those of the graph were found.
    complete : bool
        These are all there are.
    """

    embedding_ids: Ids
    scores: Vector
    path: Path
    complete: bool

    def worth_ranking(self, n: int) -> Ids:
        """Return those that can be among the exact `n` best, given how far scores may be off."""
        if len(self.scores) <= n:
            return self.embedding_ids
        floor = self.scores[n - 1] - 2 * QUANTISATION
        worth: Ids = self.embedding_ids[self.scores >= floor]
        return worth


def allow(view: IndexView, sample_ids: Ids) -> Allowed:
    """Find the positions of the samples that a filter lets through."""
    import numpy as np

    table = view.rows.position_of_sample
    inside = sample_ids[sample_ids < len(table)]
    positions = table[inside]
    mask = np.zeros(view.rows.count, dtype=np.bool_)
    mask[positions[positions >= 0]] = True
    if view.usable is not None:
        mask &= view.usable
    tail = np.isin(view.tail.sample_ids, sample_ids)
    return Allowed(mask, tail, int(mask.sum()), pack_bits(mask))


def find_candidates(
    view: IndexView, vector: Vector, pool: int, ef: int, allowed: Allowed | None = None
) -> Candidates:
    """Find the `pool` embeddings nearest to a unit vector.

    Above `GRAPH_SHARE` the graph is walked; below it, or where the walk finds too few, the
    allowed vectors are scanned: there are always `pool` candidates when so many are allowed.

    Parameters
    ----------
    view : IndexView
    vector : np.ndarray [shape=(dim,), dtype=float32]
    pool : int
    ef : int
        Search width.
    allowed : Allowed, optional
        What a filter lets through; all by default.
    """
    import numpy as np

    bits, count = view.usable_bits, view.usable_count
    if allowed is not None:
        bits, count, ef = allowed.bits, allowed.count, max(ef, FILTERED_EF)
    wanted = min(pool, count)
    ids, scores = np.empty(0, dtype=np.int64), np.empty(0, dtype=np.float32)
    path: Path = "graph"
    if wanted and count >= GRAPH_SHARE * view.rows.count:
        ids, scores = _walk(view, vector, wanted, ef, bits)
    if len(ids) < wanted:
        path = "scan"
        ids, scores = _scan(view, vector, wanted, bits)
    tail_ids, tail_scores = _tail(view, vector, pool, allowed)
    ids, scores = np.concatenate([ids, tail_ids]), np.concatenate([scores, tail_scores])
    order = np.argsort(-scores, kind="stable")
    complete = count <= pool and view.tail.count <= pool
    return Candidates(ids[order], scores[order], path, complete)


def _walk(
    view: IndexView, vector: Vector, wanted: int, ef: int, bits: npt.NDArray[np.uint8] | None
) -> tuple[Ids, Vector]:
    scores, positions = view.graph.search(vector[None, :], wanted, ef, bits)
    found = positions[0] >= 0
    return view.rows.embedding_ids[positions[0][found]], scores[0][found]


def _scan(
    view: IndexView, vector: Vector, wanted: int, bits: npt.NDArray[np.uint8] | None
) -> tuple[Ids, Vector]:
    import numpy as np

    if bits is None:
        bits = pack_bits(np.ones(view.rows.count, dtype=np.bool_))
    scores, positions = view.graph.scan(vector[None, :], wanted, bits)
    found = positions[0] >= 0
    return view.rows.embedding_ids[positions[0][found]], scores[0][found]


def _tail(
    view: IndexView, vector: Vector, pool: int, allowed: Allowed | None
) -> tuple[Ids, Vector]:
    ids, vectors = view.tail.embedding_ids, view.tail.vectors
    if allowed is not None:
        ids, vectors = ids[allowed.tail], vectors[allowed.tail]
    scores = vectors @ vector
    if len(ids) > pool:
        import numpy as np

        best = np.argpartition(-scores, pool)[:pool]
        ids, scores = ids[best], scores[best]
    return ids, scores
