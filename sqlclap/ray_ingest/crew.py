"""Connects to Ray, or starts it on this machine's loopback for as long as an ingest runs."""

from __future__ import annotations

import os
import secrets
from collections.abc import Collection, Generator, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sqlclap.errors import IngestError, NotInstalledError
from sqlclap.ingest.batches import files_for
from sqlclap.ray_ingest.dispatch import Dispatcher

if TYPE_CHECKING:
    from sqlclap.ingest.embedding import Outcome
    from sqlclap.ingest.plan import FileTask
    from sqlclap.models.bundle import Bundle
    from sqlclap.ray_ingest.engine import RayEngine

AUTO = "auto"
STORE_BYTES = 200_000_000
"""Of Ray's object store on this machine: batches' answers, and the model's files once."""
STARTS = 4
"""Ray gives its own start 30 seconds, whatever else the machine does."""

LOOPBACK_ONLY = {"RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0", "RAY_AUTH_MODE": "token"}
"""Ray turns 127.0.0.1 into the host's address, and listens on all interfaces then, unless it is
told that there is no cluster of several machines. Read when it is imported."""


class RayCrew:
    """Workers on Ray, for `IngestOptions.crew`.

    Parameters
    ----------
    ray : module
        Connected.
    is_here : bool
        Whether the cluster is of this machine alone.
    """

    def __init__(self, ray: Any, is_here: bool = False) -> None:
        self._ray = ray
        self._is_here = is_here
        self._engine: RayEngine | None = None
        self._bundle: Bundle | None = None

    def outcomes(self, bundle: Bundle, tasks: Collection[FileTask]) -> Generator[Outcome]:
        """Yield what becomes of each task, once each.

        Workers stay for the next tasks of the same model, such as another shard's.
        """
        if not tasks:
            return
        engine = self._engine_of(replace(bundle, hold=None))
        most_files = files_for(len(tasks), engine.cores)
        try:
            yield from Dispatcher(engine, most_files).outcomes(tasks)
        except BaseException:  # broken off: answers are on their way that nobody will take
            self.close()
            raise

    def close(self) -> None:
        """End the workers."""
        if self._engine is not None:
            self._engine.close()
        self._engine = None

    def _engine_of(self, bundle: Bundle) -> RayEngine:
        from sqlclap.ray_ingest.engine import RayEngine

        if self._engine is None or self._bundle != bundle:
            self.close()
            self._engine = RayEngine(self._ray, bundle, sends=not self._is_here)
            self._bundle = bundle
        return self._engine


@contextmanager
def ray_crew(address: str, cores: int | None = None) -> Iterator[RayCrew]:
    """Connect to a cluster; one that was started here ends with this.

    Parameters
    ----------
    address : str
        "auto": what ``$RAY_ADDRESS`` names, or else a cluster of this machine alone, on loopback
        and with a token.
    cores : int, optional
        Of a cluster that is started here; by default all.

    Raises
    ------
    NotInstalledError
        The extra ``ray`` is not installed.
    IngestError
        The cluster can't be reached or started.
    """
    named = os.environ.get("RAY_ADDRESS", "") if address == AUTO else address
    if not named:
        os.environ.update(LOOPBACK_ONLY)
        os.environ.setdefault("RAY_AUTH_TOKEN", secrets.token_hex(16))
        # A cluster of our own sends no report of its use to Ray's makers.
        os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    ray = _imported()
    options: dict[str, Any] = {"log_to_driver": False, "logging_level": "ERROR"}
    if not named:
        options |= {"include_dashboard": False, "object_store_memory": STORE_BYTES}
        options |= {"num_cpus": cores, "_node_ip_address": "127.0.0.1"}
    _connect(ray, named, options)
    try:
        with closing(RayCrew(ray, is_here=not named)) as crew:
            yield crew
    finally:
        ray.shutdown()  # of what this process started or is connected to; never of others


def _connect(ray: Any, named: str, options: dict[str, Any]) -> None:
    for left in reversed(range(STARTS)):
        try:
            ray.init(address=named or "local", **options)
        except Exception as error:  # Ray's own, ConnectionError, RuntimeError, ...
            told = " ".join(str(error).split())[:300]
            if left and not named and "timed out during startup" in told:
                ray.shutdown()
                continue
            raise IngestError(f"Ray at {named or 'this machine'} can't be used: {told}") from error
        return


def _imported() -> Any:
    try:
        import ray
    except ImportError as error:
        raise NotInstalledError(
            "work on several machines is done by the package ray: pip install 'sqlclap[ray]'"
        ) from error
    return ray
