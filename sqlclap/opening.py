"""What `sqlclap.open` does: it opens a library, or a set of them by its ``.toml`` file."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from sqlclap.homes import expand_home
from sqlclap.sqlite_files import is_sqlite_file

if TYPE_CHECKING:
    from sqlclap.api import Library
    from sqlclap.db.connection import Mode
    from sqlclap.models.runtime import Device
    from sqlclap.shards import ShardSet

SET_SUFFIX = ".toml"


def is_set(path: str | os.PathLike[str]) -> bool:
    """Whether a path names a set, which may not be there, and no library."""
    try:
        named = Path(path)
        return named.suffix.lower() == SET_SUFFIX and not is_sqlite_file(expand_home(named))
    except (TypeError, ValueError):
        return False


def open(
    path: str | os.PathLike[str],
    *,
    model: str | None = None,
    mode: Mode = "create",
    device: Device = "cpu",
) -> Library | ShardSet:
    """Open a library, or a set; see `sqlclap.api.open` and `sqlclap.shards.open_set`.

    A set answers `search`, `similar`, `find`, `labels` and `ingest` as a library does, and says
    what it can't do. It is never made by opening it.
    """
    if not is_set(path):
        from sqlclap import api  # command lines ask for `is_set` alone

        return api.open(path, model=model, mode=mode, device=device)
    from sqlclap.shards import SetOptions, open_set

    mode = "read" if mode == "read" else "write"
    return open_set(path, SetOptions(model=model, device=device, mode=mode))
