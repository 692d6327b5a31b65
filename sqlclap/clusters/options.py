"""How clusters are found."""

from __future__ import annotations

import math
from dataclasses import dataclass

from sqlclap.layout.options import refuse_options

SMALLEST, LARGEST = 5, 200


@dataclass(frozen=True)
class ClusterOptions:
    """How clusters are found.

    Attributes
    ----------
    min_size : int, optional
        Sounds that a cluster holds at least; by default it grows with the root of the library.
    neighbors : int
        Nearest sounds that each is tied to: more than for a map, to see whole clusters.
    seed : int
        The same sounds, options and seed give the same clusters.
    """

    min_size: int | None = None
    neighbors: int = 30
    seed: int = 42

    def check(self) -> None:
        """Refuse what can't be done.

        Raises
        ------
        LayoutValueError
            An option is out of range.
        """
        wrong = {
            f"a min_size of at least 2, got {self.min_size}": self.min_size is not None
            and self.min_size < 2,
            f"neighbors of at least 2, got {self.neighbors}": self.neighbors < 2,
            f"a seed of at least 0, got {self.seed}": self.seed < 0,
        }
        refuse_options(wrong)

    def size_for(self, sounds: int) -> int:
        """Return the smallest cluster of a library of so many sounds."""
        if self.min_size is not None:
            return self.min_size
        return min(LARGEST, max(SMALLEST, round(0.4 * math.sqrt(sounds))))
