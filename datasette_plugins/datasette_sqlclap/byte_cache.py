"""A cache of what was computed of sounds, in bounded memory."""

from __future__ import annotations

import threading
from collections import OrderedDict


class ByteCache:
    """A cache of the latest results, up to a total size; safe with several threads.

    Parameters
    ----------
    most_bytes : int
        Of all results together; the oldest make room.
    """

    def __init__(self, most_bytes: int) -> None:
        self._lock = threading.Lock()
        self._most_bytes = most_bytes
        self._cache: OrderedDict[object, bytes] = OrderedDict()
        self.kept_bytes = 0

    def get(self, key: object) -> bytes | None:
        """Return a result, if it is kept."""
        with self._lock:
            found = self._cache.get(key)
            if found is not None:
                self._cache.move_to_end(key)
            return found

    def keep(self, key: object, result: bytes) -> None:
        """Keep a result; the oldest make room."""
        with self._lock:
            self.kept_bytes += len(result) - len(self._cache.pop(key, b""))
            self._cache[key] = result
            while self.kept_bytes > self._most_bytes and len(self._cache) > 1:
                self.kept_bytes -= len(self._cache.popitem(last=False)[1])
