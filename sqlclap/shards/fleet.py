"""Asks all shards of a set at once, within one process, and says who didn't answer.

Each shard belongs to one of a few threads, and is always asked by it: so there is one connection a
shard, with one cache of pages. SQLite, NumPy and the index let other threads run meanwhile.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from sqlclap.db.sqlite_errors import clear_errors
from sqlclap.errors import LibraryError, SetError, SidecarError
from sqlclap.shards.reader import ShardReader
from sqlclap.shards.shard import Shard

T = TypeVar("T")

MOST_THREADS = 16

NOT_ANSWERING = (LibraryError, SetError, SidecarError, OSError)
"""Errors that are a shard's own: it is missing from the answer. Others are the question's."""


@dataclass(frozen=True)
class Missing:
    """A shard that didn't answer.

    Attributes
    ----------
    shard : int
        Its number.
    path : str
        Of its library.
    reason : str
    """

    shard: int
    path: str
    reason: str

    def __str__(self) -> str:
        return f"shard {self.shard}: {self.reason}"


@dataclass(frozen=True)
class Gathered(Generic[T]):
    """What shards answered.

    Attributes
    ----------
    parts : list of (int, T)
        Each with its shard's number, in the order of the set's file.
    missing : tuple of Missing
    """

    parts: list[tuple[int, T]]
    missing: tuple[Missing, ...]

    @property
    def answers(self) -> list[T]:
        """The answers alone."""
        return [part for _, part in self.parts]


class Fleet:
    """The shards of a set within this process; safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._readers: dict[int, ShardReader] = {}
        count = min(os.cpu_count() or 1, MOST_THREADS)
        self._lanes = [ThreadPoolExecutor(1, f"sqlclap-shards-{at}") for at in range(count)]

    def ask(self, shards: Sequence[Shard], job: Callable[[ShardReader], T]) -> Gathered[T]:
        """Ask some shards; one that can't be asked is missing, with the reason.

        Raises
        ------
        SqlclapError
            The question itself can't be answered, as any shard would say.
        """
        futures = [
            self._lanes[shard.number % len(self._lanes)].submit(self._run, shard, job)
            for shard in shards
        ]
        try:
            return self._gathered(shards, futures)
        except BaseException:
            for one in futures:
                one.cancel()
            raise

    def _gathered(self, shards: Sequence[Shard], futures: Sequence[Future[T]]) -> Gathered[T]:
        parts: list[tuple[int, T]] = []
        missing = []
        for shard, future in zip(shards, futures, strict=True):
            try:
                parts.append((shard.number, future.result()))
            except NOT_ANSWERING as error:
                missing.append(Missing(shard.number, str(shard.path), str(error)))
        return Gathered(parts, tuple(missing))

    def _run(self, shard: Shard, job: Callable[[ShardReader], Any]) -> Any:
        reader = self._reader(shard)
        with clear_errors(str(shard.path)):
            return job(reader)

    def _reader(self, shard: Shard) -> ShardReader:
        """Return a shard's reader; opened anew where its file or its entry is another by now."""
        with self._lock:
            reader = self._readers.get(shard.number)
        if reader is not None:
            try:
                if reader.is_of(shard):
                    return reader
            except LibraryError:
                self._forget(shard.number)
                raise
            self._forget(shard.number)
        reader = ShardReader(shard)
        with self._lock:
            self._readers[shard.number] = reader
        return reader

    def _forget(self, number: int) -> None:
        with self._lock:
            reader = self._readers.pop(number, None)
        if reader is not None:
            reader.close()

    def close(self) -> None:
        """Close all libraries, and end the threads."""
        for lane in self._lanes:
            lane.shutdown(wait=True, cancel_futures=True)
        for number in list(self._readers):
            self._forget(number)
