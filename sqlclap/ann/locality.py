"""The order of vectors in memory: those that a walk visits together lie together."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Positions = npt.NDArray[np.int64]

AT_ONCE = 50_000
"""Vectors whose links are looked at together; more would only take more memory."""


def breadth_first(links: Callable[[Positions], Positions], entry: int, count: int) -> Positions:
    """Order a graph's vectors by the first one that links to them.

    What links to one vector is mostly near it, so a walk then reads from few stretches of memory
    instead of from all of it. Cuthill, McKee: Reducing the bandwidth of sparse symmetric matrices
    (1969), without its sorting by degree, which gained nothing.

    Parameters
    ----------
    links : callable
        Gives the links of each of `n` positions: shape (n, most links), -1 where there are fewer.
    entry : int
        Where walks begin.
    count : int
        Vectors in the graph.

    Returns
    -------
    np.ndarray [shape=(count,), dtype=int64]
        Each position once; those that no link leads to come last.
    """
    import numpy as np

    unseen = np.ones(count, dtype=np.bool_)
    unseen[entry] = False
    order, front = [], np.array([entry], dtype=np.int64)
    while len(front):
        order.append(front)
        following = []
        for start in range(0, len(front), AT_ONCE):
            linked = links(front[start : start + AT_ONCE]).ravel()
            linked = linked[linked >= 0]
            linked = linked[unseen[linked]]
            _, first = np.unique(linked, return_index=True)
            new = linked[np.sort(first)]
            unseen[new] = False
            following.append(new)
        front = np.concatenate(following)
    return np.concatenate([*order, np.flatnonzero(unseen)])
