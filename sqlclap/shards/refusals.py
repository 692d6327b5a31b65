"""What a set refuses, and what to do instead."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


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
    return (
        f"{path} is a set, and {about} is for one library: open one of its shards, such as {shard}"
    )
