"""A graph's links on its lowest level: what they reach, and in which order."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlclap.arrays import BoolArray, Int32Array, Int64Array

AT_ONCE = 50_000
"""Vectors whose links are looked at together; more would only take more memory."""

NEAREST = (32, 256, 2_048)
"""How many of the nearest are looked at for one that has a free link, step by step."""

ROUNDS = 8


@dataclass(frozen=True)
class Links:
    """The links of a graph's lowest level, as they lie in its memory.

    Attributes
    ----------
    table : np.ndarray [shape=(slots,), dtype=int32]
        Positions linked to, of all levels; -1 where a slot is free. Writing changes the graph.
    starts : np.ndarray [shape=(count,), dtype=int64]
        Where in the table a position's links begin: those of the lowest level come first.
    most : int
        Links of a position on the lowest level, at most.
    entry : int
        Where walks begin.
    """

    table: Int32Array
    starts: Int64Array
    most: int
    entry: int

    def of(self, positions: Int64Array) -> Int64Array:
        """Return what some positions link to, shape (links,), in order."""
        import numpy as np

        slots = self.table[self.starts[positions, None] + np.arange(self.most)].ravel()
        found: Int64Array = slots[slots >= 0].astype(np.int64)
        return found

    def reach(self, seen: BoolArray, first: int) -> list[Int64Array]:
        """Mark all that can be reached from a position; return the new ones, step by step.

        Parameters
        ----------
        seen : np.ndarray [shape=(count,), dtype=bool]
            What has been reached; it is changed.
        first : int
        """
        import numpy as np

        front = np.array([first], dtype=np.int64)
        seen[first] = True
        order = []
        while len(front):
            order.append(front)
            following = []
            for start in range(0, len(front), AT_ONCE):
                linked = self.of(front[start : start + AT_ONCE])
                linked = linked[~seen[linked]]
                _, at = np.unique(linked, return_index=True)
                new = linked[np.sort(at)]
                seen[new] = True
                following.append(new)
            front = np.concatenate(following)
        return order

    def free_slot(self, position: int) -> int | None:
        """Return where in the table a position has room for one more link."""
        import numpy as np

        start = int(self.starts[position])
        free = np.flatnonzero(self.table[start : start + self.most] < 0)
        return start + int(free[0]) if len(free) else None


def breadth_first(links: Links) -> Int64Array:
    """Order a graph's vectors by the first one that links to them.

    What links to one vector is mostly near it, so a walk then reads from few stretches of memory
    instead of from all of it. Cuthill, McKee: Reducing the bandwidth of sparse symmetric matrices
    (1969), without its sorting by degree, which gained nothing.

    Returns
    -------
    np.ndarray [shape=(count,), dtype=int64]
        Each position once; those that no link leads to come last.
    """
    import numpy as np

    seen = np.zeros(len(links.starts), dtype=np.bool_)
    order = links.reach(seen, links.entry)
    return np.concatenate([*order, np.flatnonzero(~seen)])


def connect(links: Links, near: Callable[[int, int], Int64Array]) -> int:
    """Make all positions reachable; return how many were not.

    Each that is not gets a link from the nearest one that is and has room. Where none of those
    looked at has room, the last link of the nearest gives way, and what that has cut off is
    linked in another round.

    Parameters
    ----------
    links : Links
        Of the graph; changed.
    near : callable
        Gives positions near a position, as many as asked for or fewer, nearest first.
    """
    import numpy as np

    lost = 0
    for _ in range(ROUNDS):
        seen = np.zeros(len(links.starts), dtype=np.bool_)
        links.reach(seen, links.entry)
        unreached = np.flatnonzero(~seen)
        lost = lost or len(unreached)
        if not len(unreached):
            break
        for position in unreached.tolist():
            if not seen[position]:
                slot, other = _slot_near(links, near, position, seen)
                links.table[slot] = position
                back = links.free_slot(position)
                if back is not None:  # who comes by this way gets on
                    links.table[back] = other
                links.reach(seen, position)
    return lost


def _slot_near(
    links: Links, near: Callable[[int, int], Int64Array], position: int, seen: BoolArray
) -> tuple[int, int]:
    """Return a slot for a link to a position, and which of those seen it belongs to."""
    found = [links.entry]
    for k in NEAREST:
        some = near(position, min(k, len(links.starts)))
        found = some[seen[some]].tolist() or found
        for other in found:
            slot = links.free_slot(other)
            if slot is not None:
                return slot, other
    return int(links.starts[found[0]]) + links.most - 1, found[0]
