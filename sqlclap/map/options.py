"""How maps are drawn and clusters are found."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from sqlclap.errors import LayoutValueError

Engine = Literal["sqlclap", "umap-learn"]
ENGINES: tuple[Engine, ...] = ("sqlclap", "umap-learn")

PLACED_LIMIT = 0.2
"""Share of placed points above which a map should be fitted anew."""


@dataclass(frozen=True)
class LayoutOptions:
    """How a map is drawn.

    Attributes
    ----------
    neighbors : int
        Nearest sounds that each is tied to, at least 2: few show detail, many the whole.
    min_dist : float
        0 to 0.99: how close neighbours may lie. Less packs groups tighter.
    seed : int
        Maps of the same sounds, options and seed are the same.
    sample : int, optional
        Fit so many sounds, and place the others beside their neighbours.
    from_scratch : bool
        Don't start from the map there is. It is still turned to lie as that did.
    epochs : int, optional
        Rounds of moving points; by default 500, or 200 above 10,000 sounds.
    engine : {"sqlclap", "umap-learn"}
        What lays the points out. umap-learn runs on one thread, and has what follows.
    density : bool
        Let what lies dense by sound lie dense on the map (densMAP).
    supervise : bool
        Draw sounds of one label together, as far as they have any.
    """

    neighbors: int = 15
    min_dist: float = 0.1
    seed: int = 42
    sample: int | None = None
    from_scratch: bool = False
    epochs: int | None = None
    engine: Engine = "sqlclap"
    density: bool = False
    supervise: bool = False

    def check(self) -> None:
        """Refuse what can't be drawn.

        Raises
        ------
        LayoutValueError
            An option is out of range.
        """
        wrong = {
            f"neighbors of at least 2, got {self.neighbors}": self.neighbors < 2,
            f"min_dist between 0 and 0.99, got {self.min_dist}": not 0 <= self.min_dist <= 0.99,
            f"a seed of at least 0, got {self.seed}": self.seed < 0,
            f"a sample of at least 1, got {self.sample}": self.sample is not None
            and self.sample < 1,
            f"epochs of at least 1, got {self.epochs}": self.epochs is not None and self.epochs < 1,
        }
        refuse_options(wrong | self._wrong_engine())

    def _wrong_engine(self) -> dict[str, bool]:
        others = self.engine != "umap-learn"
        known = " or ".join(ENGINES)
        return {
            f"the engine {known}, got {self.engine!r}": self.engine not in ENGINES,
            "the engine umap-learn for a map by density": self.density and others,
            "the engine umap-learn for a map by labels": self.supervise and others,
        }


def refuse_options(wrong: Mapping[str, bool]) -> None:
    """Refuse the first option that is wrong.

    Parameters
    ----------
    wrong : mapping of str to bool
        What is expected and what came, and whether that is wrong.

    Raises
    ------
    LayoutValueError
        One is.
    """
    for what, is_wrong in wrong.items():
        if is_wrong:
            raise LayoutValueError(f"expected {what}")


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
