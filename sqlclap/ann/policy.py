"""When an index is worth having, and how it is built; measured in docs/BENCHMARKS-index.md."""

from __future__ import annotations

from dataclasses import dataclass

EXACT_BELOW = 20_000
"""Vectors below which an exact scan answers fast enough (about 13 ms) without any index."""

DEAD_LIMIT = 0.2
"""Share of removed vectors in a graph above which it is built anew instead of caught up."""

TAIL_LIMIT = 0.5
"""Tail, as a share of the index, above which it is built anew instead of caught up."""

REFRESH_ROWS = 1_000
"""Ingest lets an index catch up once at least so many vectors wait outside it."""

REFRESH_SHARE = 0.005
"""... and at least this share of the index: catching up writes all of it anew."""


@dataclass(frozen=True)
class IndexParams:
    """How a graph is built.

    Attributes
    ----------
    m : int
        Links of a vector on each level (twice as many on the lowest).
    ef_construction : int
        Candidates looked at when a vector is linked in.
    """

    m: int = 16
    ef_construction: int = 128


@dataclass(frozen=True)
class Wanted:
    """Recall@10 that a search width has to reach: mean, and fifth percentile of the queries."""

    mean: float
    p5: float


NEAR_STEPS = (64, 96, 128, 192, 256, 384, 512)
FAR_STEPS = (128, 192, 256, 384, 512, 768, 1024, 2048, 4096)
"""Search widths tried after a build; the first that reaches the recall wanted is kept."""

NEAR_WANTED = Wanted(0.992, 0.9)
FAR_WANTED = Wanted(0.99, 0.9)


def is_worth_building(vectors: int) -> bool:
    """Whether a library of so many vectors gains from an index."""
    return vectors >= EXACT_BELOW


def must_rebuild(indexed: int, dead: int, tail: int) -> bool:
    """Whether a graph is too worn to catch up.

    Parameters
    ----------
    indexed : int
        Vectors in the graph, dead ones included.
    dead : int
        Removed vectors among them.
    tail : int
        Vectors outside it.
    """
    return dead > DEAD_LIMIT * indexed or tail > TAIL_LIMIT * indexed


def is_worth_refreshing(indexed: int, dead: int, tail: int) -> bool:
    """Whether enough has gathered outside a graph, or died in it, to publish it anew."""
    waiting = tail >= max(REFRESH_ROWS, REFRESH_SHARE * indexed)
    return waiting or dead > DEAD_LIMIT * indexed
