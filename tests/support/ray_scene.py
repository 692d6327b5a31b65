"""An engine in this process, whose workers die when a trial says so."""

from __future__ import annotations

from collections.abc import Callable, Collection, Generator
from contextlib import closing
from typing import TYPE_CHECKING

from sqlclap.ray_ingest.dispatch import Answer, Batch, Dispatcher
from sqlclap.ray_ingest.worker import EncoderWorker

if TYPE_CHECKING:
    from sqlclap.ingest.embedding import Outcome
    from sqlclap.ingest.plan import FileTask
    from sqlclap.models.bundle import Bundle

Deadly = Callable[[Batch], bool]


class LocalEngine:
    """Workers of this process.

    Parameters
    ----------
    bundle : Bundle
    kills : callable
        Says of each batch whether its worker dies of it; it may raise, too.
    workers : int
    """

    def __init__(self, bundle: Bundle, kills: Deadly, workers: int = 2) -> None:
        self._worker = EncoderWorker(bundle, dict)
        self._kills = kills
        self._workers = workers
        self._given: dict[int, Batch] = {}
        self.given: list[Batch] = []
        self.most_under_way = 0

    def free_workers(self) -> list[int]:
        """Return the workers without a batch."""
        return [one for one in range(self._workers) if one not in self._given]

    def submit(self, worker: int, batch: Batch) -> None:
        """Keep a batch for `wait`."""
        self._given[worker] = batch
        self.given.append(batch)
        self.most_under_way = max(self.most_under_way, len(self._given))

    def wait(self) -> Answer:
        """Do the batch that was given first."""
        worker = next(iter(self._given))
        batch = self._given.pop(worker)
        if self._kills(batch):
            return Answer(worker, None, "killed by the trial")
        return Answer(worker, self._worker.embed(batch))

    def close(self) -> None:
        """Nothing is left."""


class LocalCrew:
    """A crew on such an engine."""

    def __init__(self, kills: Deadly) -> None:
        self._kills = kills
        self.engine: LocalEngine | None = None

    def outcomes(self, bundle: Bundle, tasks: Collection[FileTask]) -> Generator[Outcome]:
        """Yield what becomes of each task."""
        self.engine = LocalEngine(bundle, self._kills)
        with closing(self.engine):
            yield from Dispatcher(self.engine).outcomes(tasks)
