"""Sets: many libraries that answer as one, each of which stays an ordinary library."""

from __future__ import annotations

from sqlclap.shards.opened import ShardSet, open_set
from sqlclap.shards.options import SetOptions
from sqlclap.shards.shard import Shard

__all__ = ["SetOptions", "Shard", "ShardSet", "open_set"]
