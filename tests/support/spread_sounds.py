"""Folders of such names that each shard of a set gets some of few sounds in them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

from sqlclap.shards import ShardSet


def spread_folders(made: ShardSet, paths: Iterable[str]) -> Iterator[Path]:
    """Yield folders beside a set in which every shard holds more than one of some paths."""
    names = [*paths]
    for number in range(1_000):
        folder = made.path.parent / f"sounds-{number}"
        held = Counter(made.shard_of(str(folder), one).number for one in names)
        if len(held) == len(made.shards) and min(held.values()) > 1:
            yield folder
    raise AssertionError("no folder spreads them")
