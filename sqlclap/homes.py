"""What ``~`` at the beginning of a path stands for."""

from __future__ import annotations

import os
from pathlib import Path


def expand_home(path: str | os.PathLike[str]) -> Path:
    """Replace ``~`` by the home folder, and ``~somebody`` by that user's.

    A name of nobody stays as it is, as in shells: files and folders may well begin with ``~``,
    for which `Path.expanduser` raises ``RuntimeError``.
    """
    return Path(os.path.expanduser(path))  # noqa: PTH111
