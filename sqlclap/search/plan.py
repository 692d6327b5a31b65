"""Plans: how answers were found."""

from __future__ import annotations

from dataclasses import dataclass

from sqlclap.db.exact import Scored
from sqlclap.deprecated import former_attribute


@dataclass(frozen=True)
class Plan:
    """How an answer was found.

    Attributes
    ----------
    path : {"graph", "scan", "exact"}
        A walk through the graph; a scan of the allowed vectors in the index; a comparison with
        stored vectors, without the index.
    reason : str
        Why this path was chosen.
    generation : int or None
        Generation of the index.
    indexed, tail, removed : int
        Vectors in the index; newer ones, compared directly; vectors of the index no longer valid.
    allowed : int or None
        Samples that the filter lets through.
    ef_search : int
        Candidates that the walk through the graph kept; 0 if there was no walk.
    ranked : int
        Candidates that were ranked exactly on stored vectors.
    seconds : float
    """

    path: str
    reason: str
    generation: int | None = None
    indexed: int = 0
    tail: int = 0
    removed: int = 0
    allowed: int | None = None
    ef_search: int = 0
    ranked: int = 0
    seconds: float = 0.0

    width = former_attribute("width", "ef_search")

    @property
    def note(self) -> str | None:
        """A remark if the answer is empty because the filter lets no sound through."""
        return "the filter lets no sound through" if self.allowed == 0 else None

    def __str__(self) -> str:
        parts = [f"{self.path}: {self.reason}"]
        if self.generation is not None:
            parts.append(
                f"generation {self.generation} with {self.indexed:,} vectors, "
                f"{self.tail:,} newer, {self.removed:,} removed"
            )
        if self.ef_search:
            parts.append(f"ef_search {self.ef_search:,}")
        if self.allowed is not None:
            parts.append(f"the filter lets {self.allowed:,} through")
        parts.append(f"{self.ranked:,} ranked exactly, {self.seconds * 1000:.2f} ms")
        return "; ".join(parts)


@dataclass(frozen=True)
class Answer:
    """The nearest samples, best first, and how they were found.

    Attributes
    ----------
    nearest : list of Scored
        Those that were asked for.
    plan : Plan
    best : float or None
        The highest score of all that the filter lets through, whatever page was asked for.
    """

    nearest: list[Scored]
    plan: Plan
    best: float | None = None
