"""Samples whose file is gone, waiting to be recognised under another name."""

from __future__ import annotations

import json
import os
import threading
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from sqlclap.ingest.plan import Plan, Task
from sqlclap.library import file_path, statement

if TYPE_CHECKING:
    from sqlclap.library.database import Database


@dataclass(frozen=True)
class Vacated:
    """A sample without a file.

    Attributes
    ----------
    sample_id : int
    has_vector : bool
        Under the model of this ingest.
    file : Path
        Where it was.
    """

    sample_id: int
    has_vector: bool
    file: Path


class VacatedSamples:
    """Gone samples by content hash; each is given out once, also when threads ask together.

    Of several that hold the same, a file is the one whose path ends most like its own. A sample
    is kept for the new file whose path ends most like its own, in whatever order threads ask.
    """

    def __init__(self, tasks: Iterable[Task] = ()) -> None:
        self._by_hash: defaultdict[str, list[Vacated]] = defaultdict(list)
        self._lock = threading.Lock()
        self._kept_for: dict[int, Path] = {}
        self._new: defaultdict[tuple[int, str], list[Path]] = defaultdict(list)
        for task in tasks:
            file = _file_of(task)
            self._new[task.file.bytes, file.name].append(file)

    def add(self, content_hash: str, size: int, sample: Vacated) -> None:
        """Let a sample wait for its file."""
        self._by_hash[content_hash].append(sample)
        alike = self._new.get((size, sample.file.name))
        if alike:
            best = max(alike, key=lambda file: (common_tail(file, sample.file), str(file)))
            self._kept_for[sample.sample_id] = best

    def take(self, content_hash: str, task: Task) -> Vacated | None:
        """Return the sample of this content that a file is, and forget it; or None."""
        with self._lock:
            waiting = self._by_hash.get(content_hash)
            if not waiting:
                return None
            file = _file_of(task)
            able = [one for one in waiting if self._kept_for.get(one.sample_id, file) == file]
            if not able:
                return None
            chosen = max(able, key=lambda one: (common_tail(file, one.file), -one.sample_id))
            waiting.remove(chosen)
            return chosen


def common_tail(one: Path, other: Path) -> int:
    """Count the parts, from the last, in which two paths agree.

    >>> common_tail(Path("/old/drums/kick.wav"), Path("/new/disk/drums/kick.wav"))
    2
    """
    count = 0
    for mine, theirs in zip(reversed(one.parts), reversed(other.parts), strict=False):
        if mine != theirs:
            break
        count += 1
    return count


def _file_of(task: Task) -> Path:
    return Path(task.source.root) / task.file.path


def find_vacated(connection: Database, model_id: int, plan: Plan) -> VacatedSamples:
    """Collect the samples that a plan's new files may be.

    Samples of other sources count too: a file may have moved from one to another, or a whole
    folder under another name. Only those are looked at that have the size of a new file. The
    sounds of a folder that isn't there at all count as gone: it was renamed, or its disk is
    unplugged and a copy of it is being taken in. Should that disk come back, its files are new.
    So does a file that was found through a link, and now is by its own name.
    """
    new = [task for task in plan.tasks if task.known is None]
    found = VacatedSamples(new)
    names = {str(_file_of(task)) for task in new}
    sizes = sorted({task.file.bytes for task in new})
    is_there, real = cache(os.path.isdir), cache(os.path.realpath)
    rows = connection.execute(statement("samples_on_disk"), (model_id, json.dumps(sizes)))
    for sample_id, content_hash, size, root, path, path_bytes, has_vector in rows:
        file = file_path(root, path, path_bytes)
        own_name = f"{real(str(file.parent))}/{file.name}"
        is_linked = own_name in names and own_name != str(file)
        if is_linked or not is_there(root) or not os.path.lexists(file) or is_there(str(file)):
            found.add(content_hash, size, Vacated(sample_id, bool(has_vector), file))
    return found
