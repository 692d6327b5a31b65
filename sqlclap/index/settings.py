"""Settings of an index: when one is worth having, how it is built, how widely it is searched."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from sqlclap.errors import QueryError
from sqlclap.quantities import brief

if TYPE_CHECKING:
    from sqlclap.arrays import BoolArray, Float32Array

EXACT_BELOW = 20_000
"""Vectors below which an exact scan answers fast enough (about 13 ms) without any index."""

SEGMENT_ROWS = 1_000_000
"""Most vectors in one segment: what a merge takes, on the disk and in memory, is bounded by it."""

MERGE_FACTOR = 4
"""A segment is merged with what comes to it when it is at most so many times as large: so there
are few segments, and a vector is seldom written again."""

DEAD_LIMIT = 0.2
"""Share of removed vectors in a segment above which it is built anew."""

TAIL_LIMIT = 0.5
"""Tail, as a share of a small index, above which all of it is built anew."""

REFRESH_ROWS = 1_000
"""Ingest lets an index catch up once at least so many vectors wait outside it."""

REFRESH_SHARE = 0.005
"""... and at least this share of the index, so that segments don't get too small."""

LINK_BYTES = 200
"""Most that the links and the row of a vector take in a segment, beside the vector itself."""

Codes = Literal["fp16", "compact"]
"""How a graph holds vectors: as 16-bit floats, or as 8 bits a number. What is found is ranked by
the stored vectors either way."""

CODES: tuple[Codes, ...] = ("fp16", "compact")
CODE_BYTES: dict[Codes, int] = {"fp16": 2, "compact": 1}
LINKS: dict[Codes, int] = {"fp16": 16, "compact": 13}
"""Links of a vector on each level: compact codes are to take 650 bytes a vector at 512 numbers,
its row and the probes included."""


LEAST_EF_SEARCH: dict[Codes, int] = {"fp16": 64, "compact": 80}
"""The narrowest walks: what a build asks with lies among the vectors, and finds a little more than
others do through few links."""


@dataclass(frozen=True)
class IndexParams:
    """How a graph is built.

    Attributes
    ----------
    m : int or None
        Links of a vector on each level (twice as many on the lowest); None leaves it to the codes.
    ef_construction : int
        Candidates looked at when a vector is linked in.
    codes : {"fp16", "compact"} or None
        How vectors are held; None as in the index in force, else as 16-bit floats.
    """

    m: int | None = None
    ef_construction: int = 128
    codes: Codes | None = None

    def settled(self, in_force: object) -> IndexParams:
        """Return them with nothing left open, given the codes of the index in force."""
        if self.codes is not None and self.codes not in CODES:
            raise QueryError(f"expected codes of {', '.join(CODES)}, got {brief(self.codes)}")
        known: list[Codes] = [codes for codes in CODES if codes == in_force]
        codes = self.codes or (known[0] if known else "fp16")
        return IndexParams(self.m or LINKS[codes], self.ef_construction, codes)


@dataclass(frozen=True)
class RecallTarget:
    """Recall@10 that an `ef_search` has to reach: mean, and fifth percentile of the queries."""

    mean: float
    p5: float


EF_SEARCH_STEPS = (64, 80, 96, 128, 192, 256, 384, 512, 768, 1024)
OUT_OF_DISTRIBUTION_STEPS = (128, 192, 256, 384, 512, 768, 1024, 1536, 2048, 3072, 4096)
"""`ef_search` tried after a build; the first that reaches the recall wanted is kept."""

RECALL_TARGET = RecallTarget(0.992, 0.9)
OUT_OF_DISTRIBUTION_TARGET = RecallTarget(0.99, 0.9)

MEASURE_SHARE = 0.1
"""Share of an index that may come and go before its recall is measured again: what comes is in
small graphs, which find more than large ones."""


def is_worth_building(vectors: int) -> bool:
    """Whether a library of this many vectors gains from an index."""
    return vectors >= EXACT_BELOW


