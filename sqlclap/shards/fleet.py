"""Asks all shards of a set at once, and says who didn't answer.

Nodes are asked for the shards that lie there (`sqlclap.shards.hedging`). Of the others, each
belongs to one of a few threads, which asks it where questions take long: SQLite, NumPy and the
index let other threads run meanwhile.
"""

from __future__ import annotations

import itertools
import os
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from sqlclap.db.sqlite_errors import clear_errors
from sqlclap.errors import LibraryError, SetError, SidecarError
from sqlclap.shards.hedging import Nodes
from sqlclap.shards.jobs import Answer
from sqlclap.shards.missing import Missing
from sqlclap.shards.nodes import NoAnswerError
from sqlclap.shards.reader import ShardReader
from sqlclap.shards.seats import Seats
from sqlclap.shards.shard import Shard
from sqlclap.shards.side_by_side import SideBySide
from sqlclap.thread_pool import ThreadPool

if TYPE_CHECKING:
    from sqlclap.models.encoder import Encoder
    from sqlclap.shards.joint import JointSearch

T = TypeVar("T")

MOST_THREADS = 16

MOST_SEATS = 4
"""Of those who ask a node, so many have connections of their own to its shards."""

IN_TURN_S = 0.05
"""Questions that take less in all are asked in turn (seconds)."""

NOT_ANSWERING = (LibraryError, SetError, SidecarError, OSError)
"""Errors that are a shard's own: it is missing from the answer. Others are the question's."""


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

    @property
    def told_missing(self) -> str:
        """Who didn't answer, to stand behind an error; empty where all did."""
        return f"; missing: {'; '.join(map(str, self.missing))}" if self.missing else ""


def _went_well(work: Callable[[], None]) -> bool:
    """Do something for a shard; one of which that fails is asked by itself, and says so then."""
    try:
        with clear_errors(""):
            work()
    except NOT_ANSWERING:
        return False
    return True


class Fleet:
    """The shards of a set; safe to use from several threads.

    Parameters
    ----------
    encoder_of : callable
        Gives the set's model at work.
    deadline_s : float
        How long nodes may take.
    in_turn : bool
        Whether quick questions are asked by the caller's thread, whichever it is; each thread that
        asks gets connections of its own. Else a few threads alone do so; see `Seats`.
    """

    def __init__(
        self, encoder_of: Callable[[], Encoder], deadline_s: float, in_turn: bool = True
    ) -> None:
        self._encoder_of, self._in_turn = encoder_of, in_turn
        self._nodes = Nodes(deadline_s)
        self._lock = threading.Lock()
        self._readers: dict[int, ShardReader] = {}
        self._is_quick = False
        count = min(os.cpu_count() or 1, MOST_THREADS)
        self._beside = SideBySide()
        self._lanes = [ThreadPool(1, f"sqlclap-shards-{at}") for at in range(count)]
        self._lane = itertools.cycle(self._lanes)
        self._seats = Seats(min(count, MOST_SEATS))

    def ask(self, shards: Sequence[Shard], job: Callable[[ShardReader], T]) -> Gathered[T]:
        """Ask some shards; one that can't be asked is missing, with the reason.

        Questions that have lately been quick are asked in turn by the caller's own thread: handing
        them over, and handing Python's lock to and fro, takes longer than an index's answer.

        Raises
        ------
        SqlclapError
            The question itself can't be answered, as any shard would say.
        """
        afar = [one for one in shards if one.places]
        alone = len(afar) == len(shards)
        asking = self._nodes.begin(afar, job, alone) if afar else None
        told = {
            shard.number: one
            for shard, one in self._ask_here([one for one in shards if not one.places], job)
        }
        for shard, one in asking.told() if asking is not None else ():
            is_missing = isinstance(one, NoAnswerError)
            told[shard.number] = (
                Missing(shard.number, shard.entry.path, str(one)) if is_missing else one
            )
        every = [(one.number, told[one.number]) for one in shards]
        parts = [(number, one) for number, one in every if not isinstance(one, Missing)]
        return Gathered(parts, tuple(one for _, one in every if isinstance(one, Missing)))

    def silent(self, shard: Shard) -> str | None:
        """Say which nodes of a shard aren't asked for now, as they hang."""
        return self._nodes.silent(shard)

    def _ask_here(
        self, shards: Sequence[Shard], job: Callable[[ShardReader], T]
    ) -> list[tuple[Shard, T | Missing]]:
        jointly = self._ask_jointly(shards, job) if len(shards) > 1 else {}
        others = [one for one in shards if one.number not in jointly]
        apart = self._ask_apart(others, job) if others else []
        return [*((one, jointly[one.number]) for one in shards if one.number in jointly), *apart]

    def _ask_jointly(
        self, shards: Sequence[Shard], job: Callable[[ShardReader], Any]
    ) -> dict[int, Any]:
        """Return what shards answer that can be asked together, by their numbers."""
        if not (isinstance(job, Answer) and job.fits_jointly):
            return {}
        search = job.jointly()
        if self._in_turn or self._seats.take():
            answers = self._search_jointly(shards, search)
        else:
            answers = next(self._lane).submit(self._search_jointly, shards, search).result()
        job.take(part for part, _ in answers.values())
        return answers

    def _search_jointly(self, shards: Sequence[Shard], search: JointSearch) -> dict[int, Any]:
        with search:
            for shard in shards:
                _went_well(partial(self._look, search, shard))
            search.walk(self._beside)
            search.rank(_went_well)
            return search.answers()

    def _look(self, search: JointSearch, shard: Shard) -> None:
        search.look(self._reader(shard))

    def _ask_apart(
        self, shards: Sequence[Shard], job: Callable[[ShardReader], T]
    ) -> list[tuple[Shard, T | Missing]]:
        began = time.perf_counter()
        if self._is_quick:
            told = [self._try(shard, job) for shard in shards]
        else:
            told = self._ask_lanes(shards, job)
        if shards and self._in_turn:
            took = time.perf_counter() - began
            limit = IN_TURN_S if self._is_quick else IN_TURN_S / len(self._lanes)
            self._is_quick = took < limit
        return told

    def _ask_lanes(
        self, shards: Sequence[Shard], job: Callable[[ShardReader], T]
    ) -> list[tuple[Shard, T | Missing]]:
        """Let each thread ask its shards, one after the other."""
        of_lane: dict[int, list[Shard]] = {}
        for shard in shards:
            of_lane.setdefault(shard.number % len(self._lanes), []).append(shard)
        futures = [
            self._lanes[lane].submit(lambda some: [self._try(one, job) for one in some], own)
            for lane, own in of_lane.items()
        ]
        told = {shard.number: (shard, one) for future in futures for shard, one in future.result()}
        return [told[shard.number] for shard in shards]

    def _try(self, shard: Shard, job: Callable[[ShardReader], T]) -> tuple[Shard, T | Missing]:
        try:
            return shard, self._run(shard, job)
        except NOT_ANSWERING as error:
            return shard, Missing(shard.number, str(shard.path), str(error))

    def _run(self, shard: Shard, job: Callable[[ShardReader], T]) -> T:
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
        reader = ShardReader(shard, self._encoder_of)
        with self._lock:
            self._readers[shard.number] = reader
        return reader

    def _forget(self, number: int) -> None:
        with self._lock:
            reader = self._readers.pop(number, None)
        if reader is not None:
            reader.close()

    def close(self) -> None:
        """Close all libraries and connections, and end the threads."""
        self._nodes.close()
        for lane in self._lanes:
            lane.shutdown(wait=True, cancel_futures=True)
        self._beside.close()
        for number in list(self._readers):
            self._forget(number)
