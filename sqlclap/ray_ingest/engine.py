"""Ray as the engine: one actor a core, each with one batch at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlclap.errors import IngestError
from sqlclap.ray_ingest.dispatch import Answer, Batch
from sqlclap.ray_ingest.worker import EncoderWorker, bundle_files

if TYPE_CHECKING:
    from sqlclap.models.bundle import Bundle

LONGEST_REASON = 300


class RayEngine:
    """Actors of a cluster that is connected.

    Parameters
    ----------
    ray : module
    bundle : Bundle
    """

    def __init__(self, ray: Any, bundle: Bundle) -> None:
        self._ray = ray
        self._bundle = bundle
        self._files = ray.put(bundle_files(bundle))
        # Ray does not start one again: the dispatcher decides what a death means.
        self._kind = ray.remote(num_cpus=1, max_restarts=0, max_task_retries=0)(EncoderWorker)
        self._actors: dict[int, Any] = {}
        self._answers: dict[Any, int] = {}
        self._next = 0

    def free_workers(self) -> list[int]:
        """Return workers without a batch; there are as many as the cluster has cores by now."""
        wanted = max(1, int(self._ray.cluster_resources().get("CPU", 1)))
        while len(self._actors) < wanted:
            self._actors[self._next] = self._kind.remote(self._bundle, self._files)
            self._next += 1
        busy = {*self._answers.values()}
        return [worker for worker in self._actors if worker not in busy]

    def submit(self, worker: int, batch: Batch) -> None:
        """Give a batch to an actor."""
        self._answers[self._actors[worker].embed.remote(batch)] = worker

    def wait(self) -> Answer:
        """Wait for one actor's answer, or its death."""
        (answer, *_), _ = self._ray.wait([*self._answers], num_returns=1)
        worker = self._answers.pop(answer)
        errors = self._ray.exceptions
        try:
            return Answer(worker, self._ray.get(answer))
        except errors.RayTaskError as error:  # sqlclap's own fault, on any machine
            raise IngestError(f"a worker failed: {_reason(error)}") from error
        except (errors.RayActorError, errors.ObjectLostError, errors.WorkerCrashedError) as error:
            dead = self._actors.pop(worker)
            self._ray.kill(dead)  # one that can't be reached must not go on beside its successor
            return Answer(worker, None, _reason(error))

    def close(self) -> None:
        """End the actors."""
        for actor in self._actors.values():
            self._ray.kill(actor)
        self._actors.clear()


def _reason(error: Exception) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return " ".join([*lines[:1], *lines[-1:]])[:LONGEST_REASON]