def must_rebuild(indexed: int, dead: int, tail: int) -> bool:
    """Whether a small index is too worn to catch up.

    Parameters
    ----------
    indexed : int
        Vectors in the graphs, dead ones included.
    dead : int
        Removed vectors among them.
    tail : int
        Vectors outside them.
    """
    small = indexed + tail <= SEGMENT_ROWS
    return small and (dead > DEAD_LIMIT * indexed or tail > TAIL_LIMIT * indexed)


def segment_bytes(vectors: int, dim: int, codes: Codes | None) -> int:
    """Return an upper bound of what segments of this many vectors take on the disk, in bytes."""
    return vectors * (CODE_BYTES[codes or "fp16"] * dim + LINK_BYTES)


def room_in_segment(count: int) -> int:
    """Return how many more vectors a segment of this many can take."""
    return max(0, SEGMENT_ROWS - count)


def is_worn(count: int, dead: int) -> bool:
    """Whether enough of a segment's vectors are dead for it to be built anew."""
    return dead > DEAD_LIMIT * count


def choose_merge(sizes: Sequence[int], added: int) -> list[int]:
    """Choose the segments that new vectors are merged with, by their places.

    Parameters
    ----------
    sizes : sequence of int
        Positions of each segment.
    added : int
        Vectors that come to them.
    """
    chosen: list[int] = []
    for place in sorted(range(len(sizes)), key=lambda place: (sizes[place], place)):
        if not added or sizes[place] > MERGE_FACTOR * added:
            break
        if sizes[place] + added > SEGMENT_ROWS:
            break
        chosen.append(place)
        added += sizes[place]
    return chosen


def is_worth_refreshing(indexed: int, dead: int, tail: int) -> bool:
    """Whether enough has gathered outside an index, or died in it, to publish it anew."""
    waiting = tail >= max(REFRESH_ROWS, REFRESH_SHARE * indexed)
    return waiting or dead > DEAD_LIMIT * indexed


POOL = 64
"""Candidates that a walk for ten finds; those that can be among the ten are ranked exactly."""

K = 10
"""Neighbours that recall is measured over, and the one whose score tells near from far."""


@dataclass(frozen=True)
class EfSearch:
    """How many candidates a walk through an index keeps: `ef_search`, as HNSW calls it.

    A sound's neighbours are mostly found by a narrow walk. A query in words lies farther from
    every sound than sounds do from each other; walked so narrowly, some find nothing right at all.

    Attributes
    ----------
    in_distribution : int
        For queries among the vectors.
    out_of_distribution : int
        For those that lie away from all of them.
    in_distribution_score : float
        A query whose tenth neighbour scores less is out of distribution.
    mixed : int
        For composed queries, which lie between neighbourhoods and are to find what is best in all
        of them; 0: as for those out of distribution. Not less, since terms may all be words.
    """

    in_distribution: int
    out_of_distribution: int
    in_distribution_score: float
    mixed: int = 0

    def are_out_of_distribution(self, scores: Float32Array) -> BoolArray:
        """Whether queries are, by the scores of what narrow walks found, best first.

        Parameters
        ----------
        scores : np.ndarray [shape=(..., pool > 0), dtype=float32]
            Of one query, or of many.

        Returns
        -------
        np.ndarray [shape=(...), dtype=bool]
        """
        below: BoolArray = scores[..., min(K, scores.shape[-1]) - 1] < self.in_distribution_score
        return below


def ef_search_of(params: Mapping[str, Any]) -> EfSearch:
    """Read them from an index's parameters."""
    near, far = int(params["ef_search"]), int(params["ef_far"])
    return EfSearch(near, far, float(params["near_score"]), int(params.get("ef_mixed", far)))


def must_measure(count: int, changed: int) -> bool:
    """Whether so much of an index has come or gone that its recall is measured again.

    Parameters
    ----------
    count : int
        Vectors in it.
    changed : int
        Vectors that came or went since its recall was measured.
    """
    return changed > MEASURE_SHARE * count
