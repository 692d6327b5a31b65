"""How compiled code is imported and kept; nothing of it is loaded before that."""

from __future__ import annotations

import atexit
import importlib
import os
import shutil
import tempfile
import warnings
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
