"""How long functions live that sqlite3 or pysqlite3 were given: as long as SQLite holds them.

pysqlite3 before 0.6 (its binaries are at 0.5.4) gives a function back without holding Python's
interpreter lock, where the connection was closed while one of its statements still lived. That
statement closes it for good when it goes: `pysqlite_statement_dealloc` lets go of the lock around
`sqlite3_finalize`, SQLite calls `_destructor` for each function, and that is a bare `Py_DECREF`.
If it was the last reference, the process ends ("PyThreadState_Get: ... the GIL is released", or a
segmentation fault). 0.6 and Python's own sqlite3 take the lock there.

A statement outlives ``close()`` if the connection doesn't know of it. One is made where the same
text is run while the cached one is at work: also after it has failed, for
`pysqlite_statement_reset` gives back the error of the last step and leaves it marked as at work.
So it takes two failures of one text, and a traceback that holds the second one's cursor.

Therefore the last reference is never SQLite's here: functions are kept, until they are found to be
held by nobody else.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any


@dataclass
class _Kept:
    function: partial[Any]
    alone: int = 0

    def references(self) -> int:
        return sys.getrefcount(self.function)


class KeptFunctions:
    """Functions that SQLite may hold; safe from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: list[_Kept] = []

    def __len__(self) -> int:
        return len(self._kept)

    def keep(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """Return a callable for SQLite; those that it has given back since are let go."""
        kept = _Kept(partial(function))
        kept.alone = kept.references()
        with self._lock:
            self._kept = [one for one in self._kept if one.references() > one.alone]
            self._kept.append(kept)
        return kept.function


KEPT = KeptFunctions()
