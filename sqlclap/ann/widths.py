"""How widely a graph is searched: by how far from all that it holds a query lies."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

K = 10
"""Neighbours that recall is measured over, and the one whose score tells near from far."""


@dataclass(frozen=True)
class Widths:
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


def widths_of(params: Mapping[str, Any]) -> Widths:
    """Read the widths from an index's parameters."""
    return Widths(int(params["ef_search"]), int(params["ef_far"]), float(params["near_score"]))
