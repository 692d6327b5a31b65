"""Connects to Ray, or starts it on this machine's loopback for as long as an ingest runs."""

from __future__ import annotations

import os
import secrets
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sqlclap.errors import IngestError, NotInstalledError
from sqlclap.ray_ingest.dispatch import Dispatcher

if TYPE_CHECKING:
    from sqlclap.ingest.embedding import Outcome
    from sqlclap.ingest.plan import FileTask
    from sqlclap.models.bundle import Bundle

AUTO = "auto"
STORE_BYTES = 200_000_000
"""Of Ray's object store on this machine: batches' answers, and the model's files once."""

LOOPBACK_ONLY = {"RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0", "RAY_AUTH_MODE": "token"}
"""Ray turns 127.0.0.1 into the host's address, and listens on all interfaces then, unless it is
told that there is no cluster of several machines. Read when it is imported."""


class RayCrew:
    """Workers on Ray, for `IngestOptions.crew`.

    Parameters
    ----------
    ray : module
        Connected.
    """

    def __init__(self, ray: Any) -> None:
        self._ray = ray

    def outcomes(self, bundle: Bundle, tasks: Sequence[FileTask]) -> Generator[Outcome]:
        """Yield what becomes of each task, once each."""
        if not tasks:
            return
        from sqlclap.ray_ingest.engine import RayEngine

        with closing(RayEngine(self._ray, replace(bundle, hold=None))) as engine:
            yield from Dispatcher(engine).outcomes(tasks)


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
    ray = _imported()
    options: dict[str, Any] = {"log_to_driver": False, "logging_level": "ERROR"}
    if not named:
        options |= {"include_dashboard": False, "object_store_memory": STORE_BYTES}
        options |= {"num_cpus": cores, "_node_ip_address": "127.0.0.1"}
    try:
        ray.init(address=named or "local", **options)
    except Exception as error:  # Ray's own, ConnectionError, RuntimeError, ...
        told = " ".join(str(error).split())[:300]
        raise IngestError(f"Ray at {named or 'this machine'} can't be used: {told}") from error
    try:
        yield RayCrew(ray)
    finally:
        ray.shutdown()  # of what this process started or is connected to; never of others


def _imported() -> Any:
    try:
        import ray
    except ImportError as error:
        raise NotInstalledError(
            "work on several machines is done by the package ray: pip install 'sqlclap[ray]'"
        ) from error
    return ray
