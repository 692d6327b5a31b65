"""Decides which files are new, changed, moved, restored, gone or unchanged."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlclap.audio.revisions import READING_REVISION, PastReading, may_sound_otherwise
from sqlclap.db.sources import Source, native_path
from sqlclap.db.statements import statement
from sqlclap.errors import IngestError
from sqlclap.ingest.scan import FoundFile, Scan, SkipReason, borders_of

if TYPE_CHECKING:
    from sqlclap.db.database import Database


@dataclass(frozen=True)
class Record:
    """What the library has stored about a file.

    Attributes
    ----------
    sample_id : int
    path : str
        Relative, as Python has it.
    content_hash : str
    bytes, mtime_ns : int
    status : str
    has_vector : bool
        Whether it has a vector under the model of this ingest.
    is_outdated : bool
        Whether an earlier revision read it, whose result may differ.
    """

    sample_id: int
    path: str
    content_hash: str
    bytes: int
    mtime_ns: int
    status: str
    has_vector: bool
    is_outdated: bool = False

    @property
    def is_embedded(self) -> bool:
        """Whether it has all vectors that its content can have."""
        return self.status == "silent" or self.has_vector

    @property
    def is_complete(self) -> bool:
        """Whether nothing needs to be done as long as its file stays unchanged."""
        return self.status in ("ok", "silent") and self.is_embedded

    def has_stamp_of(self, file: FoundFile) -> bool:
        """Whether a file has the size and time that are known of it."""
        return (self.bytes, self.mtime_ns) == (file.bytes, file.mtime_ns)


@dataclass(frozen=True)
class FileTask:
    """A file to be read.

    Attributes
    ----------
    source : Source
    file : FoundFile
    known : Record or None
        The stored record of this path, if any.
    read_again : bool
        Decode it even when its content is known.
    measure : bool
        Where its content is known, measure it anew all the same; its vectors stay.
    """

    source: Source
    file: FoundFile
    known: Record | None
    read_again: bool = False
    measure: bool = False

    @property
    def looks_unchanged(self) -> bool:
        """Whether nothing would need to be done, by the file's size and time."""
        known = self.known
        return known is not None and known.is_complete and known.has_stamp_of(self.file)

    def is_known_content(self, content_hash: str) -> bool:
        """Whether what the file holds is known already, with its vectors."""
        known = self.known
        if known is None or known.content_hash != content_hash:
            return False
        return known.is_embedded and not self.read_again


@dataclass(frozen=True)
class TakenUpAgain:
    """What is opened though its file is as it was.

    Attributes
    ----------
    failed : bool
        Files that failed before.
    unmeasured : frozenset of int
        Samples to measure anew.
    unchanged : bool
        All others: whether their content is still the same is not taken from size and time.
    """

    failed: bool = False
    unmeasured: frozenset[int] = frozenset()
    unchanged: bool = False


@dataclass
class Plan:
    """What an ingest has to do.

    Attributes
    ----------
    tasks : list of FileTask
        Files to hash, and to decode where the hash is not known.
    unchanged : int
        Files that are in the library as they are.
    failed_before : int
        Files that failed before and have not changed since.
    gone : list of (Source, Record)
        Files that the scan did not find. Some may turn out to have moved.
    problems : list of (Source, str, str)
        Source, path and reason of what could not be scanned.
    settled : list of (Source, str)
        Former failures that are resolved: files that are gone, folders that can be read again.
    passed_over : list of (Source, Record)
        Samples that are now excluded, or recognised as a recycle bin's. Their files exist.
    system, excluded : int
        Recycle bins and the like, and what patterns exclude: files and folders passed over.
    """

    tasks: list[FileTask] = field(default_factory=list)
    unchanged: int = 0
    failed_before: int = 0
    gone: list[tuple[Source, Record]] = field(default_factory=list)
    problems: list[tuple[Source, str, str]] = field(default_factory=list)
    settled: list[tuple[Source, str]] = field(default_factory=list)
    passed_over: list[tuple[Source, Record]] = field(default_factory=list)
    system: int = 0
    excluded: int = 0


@dataclass(frozen=True)
class Scope:
    """A part of a source that is looked at.

    Attributes
    ----------
    source : Source
    below : str
        Folder or file, relative to the source's root; "." is all of it.
    """

    source: Source
    below: str

    def covers(self, path: str) -> bool:
        """Whether a relative path lies in this part."""
        return self.below in (".", path) or path.startswith(self.below + os.sep)


