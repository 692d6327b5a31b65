"""Who may write to a set: several ingests at once, or one change of its shards alone."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlclap.durable import lock
from sqlclap.errors import SetError


@contextmanager
def work_lease(path: Path, alone: bool) -> Iterator[None]:
    """Hold the right to write to a set's shards; it ends with this process.

    Parameters
    ----------
    path : Path
        The set's file.
    alone : bool
        To split or join shards, while nobody takes anything in.

    Raises
    ------
    SetError
        Somebody else is at work, or the folder can't be written.
    """
    try:
        handle = os.open(path.with_name(f".{path.name}.work"), os.O_RDWR | os.O_CREAT, 0o666)
    except OSError as error:
        raise SetError(f"{path} can't be worked on: {error.strerror}") from error
    try:
        if not lock(handle, shared=not alone):
            who = "something is being taken into" if alone else "shards are being changed in"
            raise SetError(f"{who} {path}: wait for it to end, and try again")
        yield
    finally:
        os.close(handle)
