"""Matrix products on one thread.

numpy's BLAS splits a product over all cores, and its threads wait for one another by spinning:
where the other cores have work of their own, that costs more than it brings. Products of log-mel
filters beside the audio tower made an ingest a third slower (docs/BENCHMARKS.md); a label's small
products gain nothing from more threads (docs/BENCHMARKS-labels.md).
"""

from __future__ import annotations

import threading
from functools import cache
from types import TracebackType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from threadpoolctl import ThreadpoolController, _ThreadpoolLimiter


class _OneThread:
    """A limit that holds as long as anyone needs it.

    BLAS knows one number of threads for the whole process. So the first to come sets the limit and
    the last to go lifts it: each on their own, two threads would put each other's limit back.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._holders = 0
        self._limit: _ThreadpoolLimiter | None = None

    def __enter__(self) -> None:
        with self._lock:
            if not self._holders:
                self._limit = _controller().limit(limits=1, user_api="blas")
            self._holders += 1

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with self._lock:
            self._holders -= 1
            if not self._holders and self._limit is not None:
                self._limit.restore_original_limits()
                self._limit = None


@cache
def _controller() -> ThreadpoolController:
    """Look for the BLAS that numpy has loaded; that takes some milliseconds."""
    import numpy as np
    from threadpoolctl import ThreadpoolController

    del np  # it has to be there
    return ThreadpoolController()


ONE_THREAD = _OneThread()
