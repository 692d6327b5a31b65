"""Samples whose file is gone, waiting to be recognised under another name."""

from __future__ import annotations

import json
import os
import threading
from collections import defaultdict
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from sqlclap.ingest.plan import Plan
from sqlclap.library import file_path, statement

if TYPE_CHECKING:
    import apsw


@dataclass(frozen=True)
class Vacated:
    """A sample without a file.

    Attributes
    ----------
    sample_id : int
    has_vector : bool
        Under the model of this ingest.
    """

    sample_id: int
    has_vector: bool


class VacatedSamples:
    """Gone samples by content hash; each is given out once, also when threads ask together."""

    def __init__(self) -> None:
        self._by_hash: defaultdict[str, list[Vacated]] = defaultdict(list)
        self._lock = threading.Lock()

    def add(self, content_hash: str, sample: Vacated) -> None:
        """Let a sample wait for its file."""
        self._by_hash[content_hash].append(sample)

    def take(self, content_hash: str) -> Vacated | None:
        """Return a sample of this content and forget it, or None."""
        with self._lock:
            waiting = self._by_hash.get(content_hash)
            return waiting.pop(0) if waiting else None


def find_vacated(connection: apsw.Connection, model_id: int, plan: Plan) -> VacatedSamples:
    """Collect the samples that a plan's new files may be.

    Samples of other folders count too: a file may have moved from one source to another. Only
    those are looked at that have the size of a new file. Of a folder that isn't there at all (an
    unplugged disk) nothing is known to have left.
    """
    found = VacatedSamples()
    sizes = sorted({task.file.bytes for task in plan.tasks if task.known is None})
    is_there = cache(os.path.isdir)
    rows = connection.execute(statement("samples_on_disk"), (model_id, json.dumps(sizes)))
    for sample_id, content_hash, root, path, path_bytes, has_vector in rows:
        if is_there(root) and not os.path.lexists(file_path(root, path, path_bytes)):
            found.add(content_hash, Vacated(sample_id, bool(has_vector)))
    return found
