"""What a set refuses, why, and what to do instead."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

REASONS: Mapping[str, str] = {
    "write_hoplite": (
        "a database of perch-hoplite is one library's: `sqlclap export-vectors {path} FILE --to "
        "parquet` gives out the vectors of all shards, and `sqlclap hoplite export {shard} FOLDER` "
        "one shard"
    ),
    "take_hoplite": (
        "recordings belong into the shards of their names' slots: take them into a library of "
        "their own, `sqlclap hoplite import birds.db FOLDER`, or the files into the set, `sqlclap "
        "ingest {path} FOLDER`"
    ),
}
"""By the names of a library's attributes and of labels' methods."""


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
    told = REASONS.get(name, "open one of its shards, such as {shard}")
    return f"{path} is a set, and {about} is for one library: {told.format(path=path, shard=shard)}"