def plan_scope(
    connection: Database, model_id: int, scope: Scope, scan: Scan, again: TakenUpAgain
) -> Plan:
    """Compare the result of a scan with what the library has stored.

    A file whose size and time are as remembered is taken to be the same; it is not opened, unless
    an earlier revision read it that may have heard it otherwise, or could not read it.

    Parameters
    ----------
    connection : Database
    model_id : int
        Samples without a vector of this model are taken up again.
    scope : Scope
        What was scanned.
    scan : Scan
    again : TakenUpAgain
        What to take up though it has not changed.
    """
    plan = Plan(problems=[(scope.source, path, reason) for path, reason in scan.problems])
    plan.system, plan.excluded = scan.system, scan.excluded
    records = {record.path: record for record in _records(connection, model_id, scope)}
    failures = _failures(connection, scope)
    for file in scan.files:
        known = records.pop(file.path, None)
        stamp = (file.bytes, file.mtime_ns)
        outdated = known is not None and known.is_outdated
        same = known is not None and known.has_stamp_of(file)
        measure = same and known is not None and known.sample_id in again.unmeasured
        done = known is not None and known.is_complete and same and not again.unchanged
        if done and not outdated and not measure:
            plan.unchanged += 1
            if file.path in failures:  # it could not be looked at once
                plan.settled.append((scope.source, file.path))
        elif failures.get(file.path) == stamp and not again.failed:
            plan.failed_before += 1
        else:
            plan.tasks.append(FileTask(scope.source, file, known, outdated, measure))
    _add_gone(plan, scope, scan, records.values())
    scanned = {file.path for file in scan.files} | {path for path, _ in scan.problems}
    unknown = _unreadable(scope, scan)
    for path in failures.keys() - scanned:
        if not any(folder.covers(path) for folder in unknown):
            plan.settled.append((scope.source, path))
    return plan


def _add_gone(plan: Plan, scope: Scope, scan: Scan, left: Iterable[Record]) -> None:
    """Sort the files that a scan did not find: gone, or excluded by now."""
    borders, unknown = borders_of(scope.source, []), _unreadable(scope, scan)
    by_walk = scope.source.kind == "tree"
    for record in left:
        if by_walk and borders.passes_over(record.path) in (SkipReason.SYSTEM, SkipReason.EXCLUDED):
            plan.passed_over.append((scope.source, record))
        elif not any(folder.covers(record.path) for folder in unknown):
            plan.gone.append((scope.source, record))


def _unreadable(scope: Scope, scan: Scan) -> list[Scope]:
    """Return the files of which nothing is known: those below folders that can't be read now."""
    return [Scope(scope.source, folder) for folder in scan.unreadable]


def check_not_unplugged(source: Source, found: Scan, plan: Plan) -> None:
    """Refuse to remove all sounds of a folder that holds nothing: it may be a mount point."""
    root = source.root
    vanished = sum(record.status != "missing" for _, record in plan.gone)
    if not vanished:
        return
    if not (found.files if source.is_address else any(Path(root).iterdir())):
        raise IngestError(
            f"{root} is empty, though the library holds {vanished:,} of its sounds: is its disk "
            "plugged in? If they were deleted, ingest once without --prune, then again with it"
        )


def merge_plans(plans: list[Plan]) -> Plan:
    """Add up the plans of several scopes."""
    merged = Plan()
    for plan in plans:
        merged.tasks += plan.tasks
        merged.unchanged += plan.unchanged
        merged.failed_before += plan.failed_before
        merged.gone += plan.gone
        merged.problems += plan.problems
        merged.settled += plan.settled
        merged.passed_over += plan.passed_over
        merged.system += plan.system
        merged.excluded += plan.excluded
    return merged


def known_paths(connection: Database, scope: Scope) -> set[str]:
    """Return the files of a part of a source, taken in or failed."""
    rows = connection.execute(statement("ingest/source_known_files"), (scope.source.source_id,))
    names = {native_path(text, raw) for text, raw in rows}
    return {name for name in names if scope.covers(name)}


def _records(connection: Database, model_id: int, scope: Scope) -> Iterator[Record]:
    rows = connection.execute(
        statement("ingest/source_records"), (model_id, scope.source.source_id)
    )
    for sample_id, text, raw, content_hash, size, mtime_ns, status, has_vector, *past in rows:
        path = native_path(text, raw)
        if scope.covers(path):
            stamp = (content_hash, size, mtime_ns, status, bool(has_vector))
            yield Record(sample_id, path, *stamp, is_outdated=_is_outdated(size, past))


def _is_outdated(size: int, past: list[Any]) -> bool:
    revision, coding, channels, sample_rate, duration_s, note, centroid_hz = past
    sound = (coding or "", channels or 0, sample_rate or 0, duration_s or 0.0)
    return may_sound_otherwise(PastReading(revision, *sound, size, note or "", centroid_hz))


def _failures(connection: Database, scope: Scope) -> dict[str, tuple[int | None, int | None]]:
    """Size and time of what failed; none for what an earlier revision could not decode."""
    rows = connection.execute(statement("ingest/source_failures"), (scope.source.source_id,))
    named = {}
    for text, raw, size, mtime_ns, stage, revision in rows:
        outdated = stage == "decode" and revision < READING_REVISION
        named[native_path(text, raw)] = (None, None) if outdated else (size, mtime_ns)
    return {path: stamp for path, stamp in named.items() if scope.covers(path)}
