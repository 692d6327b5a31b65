"""Files that are there as a whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def draft_of(path: Path) -> Iterator[Path]:
    """Give a name to write to, which becomes `path` at the end; after an error nothing stays.

    What is there already stays as it is until then. A pipe or device is written to directly.
    """
    import secrets

    target = Path(os.path.realpath(path))  # a link stays a link
    if target.exists() and not target.is_file():
        yield target
        return
    draft = target.with_name(f".{target.name}-{os.getpid()}-{secrets.token_hex(4)}")
    try:
        yield draft
        draft.replace(target)
    finally:
        draft.unlink(missing_ok=True)
