"""Hands batches to workers that may die at any time; each task has one outcome, none is lost.

What holds, whatever the engine is:

- A worker has one batch at a time. So when it dies, only the files of that batch are suspects, and
  none that waited behind them.
- The files of a batch whose worker died are tried alone, each in a batch of its own, as
  `sqlclap.ingest.quarantine` says.
- An answer counts once: one that comes after its worker was given up is dropped.
- The library's own process writes. What it has not committed when it is killed is planned again.
- No more is in flight than a batch for each worker, and results are taken as they come.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from sqlclap.ingest.batches import cut
from sqlclap.ingest.quarantine import Quarantine

if TYPE_CHECKING:
    from sqlclap.ingest.embedding import Outcome
    from sqlclap.ingest.plan import FileTask

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
        self._quarantine = Quarantine()
        self._under_way: dict[int, Batch] = {}

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
                yield from self._quarantine.after_death(batch, answer.reason)
            else:
                self._quarantine.note_outcome()
                yield from answer.outcomes

    def _hand_out(self, batches: Iterator[Batch]) -> None:
        for worker in self._engine.free_workers():
            if self._quarantine.waiting:
                batch: Batch | None = (self._quarantine.waiting.popleft(),)
            else:
                batch = next(batches, None)
            if batch is None:
                return
            self._under_way[worker] = batch
            self._engine.submit(worker, batch)
