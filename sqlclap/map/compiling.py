"""How compiled code is imported and kept; nothing of it is loaded before that."""

from __future__ import annotations

import atexit
import importlib
import os
import shutil
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlclap.errors import CompileWarning, MissingExtraError

NO_CACHE_LOCATION = "no locator available"
"""What numba says when it can write neither beside a module nor into the user's cache folder."""


def import_compiled(module: str) -> Any:
    """Import a module of functions that numba compiles and caches.

    Numba caches them in ``NUMBA_CACHE_DIR``, beside the module, or in the user's cache folder, and
    fails if it can write to none of these. Then they are cached for this process only.

    Raises
    ------
    MissingExtraError
        The module, or a library that it needs, is not installed.
    """
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        raise MissingExtraError(
            f"maps and clusters need {error.name}, which is not installed: "
            "pip install 'sqlclap[map]'"
        ) from error
    except RuntimeError as error:
        if NO_CACHE_LOCATION not in str(error):
            raise
    _keep_for_this_process()
    return importlib.import_module(module)


@contextmanager
def one_thread_compiled() -> Iterator[None]:
    """Let compiled loops run in the calling thread alone.

    What fast_hdbscan finds with several threads depends on which is quicker, but for its
    ``reproducible`` way: that lets them meet after every few points (eight a thread, at the end),
    and each waits for the slowest by spinning. Beside other programs it took ten times one thread's
    processor time for the same tree; one thread also leaves out more, for it knows all that was
    found before. On two idle cores it takes 1.4 to 1.7 times as long (2.4 s for 60,000 points) and
    three quarters of the processor time.
    """
    import numba

    count = numba.get_num_threads()
    numba.set_num_threads(1)
    try:
        yield
    finally:
        numba.set_num_threads(count)


def _keep_for_this_process() -> None:
    import numba

    # A folder of its own: others must not be able to put code into it.
    folder = tempfile.mkdtemp(prefix="sqlclap-compiled-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    os.environ["NUMBA_CACHE_DIR"] = folder
    config: Any = numba.config
    config.reload_config()
    warnings.warn(
        "compiled code can't be kept, so maps and clusters take longer to start: "
        "set NUMBA_CACHE_DIR to a folder that can be written",
        CompileWarning,
        stacklevel=3,
    )
