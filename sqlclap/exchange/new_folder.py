"""A folder that is there whole, or not at all."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlclap.durable import sync
from sqlclap.errors import SqlclapError


@contextmanager
def new_folder(folder: Path, error: type[SqlclapError]) -> Iterator[Path]:
    """Yield a draft of a folder, which takes its place at the end; after an error it is removed.

    Raises
    ------
    SqlclapError
        Of the kind `error`: the folder holds something already.
    OSError
        It can't be written.
    """
    target = Path(os.path.realpath(folder))
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise error(f"{folder} holds something already: name a new folder, or empty it")
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = target.with_name(f".{target.name[:40]}-draft-{secrets.token_hex(6)}")
    draft.mkdir()
    try:
        yield draft
        if target.exists():
            target.rmdir()  # fails where something was put there meanwhile
        for file in draft.rglob("*"):
            sync(file)
        draft.rename(target)
        sync(target.parent)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
