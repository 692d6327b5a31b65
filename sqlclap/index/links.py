"""A graph's links on its lowest level: what they reach, and in which order."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from sqlclap.arrays import BoolArray, Int32Array, Int64Array

Near: TypeAlias = "Callable[[Int64Array, int], Int64Array]"
"""Gives the positions nearest to each of some, nearest first, shape (positions, k): -1 where there
are fewer. A position may be among its own."""

AT_ONCE = 50_000
"""Vectors whose links are looked at together; more would only take more memory."""

NEAREST = (32, 256, 2_048)
"""How many of the nearest are looked at for one that has a free link, step by step."""

ROUNDS = 8

LOW_IN_DEGREE = 3
"""A vector that no more than so many link to is missed by many walks: at a million made-up windows,
one in ten."""

RAISED_IN_DEGREE = 6
"""So many are to link to it afterwards: more don't help, and each makes walks longer."""

LINKED_FROM = 16
"""So many of its nearest are asked for room for a link to it."""


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

    @property
    def count(self) -> int:
        """Positions of the graph."""
        return len(self.starts)

    def slots(self, positions: Int64Array) -> Int32Array:
        """Return the slots of some positions on the lowest level, shape (positions, most)."""
        import numpy as np

        slots: Int32Array = self.table[self.starts[positions, None] + np.arange(self.most)]
        return slots

    def of(self, positions: Int64Array) -> Int64Array:
        """Return what some positions link to, shape (links,), in order."""
        import numpy as np

        slots = self.slots(positions).ravel()
        found: Int64Array = slots[slots >= 0].astype(np.int64)
        return found

    def in_degrees(self) -> Int64Array:
        """Count the links to each position, shape (count,)."""
        import numpy as np

        degrees = np.zeros(self.count, dtype=np.int64)
        for start in range(0, self.count, AT_ONCE):
            positions = np.arange(start, min(start + AT_ONCE, self.count))
            degrees += np.bincount(self.of(positions), minlength=self.count)
        return degrees

    def add(self, sources: Int64Array, targets: Int64Array) -> Int64Array:
        """Link sources to targets, both of shape (n,), where that is new and there is room.

        A source is given one link, the first of those it is named for.

        Returns
        -------
        np.ndarray [shape=(added,), dtype=int64]
            The targets of the new links.
        """
        import numpy as np

        slots = self.slots(sources)
        new = (slots < 0).any(axis=1) & ~(slots == targets[:, None]).any(axis=1)
        at = np.flatnonzero(new)
        at = at[np.unique(sources[at], return_index=True)[1]]
        self.table[self.starts[sources[at]] + (slots[at] < 0).argmax(axis=1)] = targets[at]
        return targets[at]

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


def raise_in_degrees(links: Links, near: Near) -> None:
    """Let near ones that have room link to positions that few link to.

    A new vector displaces links to older ones, and some are left with hardly any: walks that come
    by another way never see them, however widely they search.

    Parameters
    ----------
    links : Links
        Of the graph; changed.
    near : callable
    """
    import numpy as np

    degrees = links.in_degrees()
    low = np.flatnonzero(degrees <= LOW_IN_DEGREE)
    for start in range(0, len(low), AT_ONCE):
        positions = low[start : start + AT_ONCE]
        for sources in near(positions, LINKED_FROM + 1).T:
            wanting = (sources >= 0) & (sources != positions)
            wanting &= degrees[positions] < RAISED_IN_DEGREE
            degrees[links.add(sources[wanting], positions[wanting])] += 1


def breadth_first(links: Links) -> tuple[Int64Array, int]:
    """Order a graph's vectors by the first one that links to them.

    What links to one vector is mostly near it, so a walk then reads from few stretches of memory
    instead of from all of it. Cuthill, McKee: Reducing the bandwidth of sparse symmetric matrices
    (1969), without its sorting by degree, which gained nothing.

    Returns
    -------
    order : np.ndarray [shape=(count,), dtype=int64]
        Each position once; those that no link leads to come last.
    reached : int
        How many come before those.
    """
    import numpy as np

    seen = np.zeros(links.count, dtype=np.bool_)
    order = np.concatenate(links.reach(seen, links.entry))
    return np.concatenate([order, np.flatnonzero(~seen)]), len(order)


@dataclass(frozen=True)
class Connected:
    """What `connect` did.

    Attributes
    ----------
    count : int
        Positions that could not be reached before.
    order : np.ndarray [shape=(count,), dtype=int64]
        All positions, breadth first; see `breadth_first`.
    """

    count: int
    order: Int64Array


def connect(links: Links, near: Near) -> Connected:
    """Make all positions reachable.

    Each that is not gets a link from the nearest one that is and has room. Where none of those
    looked at has room, the last link of the nearest gives way, and what that has cut off is
    linked in another round.

    Parameters
    ----------
    links : Links
        Of the graph; changed.
    near : callable
    """
    import numpy as np

    lost = 0
    for _ in range(ROUNDS):
        order, reached = breadth_first(links)
        lost = lost or len(order) - reached
        if reached == len(order):
            break
        seen = np.zeros(links.count, dtype=np.bool_)
        seen[order[:reached]] = True
        for position in order[reached:].tolist():
            if not seen[position]:
                slot, other = _slot_near(links, near, position, seen)
                links.table[slot] = position
                back = links.free_slot(position)
                if back is not None:  # who comes by this way gets on
                    links.table[back] = other
                links.reach(seen, position)
    return Connected(lost, order)


def _slot_near(links: Links, near: Near, position: int, seen: BoolArray) -> tuple[int, int]:
    """Return a slot for a link to a position, and which of those seen it belongs to."""
    import numpy as np

    found = [links.entry]
    for k in NEAREST:
        nearest = near(np.array([position], dtype=np.int64), min(k, links.count))[0]
        nearest = nearest[nearest >= 0]
        found = nearest[seen[nearest]].tolist() or found
        for other in found:
            slot = links.free_slot(other)
            if slot is not None:
                return slot, other
    return int(links.starts[found[0]]) + links.most - 1, found[0]
