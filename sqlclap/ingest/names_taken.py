"""Moves samples along whose file has another name now, and whose old name holds another sound."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlclap.db.samples import merge_samples
from sqlclap.db.sources import path_columns
from sqlclap.db.statements import statement, write_transaction
from sqlclap.ingest.orphaned import common_tail, file_of
from sqlclap.ingest.plan import FileTask, Record
from sqlclap.sqlite_files import content_hash

if TYPE_CHECKING:
    from sqlclap.db.database import Database


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
    """

    moved: int = 0
    complete: int = 0
    merged: int = 0


def follow_renamings(database: Database, tasks: Iterable[FileTask]) -> Renamings:
    """Give samples their file's new name where their old one was taken by another sound.

    Files that were numbered anew, or swapped, have new content under every known name. By name
    alone, what was said of one sound would be said of the next. So a sample goes where its content
    is. One whose content is nowhere stays with its name: its file was edited.

    Only files are read that a sample may have moved to: those of its size. Objects are not, as each
    would have to be fetched twice.

    Parameters
    ----------
    database : Database
    tasks : iterable of FileTask
        Of the ingest's plan; it is to be made anew where something was moved.
    """
    on_disk = [task for task in tasks if not task.source.is_address]
    targets = _targets(_Contents(), on_disk)
    if not targets:
        return Renamings()
    with write_transaction(database):
        at_names = {task.known.sample_id: task for task in on_disk if task.known is not None}
        if not all(_is_still_there(database, at_names[sample_id]) for sample_id in targets):
            return Renamings()  # another program has moved it
        taken = {task.known.sample_id for task in targets.values() if task.known is not None}
        lost = taken - targets.keys()
        for sample_id, task in targets.items():
            if task.known is not None and task.known.sample_id in lost:
                merge_samples(database, keep=sample_id, drop=task.known.sample_id)
        places = [_place(sample_id, task) for sample_id, task in targets.items()]
        # Aside first: one sample's new name may be another's old one.
        for step in ("ingest/relocate_aside", "ingest/relocate_sample"):
            database.executemany(statement(step), places)
    known = (at_names[sample_id].known for sample_id in targets)
    complete = sum(record is not None and record.is_complete for record in known)
    return Renamings(len(targets), complete, len(lost))


@dataclass
class _Contents:
    """The content of files, each read once at most."""

    _hashes: dict[Path, str | None] = field(default_factory=dict)

    def of(self, task: FileTask) -> str | None:
        """Return the SHA-256 of a file, or None where it can't be read."""
        file = file_of(task)
        if file not in self._hashes:
            try:
                self._hashes[file] = content_hash(file)
            except OSError:
                self._hashes[file] = None
        return self._hashes[file]


def _targets(contents: _Contents, tasks: Iterable[FileTask]) -> dict[int, FileTask]:
    """Return the files that hold what samples held whose own name holds another sound."""
    by_size: defaultdict[int, list[FileTask]] = defaultdict(list)
    changed: list[tuple[FileTask, Record]] = []
    for task in tasks:
        by_size[task.file.bytes].append(task)
        known = task.known
        if known is not None and (task.looks_unchanged or not known.has_stamp_of(task.file)):
            changed.append((task, known))
    left: defaultdict[str, list[tuple[FileTask, Record]]] = defaultdict(list)
    for task, known in changed:
        if known.content_hash and _may_have_moved(task, known, by_size, contents.of):
            left[known.content_hash].append((task, known))
    sizes = {known.bytes for group in left.values() for _, known in group}
    found: defaultdict[str, list[FileTask]] = defaultdict(list)
    for task in (task for size in sizes for task in by_size[size]):
        held = contents.of(task)
        if (
            held is not None
            and held in left
            and not (task.known is not None and task.known.content_hash == held)
        ):
            found[held].append(task)
    return {
        sample_id: task
        for held, files in found.items()
        for sample_id, task in _paired(left[held], files).items()
    }


def _may_have_moved(
    task: FileTask,
    known: Record,
    by_size: Mapping[int, list[FileTask]],
    held: Callable[[FileTask], str | None],
) -> bool:
    """Whether a name holds another sound, and some other file may hold what it held."""
    if all(other is task for other in by_size.get(known.bytes, [])):
        return False
    return held(task) not in (None, known.content_hash)


def _paired(
    samples: Sequence[tuple[FileTask, Record]], files: Sequence[FileTask]
) -> dict[int, FileTask]:
    """Pair samples of one content with files of it, by how much of their paths' ends agrees."""
    pairs = sorted(
        (
            (common_tail(file_of(was), file_of(file)), known.sample_id, number)
            for was, known in samples
            for number, file in enumerate(files)
        ),
        key=lambda pair: (-pair[0], pair[1], pair[2]),
    )
    numbers: dict[int, int] = {}
    for _, sample_id, number in pairs:
        if sample_id not in numbers and number not in numbers.values():
            numbers[sample_id] = number
    return {sample_id: files[number] for sample_id, number in numbers.items()}


def _is_still_there(database: Database, task: FileTask) -> bool:
    row = {"source_id": task.source.source_id, "path": path_columns(task.file.path)[0]}
    query = "SELECT sample_id FROM samples WHERE source_id = :source_id AND path = :path"
    found = database.execute(query, row).fetchone()
    return found is not None and task.known is not None and found[0] == task.known.sample_id


def _place(sample_id: int, task: FileTask) -> dict[str, Any]:
    path, raw = path_columns(task.file.path)
    columns = {"sample_id": sample_id, "source_id": task.source.source_id}
    stamp = {"bytes": task.file.bytes, "mtime_ns": task.file.mtime_ns}
    return columns | {"path": path, "path_bytes": raw} | stamp
