"""Options of maps and clusters."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

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
        K of the neighbour graph, at least 2: few neighbours show detail, many the whole.
    min_dist : float
        0 to 0.99: how close neighbours may lie. Smaller values pack groups more tightly.
    seed : int
        The same sounds, options and seed give the same map.
    sample : int, optional
        Fit this many sounds, and place the others near their neighbours.
    from_scratch : bool
        Don't start from the map in force. The new map is still aligned with it.
    epochs : int, optional
        Rounds of optimization; by default 500, or 200 above 10,000 sounds.
    engine : {"sqlclap", "umap-learn"}
        The UMAP implementation. umap-learn runs on one thread; `density` and `supervise` need it.
    density : bool
        Preserve local density: sounds that lie dense by sound lie dense on the map (densMAP).
    supervise : bool
        Draw sounds that have the same label closer together (supervised UMAP).
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
        """Check that all options are in range.

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
    """Raise an error for the first option that is wrong.

    Parameters
    ----------
    wrong : mapping of str to bool
        Message (what was expected, what came), and whether the option is wrong.

    Raises
    ------
    LayoutValueError
        An option is wrong.
    """
    for what, is_wrong in wrong.items():
        if is_wrong:
            raise LayoutValueError(f"expected {what}")


def refuse_set(key: str, params: Mapping[str, Any], what: str, library: str) -> None:
    """Refuse to change one library's part of what is the same in all shards of a set.

    Parameters
    ----------
    key : str
        What `params` holds where they are the set's.
    params : mapping
        Of the layout, or of the clustering.
    what : {"map", "clusters"}
    library : str

    Raises
    ------
    LayoutValueError
    """
    if key in params:
        command = "map" if what == "map" else "cluster"
        raise LayoutValueError(
            f"{library} shows the {what} of the set that it is a shard of: change it there, "
            f"`sqlclap {command} set.toml`, or give the library its own by --refit"
        )


MIN_DEFAULT_SIZE, MAX_DEFAULT_SIZE = 5, 200


@dataclass(frozen=True)
class ClusterOptions:
    """How clusters are found.

    Attributes
    ----------
    min_size : int, optional
        Fewest sounds of a cluster; by default 0.4 times the root of the library's size, 5 to 200.
    neighbors : int
        K of the neighbour graph: more than for a map, so that clusters stay whole.
    seed : int
        The same sounds, options and seed give the same clusters.
    """

    min_size: int | None = None
    neighbors: int = 30
    seed: int = 42

    def check(self) -> None:
        """Check that all options are in range.

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
        """Return the fewest sounds of a cluster in a library of this many sounds."""
        if self.min_size is not None:
            return self.min_size
        return min(MAX_DEFAULT_SIZE, max(MIN_DEFAULT_SIZE, round(0.4 * math.sqrt(sounds))))
