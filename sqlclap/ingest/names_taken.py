"""Moves samples along whose file has another name now, and whose old name holds another sound."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlclap.db.samples import merge_samples
from sqlclap.db.scratch import scratch_database
from sqlclap.db.sources import path_columns
from sqlclap.db.statements import statement, write_transaction
from sqlclap.ingest.orphaned import file_of
from sqlclap.ingest.paged_list import PagedList
from sqlclap.ingest.path_tails import paired
from sqlclap.ingest.plan import FileTask
from sqlclap.sqlite_files import content_hash

if TYPE_CHECKING:
    from sqlclap.db.database import Database
    from sqlclap.ingest.shares import FileShare

ASIDES = "SELECT number FROM put_aside ORDER BY number"


@dataclass(frozen=True)
class Renamings:
    """What was moved along.

    Attributes
    ----------
    moved : int
        Samples that have their file's new name.
    complete : int
        Among them: those for which nothing else is to be done.
    merged : int
        Samples whose name another one took, and whose own sound is nowhere: what people said of
        them is said of the one that has the name.
    put_aside : int
        Samples whose sound is a file of another library by now: they are missing under a name that
        no file has, until what was said of them is handed on.
    """

    moved: int = 0
    complete: int = 0
    merged: int = 0
    put_aside: int = 0


def follow_renamings(
    database: Database, tasks: PagedList[FileTask], share: FileShare | None = None
) -> Renamings:
    """Give samples their file's new name where their old one was taken by another sound.

    Files that were numbered anew, or swapped, have new content under every known name. By name
    alone, what was said of one sound would be said of the next. So a sample goes where its content
    is. One whose content is nowhere stays with its name: its file was edited.

    Only files are read that a sample may have moved to: those of its size. Objects are not, as each
    would have to be fetched twice.

    Parameters
    ----------
    database : Database
    tasks : PagedList of FileTask
        Of the ingest's plan; it is to be made anew where something was moved or put aside.
    share : FileShare, optional
        Where other libraries take in files, too, to which samples may have moved.
    """
    if not any(_is_changed(task) for task in tasks):
        return Renamings()
    renaming = _Renaming(tasks, share)
    try:
        if not renaming.find():
            return Renamings()
        with write_transaction(database):
            if not all(_is_still_there(database, was) for was in renaming.moving()):
                return Renamings()  # another program has moved it
            return renaming.write(database)
    finally:
        renaming.close()


def _is_changed(task: FileTask) -> bool:
    known = task.known
    if known is None or task.source.is_address:
        return False
    return task.looks_unchanged or not known.has_stamp_of(task.file)


class _Renaming:
    """Finds the files that hold what samples held whose own name holds another sound.

    What is looked up lies in a database of its own, where files are their numbers in the plan: all
    of an archive may have been renamed.
    """

    def __init__(self, tasks: PagedList[FileTask], share: FileShare | None) -> None:
        self._tasks, self._share = tasks, share
        self._looked_up = scratch_database("ingest/renaming_tables")

    def close(self) -> None:
        self._looked_up.close()

    def find(self) -> bool:
        """Find all of them; return whether there is any."""
        run = self._looked_up.execute
        insert = "INSERT INTO sizes VALUES (?, ?)"
        self._looked_up.executemany(insert, ((n, one.file.bytes) for n, one in self._on_disk()))
        self._note_beyond()
        for number, task in self._on_disk():
            if _is_changed(task) and task.known is not None and self._has_left(number, task):
                row = (number, task.known.content_hash, task.known.bytes)
                run("INSERT INTO left_behind VALUES (?, ?, ?)", row)
        if not run("SELECT 1 FROM left_behind LIMIT 1").get:
            return False
        for number, task in self._on_disk():
            held = self._taken_up(number, task)
            if held is not None:
                run("INSERT INTO candidates VALUES (?, ?)", (number, held))
        for (held,) in self._looked_up.execute(statement("ingest/renaming_contents")):
            self._pair(held)
        self._find_beyond()
        return bool(run("SELECT 1 FROM targets UNION ALL SELECT 1 FROM put_aside LIMIT 1").get)

    def _note_beyond(self) -> None:
        """Note the files of other libraries to which samples may have moved, by their sizes."""
        if self._share is None:
            return
        changed = (task.known for _, task in self._on_disk() if _is_changed(task))
        sizes = {known.bytes for known in changed if known is not None}
        rows = (
            (os.fsencode(one.path), one.file.bytes, one.known and one.known.content_hash)
            for one in self._share.beyond(sizes)
            if not one.source.is_address
        )
        insert = "INSERT OR IGNORE INTO beyond (file, bytes, known_hash) VALUES (?, ?, ?)"
        self._looked_up.executemany(insert, rows)

    def _find_beyond(self) -> None:
        """Find the samples whose sounds are files of other libraries."""
        run = self._looked_up.execute
        files: list[Any] = run(statement("ingest/renaming_beyond")).fetchall()
        for (file,) in files:
            with suppress(OSError):
                held = content_hash(Path(os.fsdecode(file)))
                run("UPDATE beyond SET content_hash = ? WHERE file = ?", (held, file))
        run(statement("ingest/renaming_put_aside"))

    def moving(self) -> Iterator[FileTask]:
        """Yield files by the names of samples that are to get others."""
        query = "SELECT was FROM targets UNION ALL SELECT number FROM put_aside"
        for (was,) in self._looked_up.execute(query):
            yield self._tasks[was]

    def targets(self) -> Iterator[tuple[FileTask, FileTask]]:
        """Yield files by the names that samples have, with those that hold their sounds."""
        for was, number in self._looked_up.execute("SELECT was, number FROM targets ORDER BY 1"):
            yield self._tasks[was], self._tasks[number]

    def write(self, database: Database) -> Renamings:
        """Move the samples along; in a write transaction."""
        lost = 0
        for sample_id, taken_from in self._looked_up.execute(statement("ingest/renaming_lost")):
            merge_samples(database, keep=sample_id, drop=taken_from)
            lost += 1
        asides = [self._tasks[row[0]] for row in self._looked_up.execute(ASIDES)]
        database.executemany(statement("ingest/put_aside"), map(self._aside, asides))
        # Aside first: one sample's new name may be another's old one.
        for step in ("ingest/relocate_aside", "ingest/relocate_sample"):
            database.executemany(statement(step), (_place(*pair) for pair in self.targets()))
        known = [was.known.is_complete for was, _ in self.targets() if was.known is not None]
        return Renamings(len(known), sum(known), lost, len(asides))

    def _aside(self, task: FileTask) -> dict[str, Any]:
        if self._share is None or task.known is None:
            raise ValueError("no sample that other libraries may have")
        path, raw = path_columns(self._share.aside(task.source.root, task.file.path))
        return {"sample_id": task.known.sample_id, "path": path, "path_bytes": raw}

    def _on_disk(self) -> Iterator[tuple[int, FileTask]]:
        tasks = enumerate(self._tasks)
        return ((number, task) for number, task in tasks if not task.source.is_address)

    def _has_left(self, number: int, task: FileTask) -> bool:
        """Whether a name holds another sound, and some other file may hold what it held."""
        known = task.known
        if known is None or not known.content_hash:
            return False
        query = statement("ingest/renaming_alike")
        if not self._looked_up.execute(query, (known.bytes, number)).get:
            return False
        return self._held(number, task) not in (None, known.content_hash)

    def _taken_up(self, number: int, task: FileTask) -> str | None:
        """Return what a file holds, if that is new at its name and some sample has lost it."""
        run = self._looked_up.execute
        if not run("SELECT 1 FROM left_behind WHERE bytes = ? LIMIT 1", (task.file.bytes,)).get:
            return None
        held = self._held(number, task)
        if held is None or (task.known is not None and task.known.content_hash == held):
            return None
        is_lost = run("SELECT 1 FROM left_behind WHERE content_hash = ? LIMIT 1", (held,)).get
        return held if is_lost else None

    def _held(self, number: int, task: FileTask) -> str | None:
        """Return the SHA-256 of a file, which is read once at most; None where it can't be."""
        run = self._looked_up.execute
        row = run("SELECT content_hash FROM held WHERE number = ?", (number,)).fetchone()
        if row is None:
            try:
                row = (content_hash(file_of(task)),)
            except OSError:
                row = (None,)
            run("INSERT INTO held VALUES (?, ?)", (number, *row))
        return None if row[0] is None else str(row[0])

    def _pair(self, held: str) -> None:
        samples = self._numbered("SELECT number FROM left_behind WHERE content_hash = ?", held)
        files = self._numbered("SELECT number FROM candidates WHERE content_hash = ?", held)
        known = [(task, task.known, number) for number, task in samples if task.known is not None]
        known.sort(key=lambda one: one[1].sample_id)
        olds = [(file_of(task), (record.sample_id, number)) for task, record, number in known]
        news = [(file_of(task), (number, task.known)) for number, task in files]
        for (sample_id, was), (number, other) in paired(olds, news):
            taken_from = None if other is None else other.sample_id
            row = (sample_id, was, number, taken_from)
            self._looked_up.execute("INSERT INTO targets VALUES (?, ?, ?, ?)", row)

    def _numbered(self, query: str, held: str) -> list[tuple[int, FileTask]]:
        rows: list[Any] = self._looked_up.execute(f"{query} ORDER BY number", (held,)).fetchall()
        return [(number, self._tasks[number]) for (number,) in rows]


def _is_still_there(database: Database, task: FileTask) -> bool:
    row = {"source_id": task.source.source_id, "path": path_columns(task.file.path)[0]}
    query = "SELECT sample_id FROM samples WHERE source_id = :source_id AND path = :path"
    found = database.execute(query, row).fetchone()
    return found is not None and task.known is not None and found[0] == task.known.sample_id


def _place(was: FileTask, task: FileTask) -> dict[str, Any]:
    path, raw = path_columns(task.file.path)
    sample_id = None if was.known is None else was.known.sample_id
    columns = {"sample_id": sample_id, "source_id": task.source.source_id}
    stamp = {"bytes": task.file.bytes, "mtime_ns": task.file.mtime_ns}
    return columns | {"path": path, "path_bytes": raw} | stamp
