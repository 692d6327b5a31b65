"""What a set refuses, and what to do instead."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlclap.quantities import typed

if TYPE_CHECKING:
    from pathlib import Path


OVER_ALL = {
    "stored_neighbors": "`sqlclap neighbors {typed_path} --all` lists neighbours over all shards",
}
"""What a set has in place of some attributes."""


def refusal(name: str, path: Path, shard: Path) -> str:
    """Return why a set has no answer for what a library has.

    Parameters
    ----------
    name : str
        Of the attribute.
    path : Path
        The set's file.
    shard : Path
        The library of one of its shards.
    """
    about = "this" if name == "connection" else f"`{name}`"
    over_all = OVER_ALL.get(name, "").format(typed_path=typed(path))
    return (
        f"{path} is a set, and {about} is for one library: open one of its shards, such as {shard}"
        f"{over_all and '; ' + over_all}"
    )
