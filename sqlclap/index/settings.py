"""Settings of an index: when one is worth having, how it is built, how widely it is searched."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

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
class RecallTarget:
    """Recall@10 that a search width has to reach: mean, and fifth percentile of the queries."""

    mean: float
    p5: float


NEAR_STEPS = (64, 96, 128, 192, 256, 384, 512)
FAR_STEPS = (128, 192, 256, 384, 512, 768, 1024, 2048, 4096)
"""Search widths tried after a build; the first that reaches the recall wanted is kept."""

NEAR_WANTED = RecallTarget(0.992, 0.9)
FAR_WANTED = RecallTarget(0.99, 0.9)


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


K = 10
"""Neighbours that recall is measured over, and the one whose score tells near from far."""


@dataclass(frozen=True)
class EfSearch:
    """Search widths of an index.

    A sound's neighbours are mostly found by a narrow walk. A query in words lies farther from
    every sound than sounds do from each other; walked so narrowly, some find nothing right at all.

    Attributes
    ----------
    near : int
        For queries among the vectors.
    far : int
        For those that lie away from all of them.
    near_score : float
        A query whose tenth neighbour scores less is far.
    """

    near: int
    far: int
    near_score: float

    def are_narrow_for(self, scores: npt.NDArray[np.float32]) -> bool:
        """Whether what a near walk found, best first, tells of a far query."""
        if not len(scores) or self.far <= self.near:
            return False
        return float(scores[min(K, len(scores)) - 1]) < self.near_score


def ef_search_of(params: Mapping[str, Any]) -> EfSearch:
    """Read the widths from an index's parameters."""
    return EfSearch(int(params["ef_search"]), int(params["ef_far"]), float(params["near_score"]))
