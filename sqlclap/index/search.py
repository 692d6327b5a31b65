"""Candidates from an index: of each segment by graph or scan, united with the tail.

A candidate's score is approximate; whoever asked ranks the candidates exactly on the stored
vectors, which also drops whatever has gone meanwhile.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Literal

from sqlclap.index.hnsw import QUANTISATION
from sqlclap.index.reader import IndexView
from sqlclap.index.segments import LiveSegment, Segment

if TYPE_CHECKING:
    from sqlclap.arrays import BoolArray, Float32Array, Int64Array

GRAPH_SHARE = 0.05
"""Share of allowed vectors below which scanning them beats the graph: its recall falls there."""

FILTERED_WIDTH = 256

NOTHING_ELSE = -2.0
"""A bound for scores where there is nothing to score: below any cosine."""

Path = Literal["graph", "scan"]


@dataclass(frozen=True, eq=False)
class Allowed:
    """What a filter lets through.

    Attributes
    ----------
    live : tuple of LiveSegment
        Of each segment, without what no longer holds.
    tail : np.ndarray [shape=(tail,), dtype=bool]
    """

    live: tuple[LiveSegment, ...]
    tail: BoolArray

    @cached_property
    def count(self) -> int:
        """Positions allowed in the graphs."""
        return sum(one.count for one in self.live)

    @property
    def total(self) -> int:
        """Vectors allowed in the graphs and in the tail."""
        return self.count + int(self.tail.sum())


@dataclass(frozen=True)
class Candidates:
    """Embeddings that may be among the nearest.

    Attributes
    ----------
    embedding_ids, sample_ids : np.ndarray [shape=(n,), dtype=int64]
    scores : np.ndarray [shape=(n,), dtype=float32]
        Cosine similarities, best first: approximate ones from the graph, exact ones from the tail.
    path : {"graph", "scan"}
        How those of the index were found; "graph" where any of them were by a graph.
    width : int
        Of the walk; 0 where there was none.
    complete : bool
        These are all that are allowed; else as many as were asked for, and none of the others
        has a higher score.
    score_error, code_error : float
        How far scores from the graph may be off; and how far at the very most.
    """

    embedding_ids: Int64Array
    sample_ids: Int64Array
    scores: Float32Array
    path: Path
    width: int
    complete: bool
    score_error: float = QUANTISATION
    code_error: float = QUANTISATION

    def samples(self, first: int | None = None) -> dict[int, int]:
        """Return sample ids by embedding id, of all or of the first few."""
        ids, samples = self.embedding_ids[:first].tolist(), self.sample_ids[:first].tolist()
        return dict(zip(ids, samples, strict=True))

    def bound_after(self, ranked: int) -> float:
        """Return what any that is not among the first `ranked` can score exactly, at most."""
        if ranked < len(self.scores):
            return float(self.scores[ranked]) + self.score_error
        if self.complete:
            return NOTHING_ELSE
        return float(self.scores[-1]) + self.score_error if len(self.scores) else 1.0

    def holds(self, scored: Iterable[tuple[int, int, float]]) -> bool:
        """Whether exact scores, by embedding, are those of the vectors that the index holds.

        They are not where another client wrote another vector in the place of one.
        """
        most = self.code_error + QUANTISATION
        known = dict(zip(self.embedding_ids.tolist(), self.scores.tolist(), strict=True))
        return all(abs(score - known[number]) <= most for number, _, score in scored)

    def worth_ranking(self, n: int) -> int:
        """Count those that can be among the exact `n` best, given how far scores may be off."""
        import numpy as np

        if len(self.scores) <= n:
            return len(self.scores)
        floor = self.scores[n - 1] - 2 * self.score_error
        return int(np.count_nonzero(self.scores >= floor))


def allow(view: IndexView, sample_ids: Int64Array) -> Allowed:
    """Find the positions of the samples that a filter lets through."""
    import numpy as np

    live = []
    for one in view.live:
        mask: BoolArray = np.isin(one.segment.rows.sample_ids, sample_ids)
        live.append(LiveSegment(one.segment, mask if one.mask is None else mask & one.mask))
    return Allowed(tuple(live), np.isin(view.tail.sample_ids, sample_ids))


def leave_out_samples(view: IndexView, sample_ids: Int64Array, allowed: Allowed | None) -> Allowed:
    """Leave out samples, besides what a filter leaves out."""
    import numpy as np

    live = []
    for one in view.live if allowed is None else allowed.live:
        others: BoolArray = np.isin(one.segment.rows.sample_ids, sample_ids, invert=True)
        live.append(LiveSegment(one.segment, others if one.mask is None else others & one.mask))
    tail = np.isin(view.tail.sample_ids, sample_ids, invert=True)
    return Allowed(tuple(live), tail if allowed is None else tail & allowed.tail)


def leave_out_embeddings(
    view: IndexView, embedding_ids: Int64Array, allowed: Allowed | None
) -> Allowed:
    """Leave out some embeddings, besides what a filter leaves out; it costs what these do."""
    import numpy as np

    live = []
    for one in view.live if allowed is None else allowed.live:
        positions = one.segment.rows.positions(embedding_ids)
        if len(positions):
            whole = np.ones(one.segment.rows.count, dtype=np.bool_)
            mask = whole if one.mask is None else one.mask.copy()
            mask[positions] = False
            live.append(LiveSegment(one.segment, mask))
        else:
            live.append(one)
    tail = np.isin(view.tail.embedding_ids, embedding_ids, invert=True)
    return Allowed(tuple(live), tail if allowed is None else tail & allowed.tail)


def find_candidates(
    view: IndexView, vector: Float32Array, pool: int, allowed: Allowed | None = None
) -> Candidates:
    """Find the `pool` embeddings nearest to a unit vector, in the graphs and the tail together.

    A segment of which at least `GRAPH_SHARE` is allowed is walked; below it, or where the walk
    finds too few, what is allowed is scanned: there are exactly `pool` candidates when so many are
    allowed.

    Parameters
    ----------
    view : IndexView
    vector : np.ndarray [shape=(dim,), dtype=float32]
    pool : int
    allowed : Allowed, optional
        What a filter lets through; all by default.
    """
    live, least = (view.live, 0) if allowed is None else (allowed.live, FILTERED_WIDTH)
    live = tuple(one for one in live if one.count)
    found, width = _walk(view, live, vector, (pool, least))
    path: Path = "scan" if live else "graph"
    for at, one in enumerate(live):
        wanted, walked = min(pool, one.count), found[at]
        if walked is not None and len(walked.positions) == wanted:
            path = "graph"
        else:
            answer = one.segment.graph.scan(vector[None, :], wanted, one.selection)
            found[at] = _found(one.segment, answer)
    count = sum(one.count for one in live)
    candidates = replace(
        _unite([one for one in found if one], (pool, count), path, width),
        score_error=view.score_error,
        code_error=view.code_error,
    )
    return _with_tail(candidates, view, vector, pool, allowed) if view.tail.count else candidates


@dataclass(frozen=True, eq=False)
class _SegmentFound:
    """What was found in a segment, best first."""

    segment: Segment
    positions: Int64Array
    scores: Float32Array


def _walk(
    view: IndexView, live: Sequence[LiveSegment], vector: Float32Array, sizes: tuple[int, int]
) -> tuple[list[_SegmentFound | None], int]:
    """Walk the graphs, and once more where what was found tells of a far query.

    Sizes are how many are wanted, and the least width.

    Returns
    -------
    found : list of _SegmentFound or None
        None where so little is allowed that a scan is better.
    width : int
        0 where nothing was walked.
    """
    pool, least = sizes
    which = [one.count >= GRAPH_SHARE * one.segment.rows.count for one in live]
    if not any(which):
        return [None] * len(live), 0

    def walk(width: int) -> list[_SegmentFound | None]:
        pairs = zip(live, which, strict=True)
        return [_walk_one(one, vector, pool, width) if yes else None for one, yes in pairs]

    width = max(view.widths.near, least)
    found = walk(width)
    if width < view.widths.far and view.widths.are_narrow_for(_scores(found)):
        width = view.widths.far
        found = walk(width)
    return found, width


def _walk_one(one: LiveSegment, vector: Float32Array, pool: int, width: int) -> _SegmentFound:
    wanted = min(pool, one.count)
    return _found(
        one.segment, one.segment.graph.search(vector[None, :], wanted, width, one.selection)
    )


def _scores(found: Sequence[_SegmentFound | None]) -> Float32Array:
    """Return the scores of what was found, best first."""
    import numpy as np

    scores = [one.scores for one in found if one is not None]
    return scores[0] if len(scores) == 1 else -np.sort(-np.concatenate(scores))


def _found(segment: Segment, answer: tuple[Float32Array, Int64Array]) -> _SegmentFound:
    """Take the first query's answer; -1 comes last in it."""
    scores, positions = answer[0][0], answer[1][0]
    if positions[-1] < 0:
        scores, positions = scores[positions >= 0], positions[positions >= 0]
    return _SegmentFound(segment, positions, scores)


def _unite(
    found: Sequence[_SegmentFound], sizes: tuple[int, int], path: Path, width: int
) -> Candidates:
    """Unite what was found in all segments; sizes are the pool, and how many are allowed."""
    import numpy as np

    ids = [one.segment.rows.embedding_ids[one.positions] for one in found]
    samples = [one.segment.rows.sample_ids[one.positions] for one in found]
    pool, count = sizes
    if len(found) == 1:
        complete = len(ids[0]) == count
        return Candidates(ids[0], samples[0], found[0].scores, path, width, complete)
    none = np.empty(0, dtype=np.int64)
    scores = np.concatenate([none.astype(np.float32), *(one.scores for one in found)])
    order = np.argsort(-scores, kind="stable")[:pool]
    all_ids, all_samples = np.concatenate([none, *ids]), np.concatenate([none, *samples])
    complete = len(order) == count
    return Candidates(all_ids[order], all_samples[order], scores[order], path, width, complete)


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
    return replace(
        found,
        embedding_ids=ids[order],
        sample_ids=samples[order],
        scores=scores[order],
        complete=complete,
    )
