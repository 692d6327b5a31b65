"""A shard that an answer lacks, with the reason."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Missing:
    """A shard that didn't answer.

    Attributes
    ----------
    shard : int
        Its number.
    path : str
        Of its library; of one at a node, as the set's file has it.
    reason : str
    """

    shard: int
    path: str
    reason: str

    def __str__(self) -> str:
        return f"shard {self.shard}: {self.reason}"
