"""Work in a forked child."""

from __future__ import annotations

import gc
import os
import traceback
from collections.abc import Callable


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
