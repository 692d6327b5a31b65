"""Reads the files of an ingest in processes where that is worth their start, else in threads.

Reading holds the interpreter much of the time, so that threads hardly run beside one another;
processes do. And a decoder that takes its process with it takes one file along, not the ingest.
"""

from __future__ import annotations

import builtins
import os
import threading
import warnings
from collections import deque
from collections.abc import Collection, Generator, Iterable, Iterator
from contextlib import closing
from typing import TYPE_CHECKING, Any

from sqlclap.ingest.batches import SECONDS, cut, seconds_of
from sqlclap.ingest.quarantine import Quarantine
from sqlclap.ingest.read_ahead import ReadAhead
from sqlclap.ingest.reading import Item, ReadAnew, SoundReader, WindowChunk, task_key
from sqlclap.ingest.reading_process import ReadingProcess, can_start
from sqlclap.ingest.reading_worker import Answer, Question, Ready, Setup, ToRead, Warned, signature
from sqlclap.native_output import is_caught

if TYPE_CHECKING:
    from sqlclap.ingest.orphaned import OrphanedSample, OrphanedSamples
    from sqlclap.ingest.plan import FileTask

READ_AHEAD_ITEMS = 32  # pieces of up to 16 windows: what a long file may hold in memory
MOST_PROCESSES = 16
"""By default: what more of them read, one process can't embed and store."""
FILES_UNDER_WAY = 16
"""That a process has: so many are tried alone when it dies."""
_FILES_AT_ONCE = 8
_SECONDS_UNDER_WAY = SECONDS / 2
# Of reading, in seconds: what a file takes, and a second of it; what is worth a process' start.
_FILE_S, _SECOND_S = 0.003, 0.0015
_WORTH_S = 1.0


def reading_threads() -> int:
    """Return the default number of reading threads: one core is left for embedding and storing.

    Readers hold the interpreter much of the time, so that one more of them on the last core makes
    an ingest slower, not faster (measured in docs/BENCHMARKS.md).
    """
    return max(1, (os.cpu_count() or 1) - 1)


def reading_processes() -> int:
    """Return the default number of processes that read: one a core, up to `MOST_PROCESSES`."""
    return min(os.cpu_count() or 1, MOST_PROCESSES)


def is_worth_processes(tasks: Iterable[FileTask]) -> bool:
    """Whether reading several files takes much longer than starting processes does."""
    expected = 0.0
    for count, task in enumerate(tasks, start=1):
        expected += _FILE_S + _SECOND_S * seconds_of(task.file.path, task.file.bytes)
        if count > 1 and expected >= _WORTH_S:
            return True
    return False


def read_files(
    tasks: Collection[FileTask],
    reader: SoundReader,
    orphaned: OrphanedSamples,
    at_once: int = 0,
    processes: bool | None = None,
) -> Iterator[Item]:
    """Read files ahead, in processes or threads; the items of one file come in order.

    Parameters
    ----------
    tasks : collection of FileTask
    reader : SoundReader
    orphaned : OrphanedSamples
        Which the reader asks, too.
    at_once : int
        Files that are read at once; 0 takes the default.
    processes : bool, optional
        Whether processes read; by default where that is worth their start.

    Raises
    ------
    IngestError
        While iterating: processes die whatever they read.
    """
    if processes is None:
        processes = is_worth_processes(tasks)
    if processes and can_start():
        pool = _Pool(tasks, reader, orphaned)
        slots = range(min(at_once or reading_processes(), len(tasks)))
        return iter(ReadAhead(slots, pool.read, len(slots), READ_AHEAD_ITEMS, pool.break_off))
    return iter(ReadAhead(tasks, reader.read, at_once or reading_threads(), READ_AHEAD_ITEMS))


