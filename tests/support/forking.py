"""Work in a forked child."""

from __future__ import annotations

import gc
import importlib
import os
import traceback
from collections.abc import Callable

_LOADED = (
    *("apsw", "faiss", "numpy.fft", "numpy.ma", "numpy.random", "numpy.testing", "onnxruntime"),
    *("sqlite_vec", "threadpoolctl", "tokenizers", "sqlclap.api", "sqlclap.index.handle"),
    *("sqlclap.ingest.pipeline", "sqlclap.models.shared_encoders", "sqlclap.opening"),
    *("sqlclap.shards.ingest", "sqlclap.shards.inspection", "sqlclap.shards.session"),
)


def load_before_forks() -> None:
    """Load what children work with: each of hundreds would take longer for that than for its work.

    No thread is started by it: of those, a child has none.
    """
    for name in _LOADED:
        importlib.import_module(name)


def forked(run: Callable[[], object]) -> int:
    """Run in a child, and return its process id; its exit code says whether all went well."""
    child = os.fork()
    if child == 0:
        code = 1
        # Garbage of the parent may be a model, which waits for its threads: the child has none.
        gc.freeze()
        try:
            run()
            code = 0
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(code)
    return child
