"""Candidates from an index: graph or scan, united with the tail.

A candidate's score is approximate; whoever asked ranks the candidates exactly on the stored
vectors, which also drops whatever has gone meanwhile.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from sqlclap.index.hnsw import QUANTISATION, Selection
from sqlclap.index.reader import IndexView

if TYPE_CHECKING:
    from sqlclap.arrays import BoolArray, Float32Array, Int64Array

GRAPH_SHARE = 0.05
"""Share of allowed vectors below which scanning them beats the graph: its recall falls there."""

FILTERED_WIDTH = 256

NOTHING_ELSE = -2.0
"""A bound for scores where there is nothing to score: below any cosine."""

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
    selection : Selection
        `rows`, for the graph.
    """

    rows: BoolArray
    tail: BoolArray
    count: int
    selection: Selection


@dataclass(frozen=True)
class Candidates:
    """Embeddings that may be among the nearest.

    Attributes
    ----------
    embedding_ids, sample_ids : np.ndarray [shape=(n,), dtype=int64]
    scores : np.ndarray [shape=(n,), dtype=float32]
        Cosine similarities, best first: approximate ones from the graph, exact ones from the tail.
    path : {"graph", "scan"}
        How those of the graph were found.
    width : int
        Of the walk; 0 where there was none.
    complete : bool
        These are all that are allowed; else as many as were asked for, and none of the others
        has a higher score.
    """

    embedding_ids: Int64Array
    sample_ids: Int64Array
    scores: Float32Array
    path: Path
    width: int
    complete: bool

    def samples(self, first: int | None = None) -> dict[int, int]:
        """Return sample ids by embedding id, of all or of the first few."""
        ids, samples = self.embedding_ids[:first].tolist(), self.sample_ids[:first].tolist()
        return dict(zip(ids, samples, strict=True))

    def bound_after(self, ranked: int) -> float:
        """Return what any that is not among the first `ranked` can score exactly, at most."""
        if ranked < len(self.scores):
            return float(self.scores[ranked]) + QUANTISATION
        if self.complete:
            return NOTHING_ELSE
        return float(self.scores[-1]) + QUANTISATION if len(self.scores) else 1.0

    def holds(self, scored: Iterable[tuple[int, int, float]]) -> bool:
        """Whether exact scores, by embedding, are those of the vectors that the index holds.

        They are not where another client wrote another vector in the place of one.
        """
        known = dict(zip(self.embedding_ids.tolist(), self.scores.tolist(), strict=True))
        return all(abs(score - known[number]) <= 2 * QUANTISATION for number, _, score in scored)

    def worth_ranking(self, n: int) -> int:
        """Count those that can be among the exact `n` best, given how far scores may be off."""
        import numpy as np

        if len(self.scores) <= n:
            return len(self.scores)
        floor = self.scores[n - 1] - 2 * QUANTISATION
        return int(np.count_nonzero(self.scores >= floor))


def allow(view: IndexView, sample_ids: Int64Array) -> Allowed:
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
    return Allowed(mask, tail, int(mask.sum()), Selection(mask))


def find_candidates(
    view: IndexView, vector: Float32Array, pool: int, allowed: Allowed | None = None
) -> Candidates:
    """Find the `pool` embeddings nearest to a unit vector, in the graph and the tail together.

    Above `GRAPH_SHARE` the graph is walked; below it, or where the walk finds too few, the
    allowed vectors are scanned: there are exactly `pool` candidates when so many are allowed.

    Parameters
    ----------
    view : IndexView
    vector : np.ndarray [shape=(dim,), dtype=float32]
    pool : int
    allowed : Allowed, optional
        What a filter lets through; all by default.
    """
    import numpy as np

    selection, count, least = view.usable_selection, view.usable_count, 0
    if allowed is not None:
        selection, count, least = allowed.selection, allowed.count, FILTERED_WIDTH
    path: Path = "graph"
    wanted, width = min(pool, count), 0
    positions, scores = np.empty(0, dtype=np.int64), np.empty(0, dtype=np.float32)
    if wanted and count >= GRAPH_SHARE * view.rows.count:
        positions, scores, width = _walk(view, vector, (wanted, least), selection)
    if len(positions) < wanted:
        path = "scan"
        positions, scores = _found(view.graph.scan(vector[None, :], wanted, selection))
    ids, samples = view.rows.embedding_ids[positions], view.rows.sample_ids[positions]
    found = Candidates(ids, samples, scores, path, width, len(ids) == count)
    return _with_tail(found, view, vector, pool, allowed) if view.tail.count else found


def _walk(
    view: IndexView, vector: Float32Array, sizes: tuple[int, int], selection: Selection | None
) -> tuple[Int64Array, Float32Array, int]:
    """Walk the graph, and once more where what was found tells of a far query.

    Sizes are how many are wanted, and the least width. The last of the results is the width.
    """
    wanted, least = sizes
    width = max(view.widths.near, least)
    positions, scores = _found(view.graph.search(vector[None, :], wanted, width, selection))
    if width < view.widths.far and view.widths.are_narrow_for(scores):
        width = view.widths.far
        positions, scores = _found(view.graph.search(vector[None, :], wanted, width, selection))
    return positions, scores, width


def _found(answer: tuple[Float32Array, Int64Array]) -> tuple[Int64Array, Float32Array]:
    """Return positions and scores of the first query's answer; -1 comes last in it."""
    scores, positions = answer[0][0], answer[1][0]
    if positions[-1] < 0:
        scores, positions = scores[positions >= 0], positions[positions >= 0]
    return positions, scores


def _with_tail(
    found: Candidates, view: IndexView, vector: Float32Array, pool: int, allowed: Allowed | None
) -> Candidates:
    """Unite candidates with the best of the tail; the best `pool` of both remain."""
    import numpy as np

    tail = view.tail
    among = np.arange(tail.count) if allowed is None else np.flatnonzero(allowed.tail)
    tail_scores = (tail.vectors if allowed is None else tail.vectors[among]) @ vector
    complete = found.complete and len(found.scores) + len(among) <= pool
    if len(among) > pool:
        best = np.argpartition(-tail_scores, pool)[:pool]
        among, tail_scores = among[best], tail_scores[best]
    scores = np.concatenate([found.scores, tail_scores])
    order = np.argsort(-scores, kind="stable")[:pool]
    ids = np.concatenate([found.embedding_ids, tail.embedding_ids[among]])
    samples = np.concatenate([found.sample_ids, tail.sample_ids[among]])
    return Candidates(ids[order], samples[order], scores[order], found.path, found.width, complete)
