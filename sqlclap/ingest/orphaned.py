"""Samples whose file is gone, and which new file each of them belongs to."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlclap.addresses import is_address
from sqlclap.db.scratch import scratch_database
from sqlclap.db.sources import file_path
from sqlclap.db.statements import read_transaction, statement
from sqlclap.ingest.path_tails import common_tail

if TYPE_CHECKING:
    import apsw

    from sqlclap.db.database import Database
    from sqlclap.ingest.plan import FileTask, Plan
    from sqlclap.ingest.shares import FileShare

FOLDERS = 4_096
"""Of which it is remembered where they are."""


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

    They are looked up in a database of their own: there may be as many as there are files.

    Parameters
    ----------
    tasks : iterable of FileTask
        Of the files to take in for the first time.
    """

    def __init__(self, tasks: Iterable[FileTask] = ()) -> None:
        self._lock = threading.Lock()
        self._is_empty = True
        self._made: apsw.Connection | None = None
        rows = (_as_row(task) for task in tasks)
        if (first := next(rows, None)) is not None:
            insert = "INSERT OR IGNORE INTO new_files VALUES (?, ?, ?)"
            self._looked_up.executemany(insert, chain([first], rows))

    def is_new_file(self, name: str) -> bool:
        """Whether a path is that of one of the files to take in."""
        query = "SELECT 1 FROM new_files WHERE file = ?"
        return bool(self._looked_up.execute(query, (os.fsencode(name),)).get)

    def add(self, content_hash: str, size: int, sample: OrphanedSample) -> None:
        """Add an orphaned sample."""
        query = "SELECT file FROM new_files WHERE bytes = ? AND name = ?"
        alike = self._looked_up.execute(query, (size, os.fsencode(sample.file.name)))
        best = max(
            (os.fsdecode(file) for (file,) in alike),
            key=lambda file: (common_tail(Path(file), sample.file), file),
            default=None,
        )
        kept_for = None if best is None else os.fsencode(best)
        file = os.fsencode(str(sample.file))
        row = (sample.sample_id, content_hash, size, sample.has_vector, file, kept_for)
        self._looked_up.execute("INSERT INTO orphans VALUES (?, ?, ?, ?, ?, ?, 0)", row)
        self._is_empty = False

    def keep_for(self, file: Path, size: int) -> None:
        """Keep samples for a new file of another library, too, if they match it best."""
        query = "SELECT sample_id, file, kept_for FROM orphans WHERE bytes = ?"
        rows: list[Any] = self._looked_up.execute(query, (size,)).fetchall()
        for sample_id, former, kept_for in rows:
            sample = Path(os.fsdecode(former))
            if sample.name != file.name:
                continue
            others = [] if kept_for is None else [os.fsdecode(kept_for)]
            best = max([str(file), *others], key=lambda one: (common_tail(Path(one), sample), one))
            keep = "UPDATE orphans SET kept_for = ? WHERE sample_id = ?"
            self._looked_up.execute(keep, (os.fsencode(best), sample_id))

    @property
    def sizes(self) -> set[int]:
        """Sizes of the samples' files."""
        if self._is_empty:
            return set()
        return {row[0] for row in self._looked_up.execute("SELECT DISTINCT bytes FROM orphans")}

    def may_have(self, task: FileTask) -> bool:
        """Whether a sample may belong to a file, by its size: else its content needn't be asked."""
        if self._is_empty or task.known is not None:
            return False
        query = "SELECT 1 FROM orphans WHERE bytes = ? LIMIT 1"
        with self._lock:
            return bool(self._looked_up.execute(query, (task.file.bytes,)).get)

    def take(self, content_hash: str, task: FileTask) -> OrphanedSample | None:
        """Remove and return the orphaned sample that a file belongs to, or None."""
        if self._is_empty:
            return None
        file = file_of(task)
        key = (content_hash, os.fsencode(str(file)))
        with self._lock:
            able = [
                OrphanedSample(sample_id, bool(has_vector), Path(os.fsdecode(former)))
                for sample_id, has_vector, former in self._looked_up.execute(
                    statement("ingest/orphans_for"), key
                )
            ]
            if not able:
                return None
            chosen = max(able, key=lambda one: (common_tail(file, one.file), -one.sample_id))
            query = "UPDATE orphans SET is_taken = 1 WHERE sample_id = ?"
            self._looked_up.execute(query, (chosen.sample_id,))
            return chosen

    @property
    def _looked_up(self) -> apsw.Connection:
        if self._made is None:
            self._made = scratch_database("ingest/orphan_tables")
        return self._made


class GoneFiles:
    """Tells whether a sample's file is gone from its name, so that it may lie at another one.

    The files of a folder that isn't there at all count as gone; so does one that used to be found
    through a link, where it comes by its own name now.

    Parameters
    ----------
    is_new : callable
        Whether a path is that of a file that is taken in for the first time.
    """

    def __init__(self, is_new: Callable[[str], bool]) -> None:
        self._is_new = is_new
        self.is_folder = lru_cache(FOLDERS)(os.path.isdir)
        self._real = lru_cache(FOLDERS)(os.path.realpath)

    def __call__(self, root: str, file: Path) -> bool:
        """Return it of a file below a source's folder."""
        if not self.is_folder(root) or not os.path.lexists(file) or self.is_folder(str(file)):
            return True
        own_name = f"{self._real(str(file.parent))}/{file.name}"
        return own_name != str(file) and self._is_new(own_name)


def _as_row(task: FileTask) -> tuple[bytes, int, bytes]:
    file = file_of(task)
    return os.fsencode(str(file)), task.file.bytes, os.fsencode(file.name)


def file_of(task: FileTask) -> Path:
    """Return the path of a task's file."""
    return file_path(task.source.root, task.file.path, None)


def find_orphaned(
    connection: Database, model_id: int, plan: Plan, share: FileShare | None = None
) -> OrphanedSamples:
    """Collect the orphaned samples that may belong to a plan's new files.

    Samples of other sources count too: a file may have moved from one to another, or a whole
    folder under another name. Only those are looked at that have the size of a new file. The
    sounds of a folder that isn't there at all count as gone: it was renamed, or its disk is
    unplugged and a copy of it is being taken in. Should that disk come back, its files are new.
    A file that used to be found through a link, and now by its own name, counts as moved, too. Of
    objects, those are gone that a listing no longer has.

    Where several libraries divide files, a sample that a new file of another one matches best is
    kept for that.
    """
    if connection.execute("SELECT 1 FROM samples LIMIT 1").fetchone() is None:
        return OrphanedSamples()
    sizes = ((task.file.bytes,) for task in plan.tasks if task.known is None)
    with read_transaction(connection):
        connection.executemany("INSERT OR IGNORE INTO temp.new_sizes VALUES (?)", sizes)
    orphaned = OrphanedSamples(task for task in plan.tasks if task.known is None)
    is_gone_from_disk = GoneFiles(orphaned.is_new_file)
    rows = connection.execute(statement("ingest/samples_on_disk"), (model_id,))
    for sample_id, content_hash, size, root, path, path_bytes, has_vector, is_gone in rows:
        file = file_path(root, path, path_bytes)
        if is_address(root):
            if is_gone:
                orphaned.add(content_hash, size, OrphanedSample(sample_id, bool(has_vector), file))
            continue
        if is_gone_from_disk(root, file):
            orphaned.add(content_hash, size, OrphanedSample(sample_id, bool(has_vector), file))
    if share is not None and (left := orphaned.sizes):
        for one in share.beyond(left):
            if one.known is None:
                orphaned.keep_for(one.path, one.file.bytes)
    return orphaned
