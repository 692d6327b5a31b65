"""Candidates from an index: of each segment by graph or scan, united with the tail."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from math import ceil
from typing import TYPE_CHECKING

from sqlclap.index.candidates import Candidates, Path
from sqlclap.index.reader import IndexView
from sqlclap.index.segments import LiveSegment, Segment

if TYPE_CHECKING:
    from sqlclap.arrays import BoolArray, Float32Array, Int64Array

GRAPH_SHARE = 0.05
"""Share of allowed vectors below which scanning them beats the graph: its recall falls there."""

SPARSE = 16
"""Samples whose numbers go beyond so many times their count are looked up without a table."""

FILTERED_EF_SEARCH = 256
"""A walk for what a filter lets through keeps at least so many candidates."""


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


def allow(view: IndexView, sample_ids: Int64Array) -> Allowed:
    """Find the positions of the samples that a filter lets through."""
    live = []
    for one in view.live:
        mask = are_among(one.segment.rows.sample_ids, sample_ids)
        live.append(LiveSegment(one.segment, mask if one.mask is None else mask & one.mask))
    return Allowed(tuple(live), are_among(view.tail.sample_ids, sample_ids))


def are_among(sample_ids: Int64Array, some: Int64Array) -> BoolArray:
    """Return which samples are among some, shape (n,): a quarter of what `np.isin` takes."""
    import numpy as np

    if not len(sample_ids) or not len(some):
        return np.zeros(len(sample_ids), dtype=np.bool_)
    least, most = int(some.min()), int(some.max())
    if least < 1 or most > SPARSE * (len(sample_ids) + len(some)):
        return np.isin(sample_ids, some)
    table = np.zeros(most + 2, dtype=np.bool_)
    table[some] = True
    found: BoolArray = table.take(sample_ids, mode="clip")  # beyond both ends stands False
    return found


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


@dataclass(frozen=True)
class Walking:
    """How graphs are walked for a query.

    Attributes
    ----------
    mixed : bool
        It is a composed query's vector; of others a first walk tells whether they are out of
        distribution.
    ef_share : float
        Share of the usual `ef_search` that does for a query in distribution without a filter.
    """

    mixed: bool = False
    ef_share: float = 1.0


USUALLY = Walking()


def find_candidates(
    view: IndexView,
    vector: Float32Array,
    pool: int,
    allowed: Allowed | None = None,
    walking: Walking = USUALLY,
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
    walking : Walking, optional
    """
    live = view.live if allowed is None else allowed.live
    live = tuple(one for one in live if one.count)
    search = _SegmentSearch(view, vector[None, :], pool, live, allowed is not None, walking)
    candidates = search.run()
    return _with_tail(candidates, view, vector, pool, allowed) if view.tail.count else candidates


@dataclass(frozen=True, eq=False)
class _SegmentHits:
    """What was found in a segment, best first."""

    segment: Segment
    positions: Int64Array
    scores: Float32Array


@dataclass(frozen=True, eq=False)
class _SegmentSearch:
    """One query's search of the segments.

    Attributes
    ----------
    view : IndexView
    query : np.ndarray [shape=(1, dim), dtype=float32]
        A unit vector.
    pool : int
        How many are wanted.
    live : tuple of LiveSegment
        Those that anything may be found in.
    filtered : bool
    walking : Walking
    """

    view: IndexView
    query: Float32Array
    pool: int
    live: tuple[LiveSegment, ...]
    filtered: bool
    walking: Walking

    def run(self) -> Candidates:
        """Walk or scan each segment, and unite what is found."""
        walked, ef_search = self._walk_all()
        path: Path = "scan" if self.live else "graph"
        hits = []
        for one, found in zip(self.live, walked, strict=True):
            if found is not None and len(found.positions) == min(self.pool, one.count):
                path = "graph"
                hits.append(found)
            else:
                hits.append(self._scan(one))
        return self._united(hits, path, ef_search)

    def _walk_all(self) -> tuple[list[_SegmentHits | None], int]:
        """Walk the graphs; once more where the query turns out to be out of distribution.

        Returns
        -------
        hits : list of _SegmentHits or None
            None where so little is allowed that a scan is better.
        ef_search : int
            0 where nothing was walked.
        """
        if not any(map(is_worth_walking, self.live)):
            return [None] * len(self.live), 0
        known, mixed = self.view.ef_search, self.walking.mixed
        ef_search = max(known.in_distribution, FILTERED_EF_SEARCH if self.filtered else 0)
        wider = known.mixed if mixed else known.out_of_distribution
        if not self.filtered:
            ef_search = ceil(ef_search * self.walking.ef_share)
        if not mixed:
            hits = [self._walk(one, ef_search) for one in self.live]
            best = _best_scores(hits)
            if not len(best) or not known.are_out_of_distribution(best):
                return hits, ef_search
        ef_search = max(ef_search, wider)
        return [self._walk(one, ef_search, far=True) for one in self.live], ef_search

    def _walk(self, one: LiveSegment, ef_search: int, far: bool = False) -> _SegmentHits | None:
        if not is_worth_walking(one):
            return None
        wanted, graph = min(self.pool, one.count), one.segment.graph
        walk = graph.search_far if far else graph.search
        return _hits(one.segment, walk(self.query, wanted, ef_search, one.selection))

    def _scan(self, one: LiveSegment) -> _SegmentHits:
        wanted, graph = min(self.pool, one.count), one.segment.graph
        return _hits(one.segment, graph.scan(self.query, wanted, one.selection))

    def _united(self, hits: Sequence[_SegmentHits], path: Path, ef_search: int) -> Candidates:
        import numpy as np

        ids = [one.segment.rows.embedding_ids[one.positions] for one in hits]
        samples = [one.segment.rows.sample_ids[one.positions] for one in hits]
        scores = [one.scores for one in hits]
        if len(hits) == 1:
            arrays = ids[0], samples[0], scores[0]
        else:
            none = np.empty(0, dtype=np.int64)
            all_scores = np.concatenate([none.astype(np.float32), *scores])
            order = np.argsort(-all_scores, kind="stable")[: self.pool]
            every = np.concatenate([none, *ids]), np.concatenate([none, *samples])
            arrays = every[0][order], every[1][order], all_scores[order]
        complete = len(arrays[0]) == sum(one.count for one in self.live)
        return Candidates(*arrays, path, ef_search, complete, self.view.errors)


def is_worth_walking(one: LiveSegment) -> bool:
    """Whether so much of a segment may be found that a walk beats a scan."""
    return one.count >= GRAPH_SHARE * one.segment.rows.count


def _best_scores(hits: Sequence[_SegmentHits | None]) -> Float32Array:
    """Return the scores of what was found, best first."""
    import numpy as np

    scores = [one.scores for one in hits if one is not None]
    return scores[0] if len(scores) == 1 else -np.sort(-np.concatenate(scores))


def _hits(segment: Segment, answer: tuple[Float32Array, Int64Array]) -> _SegmentHits:
    """Take the first query's answer; -1 comes last in it."""
    scores, positions = answer[0][0], answer[1][0]
    if positions[-1] < 0:
        scores, positions = scores[positions >= 0], positions[positions >= 0]
    return _SegmentHits(segment, positions, scores)


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
