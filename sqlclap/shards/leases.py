"""Who may write to a set: several ingests at once, or one change of its shards alone."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlclap.durable import lock
from sqlclap.errors import LibraryBusyError, SetError


class SetBusyError(SetError, LibraryBusyError):
    """Another program works on a set, and both at once can't be."""


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
    SetBusyError
        Somebody else is at work.
    SetError
        The folder can't be written.
    """
    who = "something is being taken into" if alone else "shards are being changed in"
    with _held(path, "work", not alone, who):
        yield


@contextmanager
def map_lease(path: Path) -> Iterator[None]:
    """Hold the right to draw a set's map and to find its clusters; its shards stay what they are.

    Raises
    ------
    SetBusyError
        Somebody else does so, or shards are being split or joined.
    """
    who = "another program draws the map or finds the clusters of"
    with work_lease(path, alone=False), _held(path, "map", False, who):
        yield


@contextmanager
def tag_lease(path: Path) -> Iterator[None]:
    """Hold the right to write tag runs to a set's shards, which stay what they are.

    Raises
    ------
    SetBusyError
        Somebody else does so, or shards are being split or joined.
    """
    with work_lease(path, alone=False), _held(path, "tags", False, "another program tags"):
        yield


@contextmanager
def _held(path: Path, kind: str, shared: bool, who: str) -> Iterator[None]:
    try:
        handle = os.open(path.with_name(f".{path.name}.{kind}"), os.O_RDWR | os.O_CREAT, 0o666)
    except OSError as error:
        raise SetError(f"{path} can't be worked on: {error.strerror}") from error
    try:
        if not lock(handle, shared=shared):
            raise SetBusyError(f"{who} {path}: wait for it to end, and try again")
        yield
    finally:
        os.close(handle)
