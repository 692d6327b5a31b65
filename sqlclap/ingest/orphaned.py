"""Samples whose file is gone, and which new file each of them belongs to."""

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

from sqlclap.addresses import is_address
from sqlclap.db.sources import file_path
from sqlclap.db.statements import statement

if TYPE_CHECKING:
    from sqlclap.db.database import Database
    from sqlclap.ingest.plan import FileTask, Plan


@dataclass(frozen=True)
class OrphanedSample:
    """A sample whose file is gone.

    Attributes
    ----------
    sample_id : int
    has_vector : bool
        Under the model of this ingest.
    file : Path
        Former path of its file.
    """

    sample_id: int
    has_vector: bool
    file: Path


class OrphanedSamples:
    """Orphaned samples by content hash. Each is given out once; safe with several threads.

    Of several samples with the same content, a file gets the one whose path shares the longest tail
    with its own. A sample is kept for the file that matches best, in whatever order threads ask.
    """

    def __init__(self, tasks: Iterable[FileTask] = ()) -> None:
        self._by_hash: defaultdict[str, list[OrphanedSample]] = defaultdict(list)
        self._lock = threading.Lock()
        self._kept_for: dict[int, Path] = {}
        self._new: defaultdict[tuple[int, str], list[Path]] = defaultdict(list)
        self._names: set[str] = set()
        self._sizes: set[int] = set()
        for task in tasks:
            file = file_of(task)
            self._new[task.file.bytes, file.name].append(file)
            self._names.add(str(file))

    def is_new_file(self, name: str) -> bool:
        """Whether a path is that of one of the files to take in."""
        return name in self._names

    def add(self, content_hash: str, size: int, sample: OrphanedSample) -> None:
        """Add an orphaned sample."""
        self._by_hash[content_hash].append(sample)
        self._sizes.add(size)
        alike = self._new.get((size, sample.file.name))
        if alike:
            best = max(alike, key=lambda file: (common_tail(file, sample.file), str(file)))
            self._kept_for[sample.sample_id] = best

    def may_have(self, task: FileTask) -> bool:
        """Whether a sample may belong to a file, by its size: else its content needn't be asked."""
        return task.known is None and task.file.bytes in self._sizes

    def take(self, content_hash: str, task: FileTask) -> OrphanedSample | None:
        """Remove and return the orphaned sample that a file belongs to, or None."""
        with self._lock:
            waiting = self._by_hash.get(content_hash)
            if not waiting:
                return None
            file = file_of(task)
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


def file_of(task: FileTask) -> Path:
    """Return the path of a task's file."""
    return file_path(task.source.root, task.file.path, None)


def find_orphaned(connection: Database, model_id: int, plan: Plan) -> OrphanedSamples:
    """Collect the orphaned samples that may belong to a plan's new files.

    Samples of other sources count too: a file may have moved from one to another, or a whole
    folder under another name. Only those are looked at that have the size of a new file. The
    sounds of a folder that isn't there at all count as gone: it was renamed, or its disk is
    unplugged and a copy of it is being taken in. Should that disk come back, its files are new.
    A file that used to be found through a link, and now by its own name, counts as moved, too. Of
    objects, those are gone that a listing no longer has.
    """
    new = [task for task in plan.tasks if task.known is None]
    orphaned = OrphanedSamples(new)
    sizes = sorted({task.file.bytes for task in new})
    is_there, real = cache(os.path.isdir), cache(os.path.realpath)
    gone = {record.sample_id for source, record in plan.gone if source.is_address}
    rows = connection.execute(statement("ingest/samples_on_disk"), (model_id, json.dumps(sizes)))
    for sample_id, content_hash, size, root, path, path_bytes, has_vector in rows:
        file = file_path(root, path, path_bytes)
        if is_address(root):
            if sample_id in gone:
                orphaned.add(content_hash, size, OrphanedSample(sample_id, bool(has_vector), file))
            continue
        own_name = f"{real(str(file.parent))}/{file.name}"
        is_linked = own_name != str(file) and orphaned.is_new_file(own_name)
        if is_linked or not is_there(root) or not os.path.lexists(file) or is_there(str(file)):
            orphaned.add(content_hash, size, OrphanedSample(sample_id, bool(has_vector), file))
    return orphaned
