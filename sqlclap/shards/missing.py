"""A shard that an answer lacks, with the reason."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlclap.shards.shard import Shard


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
    node : str
        Where its library lies and has to be written; empty for one that lies here.
    """

    shard: int
    path: str
    reason: str
    node: str = ""

    def __str__(self) -> str:
        return f"shard {self.shard}: {self.reason}"


def not_opened(shard: Shard, error: Exception) -> Missing:
    """Return why a shard's library was not opened here, or could not be worked with."""
    number, path = shard.number, str(shard.path)
    if shard.is_here:
        return Missing(number, path, str(error))
    node = shard.entry.node
    reason = f"it lies at node {node!r}: do the same on its machine, with a copy of the catalog"
    return Missing(number, path, reason, node)
