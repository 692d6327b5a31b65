"""Ray as the engine: one actor a core, each with one batch at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from sqlclap.errors import IngestError
from sqlclap.ray_ingest.dispatch import Answer, Batch
from sqlclap.ray_ingest.worker import EncoderWorker, bundle_files

if TYPE_CHECKING:
    from sqlclap.models.bundle import Bundle

LONGEST_REASON = 300
FAILED_STARTS = 5
"""One after the other: then it is not a node that was taken away."""


class SentFiles:
    """A bundle's files in Ray's store, for the nodes that lack them."""

    def __init__(self, ray: Any, bundle: Bundle) -> None:
        self._files = {name: ray.put(content) for name, content in bundle_files(bundle).items()}

    def __call__(self) -> dict[str, bytes]:
        """Return them by name; called on the node that lacks them."""
        import ray

        return {name: ray.get(file) for name, file in self._files.items()}


class RayEngine:
    """Actors of a cluster that is connected.

    An actor gets its first batch when it runs: one that waits for a core, such as after its node
    was lost, holds up nothing.

    Parameters
    ----------
    ray : module
    bundle : Bundle
    sends : bool
        Whether other machines may be in the cluster, which need the model's files.
    """

    def __init__(self, ray: Any, bundle: Bundle, sends: bool) -> None:
        self._ray = ray
        self._bundle = bundle
        self._files: Callable[[], dict[str, bytes]] = SentFiles(ray, bundle) if sends else dict
        # Ray does not start one again: the dispatcher decides what a death means.
        self._kind = ray.remote(num_cpus=1, max_restarts=0, max_task_retries=0)(EncoderWorker)
        self._actors: dict[int, Any] = {}
        self._starting: dict[Any, int] = {}
        self._answers: dict[Any, int] = {}
        self._next = 0
        self._failed_starts = 0

    @property
    def cores(self) -> int:
        """How many the cluster has by now: as many workers as there may be."""
        return max(1, int(self._ray.cluster_resources().get("CPU", 1)))

    def free_workers(self) -> list[int]:
        """Return workers without a batch; there are as many as the cluster has cores by now.

        Waits for one to start where none has a batch.
        """
        self._start_missing()
        while not self._answers and len(self._starting) == len(self._actors):
            self._settle_start(self._first_of(self._starting))
            self._start_missing()
        held_up = {*self._answers.values(), *self._starting.values()}
        return [worker for worker in self._actors if worker not in held_up]

    def submit(self, worker: int, batch: Batch) -> None:
        """Give a batch to an actor."""
        self._answers[self._actors[worker].embed.remote(batch)] = worker

    def wait(self) -> Answer | None:
        """Wait for one actor's answer, or its death; None: one has started."""
        done = self._first_of([*self._answers, *self._starting])
        if done in self._starting:
            self._settle_start(done)
            return None
        worker = self._answers.pop(done)
        try:
            return Answer(worker, self._ray.get(done))
        except self._ray.exceptions.RayTaskError as error:  # sqlclap's own fault, on any machine
            raise IngestError(f"a worker failed: {_reason(error)}") from error
        except self._deaths as error:
            self._remove(worker)
            return Answer(worker, None, _reason(error))

    def close(self) -> None:
        """End the actors."""
        for worker in [*self._actors]:
            self._remove(worker)
        self._starting.clear()
        self._answers.clear()

    @property
    def _deaths(self) -> tuple[type[Exception], ...]:
        errors = self._ray.exceptions
        return errors.RayActorError, errors.ObjectLostError, errors.WorkerCrashedError

    def _first_of(self, answers: Iterable[Any]) -> Any:
        (first, *_), _ = self._ray.wait([*answers], num_returns=1)
        return first

    def _start_missing(self) -> None:
        wanted = self.cores
        while len(self._actors) < wanted:
            actor = self._kind.remote(self._bundle, self._files)
            self._actors[self._next] = actor
            self._starting[actor.is_ready.remote()] = self._next
            self._next += 1

    def _settle_start(self, started: Any) -> None:
        worker = self._starting.pop(started)
        try:
            self._ray.get(started)
            self._failed_starts = 0
        except self._deaths as error:
            self._remove(worker)
            self._failed_starts += 1
            if self._failed_starts >= FAILED_STARTS:
                raise IngestError(f"workers can't start: {_reason(error)}") from error

    def _remove(self, worker: int) -> None:
        # One that can't be reached must not go on beside its successor.
        self._ray.kill(self._actors.pop(worker))


def _reason(error: Exception) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return " ".join([*lines[:1], *lines[-1:]])[:LONGEST_REASON]