class _Pool:
    """What the processes share."""

    def __init__(
        self, tasks: Iterable[FileTask], reader: SoundReader, orphaned: OrphanedSamples
    ) -> None:
        self.reader = reader
        self.orphaned = orphaned
        self._setup = Setup(reader.spec, tuple(one.name for one in reader.plugins), is_caught())
        self.is_able = True
        self.has_started = False
        self.is_over = False
        self._batches = cut(tasks, _FILES_AT_ONCE)
        self._turn = threading.Lock()
        self._running: set[ReadingProcess] = set()

    def next_batch(self) -> tuple[FileTask, ...] | None:
        with self._turn:
            return next(self._batches, None)

    def read(self, slot: int) -> Iterator[Item]:
        """Yield the items of the files that one process reads, or its successors."""
        del slot
        with closing(_Slot(self).items()) as items:
            yield from items

    def start(self) -> ReadingProcess | None:
        """Start a process; None where that can't be done."""
        if not self.is_able:
            return None
        try:
            process = ReadingProcess(self._setup)
        except OSError as error:
            self.give_up(str(error))
            return None
        with self._turn:
            self._running.add(process)
        return process

    def give_up(self, reason: str) -> None:
        """Have threads read: processes can't be started here."""
        if self.is_able:
            self.is_able = False
            warnings.warn(
                f"sounds are read in threads, which is slower: no process can be started: {reason}",
                RuntimeWarning,
                stacklevel=2,
            )

    def end(self, process: ReadingProcess) -> str:
        with self._turn:
            self._running.discard(process)
        return process.end()

    def break_off(self) -> None:
        """End the processes, for whose messages threads may be waiting."""
        self.is_over = True
        with self._turn:
            running = [*self._running]
        for process in running:
            process.let_go()
        for process in running:
            process.wait()


class _Slot:
    """One process after the other, and the files it has."""

    def __init__(self, pool: _Pool) -> None:
        self._pool = pool
        self._process: ReadingProcess | None = None
        self._under_way: deque[FileTask] = deque()
        self._quarantine = Quarantine()
        self._is_alone = False
        self._taken: dict[str, OrphanedSample | None] = {}

    def items(self) -> Generator[Item]:
        try:
            while not self._pool.is_over and self._hand_out():
                if self._process is None:  # none can be started
                    yield from self._pool.reader.read(self._under_way.popleft())
                    continue
                message = self._process.receive()
                if message is not None:
                    yield from self._items_of(message, self._process)
                elif not self._pool.is_over:
                    yield from self._after_death(self._end())
        finally:
            self._end()

    def _hand_out(self) -> bool:
        """Give the process enough to read; return whether there is anything."""
        while self._has_room() and (batch := self._next_batch()):
            self._under_way += batch
            if self._process is None:
                self._process = self._pool.start()
            if self._process is not None:
                may_have = self._pool.orphaned.may_have
                self._process.send([ToRead(task, may_have(task)) for task in batch])
        return bool(self._under_way)

    def _has_room(self) -> bool:
        if self._is_alone or self._quarantine.waiting:
            return not self._under_way
        seconds = sum(seconds_of(task.file.path, task.file.bytes) for task in self._under_way)
        is_short = len(self._under_way) <= FILES_UNDER_WAY - _FILES_AT_ONCE
        return is_short and seconds <= _SECONDS_UNDER_WAY

    def _next_batch(self) -> tuple[FileTask, ...] | None:
        self._is_alone = bool(self._quarantine.waiting)
        return (self._quarantine.waiting.popleft(),) if self._is_alone else self._pool.next_batch()

    def _items_of(self, message: Any, process: ReadingProcess) -> Iterator[Item]:
        if isinstance(message, Ready):
            self._check(message)
        elif isinstance(message, Question):
            process.send(Answer(self._take(message.content_hash)))
        elif isinstance(message, Warned):
            _warn(message)
        else:
            for item in message:
                self._note(item)
                yield item

    def _check(self, ready: Ready) -> None:
        """Have threads read where the processes don't find the descriptors to measure."""
        if ready.plugins == signature(self._pool.reader.plugins):
            self._pool.has_started = True
            return
        self._pool.is_able = False
        self._end()

    def _take(self, content_hash: str) -> OrphanedSample | None:
        """Take the sample of the file that is being read; the same one if it is read again."""
        task = self._under_way[0]
        key = task_key(task)
        if key not in self._taken:
            self._taken[key] = self._pool.orphaned.take(content_hash, task)
        return self._taken[key]

    def _note(self, item: Item) -> None:
        is_end = not isinstance(item, WindowChunk | ReadAnew)
        if is_end and self._under_way and task_key(item.task) == task_key(self._under_way[0]):
            self._taken.pop(task_key(self._under_way.popleft()), None)
            self._quarantine.note_outcome()

    def _after_death(self, reason: str) -> Iterator[Item]:
        if not self._pool.has_started:
            self._pool.give_up(reason)
            return
        suspects = tuple(self._under_way)
        self._under_way.clear()
        yield ReadAnew(suspects[0])
        yield from self._quarantine.after_death(suspects, reason)

    def _end(self) -> str:
        process, self._process = self._process, None
        return "" if process is None else self._pool.end(process)


def _warn(told: Warned) -> None:
    category = getattr(builtins, told.category, UserWarning)
    warnings.warn(told.text, category, stacklevel=2)
