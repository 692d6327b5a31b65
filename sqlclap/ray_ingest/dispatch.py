"""Hands batches to workers that may die at any time; each task has one outcome, none is lost.

What holds, whatever the engine is:

- A worker has one batch at a time. So when it dies, only the files of that batch are suspects, and
  none that waited behind them.
- The files of a batch whose worker died are tried alone, each in a batch of its own. One whose
  worker dies `DEATHS_ALONE` times while it is alone is recorded as failed; the others are unharmed.
- An answer counts once: one that comes after its worker was given up is dropped.
- The library's own process writes. What it has not committed when it is killed is planned again.
- No more is in flight than a batch for each worker, and results are taken as they come.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Generator, Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from sqlclap.errors import IngestError
from sqlclap.ingest.embedding import task_key
from sqlclap.ingest.reading import Failure, content_hash
from sqlclap.ray_ingest.batches import cut

if TYPE_CHECKING:
    from sqlclap.ingest.embedding import Outcome
    from sqlclap.ingest.plan import FileTask

DEATHS_ALONE = 2
"""Of workers that had nothing but one file: a machine that is taken away at that moment is one."""
DEATHS_IN_A_ROW = 20
"""Without any outcome in between: then it is not the files."""

Batch = tuple["FileTask", ...]


@dataclass(frozen=True)
class Answer:
    """What came of a batch.

    Attributes
    ----------
    worker : int
    outcomes : list of Outcome or None
        None: the worker has died.
    reason : str
        Why it did, as far as the engine knows.
    """

    worker: int
    outcomes: list[Outcome] | None
    reason: str = ""


class Engine(Protocol):
    """Starts workers and carries batches to them."""

    def free_workers(self) -> list[int]:
        """Return the workers without a batch; those that died have been replaced.

        Where no worker has a batch, there is one at least.
        """

    def submit(self, worker: int, batch: Batch) -> None:
        """Give a batch to a free worker."""

    def wait(self) -> Answer | None:
        """Wait for the next answer of any worker that has a batch; None: another became free."""


class Dispatcher:
    """The protocol above, over one engine.

    Parameters
    ----------
    engine : Engine
    most_files : int, optional
        Of a batch.
    """

    def __init__(self, engine: Engine, most_files: int | None = None) -> None:
        self._engine = engine
        self._most_files = most_files
        self._alone: deque[FileTask] = deque()
        self._deaths: dict[str, int] = {}
        self._under_way: dict[int, Batch] = {}
        self._died_in_a_row = 0

    def outcomes(self, tasks: Iterable[FileTask]) -> Generator[Outcome]:
        """Yield what becomes of each task, once each.

        Raises
        ------
        IngestError
            Workers die whatever they are given; what was yielded stays.
        """
        batches = cut(tasks, self._most_files)
        while True:
            self._hand_out(batches)
            if not self._under_way:
                return
            answer = self._engine.wait()
            if answer is None:
                continue
            batch = self._under_way.pop(answer.worker, None)
            if batch is None:
                continue  # given up before
            if answer.outcomes is None:
                yield from self._after_death(batch, answer.reason)
            else:
                self._died_in_a_row = 0
                yield from answer.outcomes

    def _hand_out(self, batches: Iterator[Batch]) -> None:
        for worker in self._engine.free_workers():
            if self._alone:
                batch: Batch | None = (self._alone.popleft(),)
            else:
                batch = next(batches, None)
            if batch is None:
                return
            self._under_way[worker] = batch
            self._engine.submit(worker, batch)

    def _after_death(self, batch: Batch, reason: str) -> Iterator[Outcome]:
        self._died_in_a_row += 1
        if self._died_in_a_row >= DEATHS_IN_A_ROW:
            raise IngestError(
                f"{DEATHS_IN_A_ROW} workers died one after the other, the last of them: "
                f"{reason or 'without a word'}; what was done is stored, run it again to go on"
            )
        if len(batch) > 1:
            self._alone.extend(batch)
            return
        task = batch[0]
        key = task_key(task)
        self._deaths[key] = self._deaths.get(key, 0) + 1
        if self._deaths[key] < DEATHS_ALONE:
            self._alone.append(task)
            return
        del self._deaths[key]
        told = f"decoding it ended its process {DEATHS_ALONE} times, while it was alone there"
        yield Failure(task, "decode", told, _hash_of(task))


def _hash_of(task: FileTask) -> str | None:
    """Return what keeps a failed file from being tried before it changes."""
    from sqlclap.addresses import place_of_sound

    try:
        return content_hash(place_of_sound(task.source.root, task.file.path))
    except OSError:
        return None
