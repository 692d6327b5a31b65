"""A small pool for decoding, and the plugin's settings."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from datasette.utils import StartupError

from datasette_sqlclap.responses import RefusedError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import numpy as np
    import numpy.typing as npt
    from datasette.app import Datasette

    from datasette_sqlclap.own_output import Receive
    from sqlclap.audio.budget import DecodingBudget
    from sqlclap.audio.decode import AudioStream

SETTINGS = ("model", "label", "read-only", "follow-links", "hide-paths")
_KINDS: dict[str, type | tuple[type, ...]] = {
    "model": str,
    "label": (dict, bool),
    "read-only": bool,
    "follow-links": bool,
    "hide-paths": bool,
}


def check_settings(datasette: Datasette) -> None:
    """Check the plugin's settings at start: a misspelt one would have no effect.

    Raises
    ------
    StartupError
    """
    settings: Any = datasette.plugin_config("sqlclap") or {}
    known = ", ".join(SETTINGS)
    if not isinstance(settings, dict):
        raise StartupError(f"sqlclap: expected an object of settings ({known}), got {settings!r}")
    unknown = ", ".join(sorted(set(map(str, settings)) - set(SETTINGS)))
    if unknown:
        raise StartupError(f"sqlclap: unknown plugin setting {unknown}; there are {known}")
    for name, value in settings.items():
        if value is not None and not isinstance(value, _KINDS[name]):
            raise StartupError(f"sqlclap: the plugin setting {name} can't be {value!r}")


Result = TypeVar("Result")

THREADS = 2
WAITING = 32


class CancelledJobError(Exception):
    """All waiting clients have left."""


@dataclass
class Job:
    """A decoding job, shared by all requests with the same key."""

    future: Future[Any]
    left: threading.Event = field(default_factory=threading.Event)
    waiters: int = 0

    def blocks(
        self, stream: AudioStream, budget: DecodingBudget
    ) -> Iterator[npt.NDArray[np.float32]]:
        """Yield a sound's blocks up to a budget, as long as a client is waiting.

        Raises
        ------
        SoundTooLongError, AudioDecodeError
        CancelledJobError
        """
        for block in budget.within(stream):
            self.check()
            yield block

    def check(self) -> None:
        """Raise an error if no client is waiting any more."""
        if self.left.is_set():
            raise CancelledJobError


class Slots:
    """A limited number of slots for work that needs memory; further requests are refused.

    Parameters
    ----------
    count : int
    """

    def __init__(self, count: int) -> None:
        self._free = threading.Semaphore(count)

    @contextmanager
    def taken(self) -> Iterator[None]:
        """Take a place.

        Raises
        ------
        RefusedError
            503: there is none.
        """
        if not self._free.acquire(blocking=False):
            raise RefusedError(503, "too many sounds are being sent; try again soon")
        try:
            yield
        finally:
            self._free.release()


class DecodingPool:
    """A pool of decoding threads with a bounded queue; when it is full, requests are refused.

    Parameters
    ----------
    threads, waiting : int
    """

    def __init__(self, threads: int = THREADS, waiting: int = WAITING) -> None:
        self._lock = threading.Lock()
        self._most = threads + waiting
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="sqlclap-decode")
        self._jobs: dict[object, Job] = {}

    async def run(self, receive: Receive, key: object, work: Callable[[Job], Result]) -> Result:
        """Return the result of `work`; concurrent requests with the same key share it.

        Parameters
        ----------
        receive : callable
            ASGI's: tells when the client leaves. The request's body must have been read.
        key : hashable
        work : callable
            Takes the job, and looks at it now and then: see `Job.blocks`.

        Raises
        ------
        RefusedError
            503: too many wait already. 499: the client has left.
        """
        job = self._join(key, work)
        try:
            async with leaving(receive) as left:
                future = asyncio.wrap_future(job.future)
                await asyncio.wait({future, left}, return_when=asyncio.FIRST_COMPLETED)
                if future.done():
                    result: Result = future.result()
                    return result
                future.add_done_callback(_look_away)
                raise RefusedError(499, "the client has left")
        except CancelledJobError as error:
            raise RefusedError(503, "it was stopped; ask again") from error
        finally:
            self._leave(job)

    def _join(self, key: object, work: Callable[[Job], Any]) -> Job:
        with self._lock:
            job = self._jobs.get(key)
            if job is None or job.left.is_set():
                if len(self._jobs) >= self._most:
                    raise RefusedError(503, "too many sounds are being decoded; try again soon")
                place = key if job is None else object()  # one that was left ends by itself
                job = Job(Future())
                self._jobs[place] = job
                job.future.set_running_or_notify_cancel()  # one waiter's end must not cancel it
                self._threads.submit(self._work, job, work)
            job.waiters += 1
            return job

    def _leave(self, job: Job) -> None:
        with self._lock:
            job.waiters -= 1
            if job.waiters == 0:
                job.left.set()

    def _work(self, job: Job, work: Callable[[Job], Any]) -> None:
        try:
            job.check()
            result = work(job)
        except BaseException as error:
            self._forget(job)
            job.future.set_exception(error)
        else:
            self._forget(job)
            job.future.set_result(result)

    def _forget(self, job: Job) -> None:
        with self._lock:
            self._jobs = {key: one for key, one in self._jobs.items() if one is not job}


def _look_away(done: asyncio.Future[Any]) -> None:
    if not done.cancelled():
        done.exception()


@asynccontextmanager
async def leaving(receive: Receive) -> AsyncIterator[asyncio.Task[None]]:
    """Yield a task that ends when the client disconnects."""

    async def wait() -> None:
        while (await receive())["type"] != "http.disconnect":
            pass

    task = asyncio.create_task(wait())
    try:
        yield task
    finally:
        task.cancel()


DECODING = DecodingPool()
