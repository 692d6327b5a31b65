"""Recall against the exact answer, over probes: queries that are kept with the index.

The exact neighbours are gathered while the vectors stream by during a build, and kept: when an
index catches up, only the new vectors are compared.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from sqlclap.ctrl_c import ctrl_c_waits
from sqlclap.db.vectors import unit_rows
from sqlclap.index.hashed_file import HashedFile
from sqlclap.index.settings import (
    EF_SEARCH_STEPS,
    OUT_OF_DISTRIBUTION_STEPS,
    OUT_OF_DISTRIBUTION_TARGET,
    POOL,
    RECALL_TARGET,
    EfSearch,
    K,
    RecallTarget,
)

if TYPE_CHECKING:
    from sqlclap.arrays import Float32Array, Float64Array, Int64Array
    from sqlclap.index.segments import Segment

QUERIES = 256
KEPT = 3 * K  # true neighbours kept, so that some may be deleted later
NOT_STORED = -1
ROUNDING = 1e-6
PREFIXES = {"in_distribution": "near", "out_of_distribution": "far", "mixed": "mixed"}
"""Of arrays in a file of probes."""

MIXED_OF = 6
NOTHING_LEFT = 1e-3  # length of a mixture of vectors that are all the same, but for rounding


@dataclass(frozen=True)
class QuerySample:
    """Queries with their true neighbours.

    Attributes
    ----------
    ids : np.ndarray [shape=(queries,), dtype=int64]
        Embeddings that serve as queries; none is its own neighbour. -1 where none is stored.
    vectors : np.ndarray [shape=(queries, dim), dtype=float32]
        Unit vectors, about as 16-bit floats hold them: so they are kept.
    true_ids : np.ndarray [shape=(queries, KEPT), dtype=int64]
        Embeddings, nearest first; 0 where there are fewer.
    true_scores : np.ndarray [shape=(queries, KEPT), dtype=float32]
    """

    ids: Int64Array
    vectors: Float32Array
    true_ids: Int64Array
    true_scores: Float32Array

    def seen(self, ids: Int64Array, vectors: Float32Array) -> QuerySample:
        """Compare the queries with more vectors, shape (n, dim); return the sample after it."""

        scores = self.vectors @ vectors.T
        scores[self.ids[:, None] == ids[None, :]] = -np.inf
        # After a few pages, hardly any vector is among the nearest of any query.
        useful = np.flatnonzero((scores > self.true_scores[:, -1:]).any(axis=0))
        if not len(useful):
            return self
        scores, ids = scores[:, useful], ids[useful]
        best = min(KEPT, scores.shape[1])
        among = np.argpartition(-scores, best - 1, axis=1)[:, :best]
        all_ids = np.concatenate([self.true_ids, ids[among]], axis=1)
        near = np.take_along_axis(scores, among, axis=1)
        all_scores = np.concatenate([self.true_scores, near], axis=1)
        order = np.argsort(-all_scores, axis=1, kind="stable")[:, :KEPT]
        return replace(
            self,
            true_ids=np.take_along_axis(all_ids, order, axis=1),
            true_scores=np.take_along_axis(all_scores, order, axis=1),
        )


@dataclass(frozen=True)
class Probes:
    """Queries of each kind.

    Attributes
    ----------
    in_distribution : QuerySample
        Stored vectors.
    out_of_distribution : QuerySample
        Random mixtures of these without what they have in common, as far from every vector as
        queries in words are, or a little farther: what finds these finds those.
    mixed : QuerySample
        Sums of six stored vectors each, as composed queries are: what is near to any of the six
        is about as near to these.
    """

    in_distribution: QuerySample
    out_of_distribution: QuerySample
    mixed: QuerySample

    def seen(self, ids: Int64Array, vectors: Float32Array) -> Probes:
        """Compare the queries with more vectors, shape (n, dim); return the probes after it."""
        samples = (self.in_distribution, self.out_of_distribution, self.mixed)
        return Probes(*(sample.seen(ids, vectors) for sample in samples))

    def write(self, file: HashedFile) -> None:
        """Write the probes to a file."""

        archive, arrays = io.BytesIO(), {}
        for kind, prefix in PREFIXES.items():
            sample = vars(getattr(self, kind))
            arrays.update({f"{prefix}_{name}": array for name, array in sample.items()})
            arrays[f"{prefix}_vectors"] = sample["vectors"].astype(np.float16)
        with ctrl_c_waits():  # an archive that is left half written has an error of its own
            np.savez(archive, **arrays)
        file.write(archive.getvalue())


def new_probes(ids: Int64Array, vectors: Float32Array) -> Probes:
    """Make probes of some stored vectors; they have seen no vectors yet."""

    number = len(vectors) // 2 if len(vectors) > 1 else 0  # half as many do, in half the time
    mixing = np.random.default_rng(0).standard_normal((number, len(vectors)))
    mixtures = _mixed(mixing, vectors - vectors.mean(axis=0)) if number else vectors[:0]
    few = np.zeros((number // 2, len(vectors)))
    random = np.random.default_rng(1)
    for row in few:
        row[random.choice(len(vectors), min(MIXED_OF, len(vectors)), replace=False)] = 1
    return Probes(_unseen(ids, vectors), _unstored(mixtures), _unstored(_mixed(few, vectors)))


def _mixed(mixing: Float64Array, vectors: Float32Array) -> Float32Array:
    """Return sums of vectors that have a direction, as unit vectors."""
    sums = (mixing @ vectors).astype(np.float32)
    return unit_rows(sums[np.linalg.norm(sums, axis=1) > NOTHING_LEFT])


def _unstored(vectors: Float32Array) -> QuerySample:
    return _unseen(np.full(len(vectors), NOT_STORED), vectors)


def _unseen(ids: Int64Array, vectors: Float32Array) -> QuerySample:
    none = np.zeros((len(ids), KEPT), dtype=np.int64)
    scores = np.full((len(ids), KEPT), -np.inf, dtype=np.float32)
    return QuerySample(ids, _as_kept(vectors), none, scores)


def _as_kept(vectors: Float32Array) -> Float32Array:
    return unit_rows(vectors.astype(np.float16).astype(np.float32))


def read_probes(path: Path) -> Probes:
    """Read probes from their file."""

    with np.load(path) as stored:
        samples = {
            kind: {name: stored[f"{prefix}_{name}"] for name in QuerySample.__annotations__}
            for kind, prefix in PREFIXES.items()
            if f"{prefix}_ids" in stored
        }
    none = {name: one[:0] for name, one in samples["in_distribution"].items()}
    samples.setdefault("mixed", none)  # indexes before 0.2 have none of these
    for sample in samples.values():
        sample["vectors"] = _as_kept(sample["vectors"])
    return Probes(**{kind: QuerySample(**sample) for kind, sample in samples.items()})


def measure_recall(
    segments: Sequence[Segment], sample: QuerySample, ef_search: int, far: bool = False
) -> dict[str, Any]:
    """Measure recall@10: the share of the ten true neighbours among what a search finds.

    Of sounds that score the same, such as copies, it makes no difference which are found.

    Parameters
    ----------
    segments : sequence of Segment
        All of an index.
    sample : QuerySample
    ef_search : int
    far : bool
        Walks set out from scouts.

    Returns
    -------
    dict
        mean and p5 (the fifth percentile: the worst queries) from 0 to 1, k, queries.
    """

    recalls: list[float] = []
    there = [one for one in segments if one.graph.count]
    if len(sample.ids) and there:
        found, true = _found_scores(there, sample, ef_search, far), _true_scores(there, sample)
        for found_scores, true_scores in zip(found, true, strict=True):
            wanted = true_scores[~np.isnan(true_scores)][:K]
            if len(wanted):
                count = int(np.count_nonzero(found_scores >= wanted.min() - ROUNDING))
                recalls.append(min(count, len(wanted)) / len(wanted))
    known = np.array(recalls or [1.0])
    mean, p5 = round(float(known.mean()), 5), round(float(np.percentile(known, 5)), 5)
    return {"mean": mean, "p5": p5, "k": K, "queries": len(recalls)}


def _found_scores(
    segments: Sequence[Segment], sample: QuerySample, ef_search: int, far: bool
) -> Float32Array:
    """Return the scores of what searches find, shape (queries, at most POOL).

    -inf stands for what is dead, and for the query itself.
    """

    ranked, valid = [], []
    for segment in segments:
        walk = segment.graph.search_far if far else segment.graph.search
        scores, positions = walk(sample.vectors, POOL, ef_search)
        rows = segment.rows
        own = rows.embedding_ids[positions] == sample.ids[:, None]
        ranked.append(scores)
        valid.append((positions >= 0) & ~own & (rows.dead[positions] == 0))
    scores, valid_all = np.concatenate(ranked, axis=1), np.concatenate(valid, axis=1)
    order = np.argsort(-scores, axis=1, kind="stable")[:, :POOL]
    known: Float32Array = np.where(valid_all, scores, -np.inf)
    return np.take_along_axis(known, order, axis=1)


def _true_scores(segments: Sequence[Segment], sample: QuerySample) -> Float32Array:
    """Return the true neighbours' scores as searches see them, shape (queries, KEPT).

    NaN stands for those that are dead or not there.
    """

    seen = np.full(sample.true_ids.shape, np.nan, dtype=np.float32)
    wanted = sample.true_ids.ravel()
    for segment in segments:
        positions = segment.rows.find(wanted)
        here = (wanted > 0) & (positions >= 0) & (segment.rows.dead[positions] == 0)
        at = np.flatnonzero(here)
        if len(at):
            vectors = segment.graph.vectors(positions[at])
            queries = sample.vectors[at // KEPT]
            seen.ravel()[at] = np.einsum("ij,ij->i", vectors, queries)
    return seen


def measure_both(
    segments: Sequence[Segment], probes: Probes, ef_search: EfSearch
) -> dict[str, Any]:
    """Measure recall@10 of queries in distribution, and under "far" and "mixed" of the others."""
    narrow = measure_recall(segments, probes.in_distribution, ef_search.in_distribution)
    wide = ef_search.out_of_distribution
    far = measure_recall(segments, probes.out_of_distribution, wide, far=True)
    mixed = measure_recall(segments, probes.mixed, ef_search.mixed or wide, far=True)
    return narrow | {"far": far, "mixed": mixed}


def tune(
    segments: Sequence[Segment], probes: Probes, former: EfSearch | None = None
) -> tuple[EfSearch, dict[str, Any]]:
    """Find the smallest `ef_search` that reach the recall wanted, or the largest; and their recall.

    An index that has grown seldom needs less than it did before: `former` ones are tried first,
    and none that are smaller.
    """
    least = former or EfSearch(0, 0, 0.0)
    near = partial(measure_recall, segments, probes.in_distribution)
    steps = _steps_from(EF_SEARCH_STEPS, least.in_distribution)
    narrow, recall = _smallest(steps, near, RECALL_TARGET)
    far = partial(measure_recall, segments, probes.out_of_distribution, far=True)
    steps = _steps_from(OUT_OF_DISTRIBUTION_STEPS, max(narrow, least.out_of_distribution))
    wide, far_recall = _smallest(steps, far, OUT_OF_DISTRIBUTION_TARGET)
    composed = partial(measure_recall, segments, probes.mixed, far=True)
    steps = _steps_from(OUT_OF_DISTRIBUTION_STEPS, max(wide, least.mixed))
    mixed, mixed_recall = _smallest(steps, composed, OUT_OF_DISTRIBUTION_TARGET)
    found = EfSearch(narrow, wide, _in_distribution_score(probes), mixed)
    return found, recall | {"far": far_recall, "mixed": mixed_recall}


def _steps_from(steps: tuple[int, ...], least: int) -> tuple[int, ...]:
    return tuple(step for step in steps if step >= least) or (least,)


def _smallest(
    steps: Sequence[int], measure: Callable[[int], dict[str, Any]], target: RecallTarget
) -> tuple[int, dict[str, Any]]:
    """Return the smallest step with which a target is reached, or the last; and the recall."""
    for ef_search in steps[:-1]:
        recall = measure(ef_search)
        if recall["mean"] >= target.mean and recall["p5"] >= target.p5:
            return ef_search, recall
    return steps[-1], measure(steps[-1])


def _in_distribution_score(probes: Probes) -> float:
    """Find the score of a tenth neighbour that tells queries in distribution from the others.

    It is half-way between what 99 % of those reach and what 90 % of the others don't, and at most
    the former.
    """
    samples = (probes.in_distribution, probes.out_of_distribution)
    inside, outside = (sample.true_scores[:, K - 1] for sample in samples)
    inside, outside = inside[np.isfinite(inside)], outside[np.isfinite(outside)]
    if not len(inside) or not len(outside):
        return -1.0
    low, high = float(np.percentile(inside, 1)), float(np.percentile(outside, 90))
    return round(min(low, (low + high) / 2), 4)
