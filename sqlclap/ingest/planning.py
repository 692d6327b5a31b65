"""Decides which files are new, changed, moved, restored, gone or unchanged."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlclap.audio.revisions import READING_REVISION, PastReading, may_sound_otherwise
from sqlclap.db.sources import Source, native_path, path_columns
from sqlclap.db.sqlite_errors import clear_errors
from sqlclap.db.statements import read_transaction, statement
from sqlclap.errors import IngestError
from sqlclap.ingest.plan import FileTask, Plan, Record, Scope, TakenUpAgain
from sqlclap.ingest.scan import FoundFile, Scan, SkipReason, borders_of

if TYPE_CHECKING:
    from sqlclap.db.database import Database


class Planner:
    """Compares what scans found with what the library has stored, and makes a plan of it.

    Both sides may be longer than what memory holds. So what was found is a table beside the
    library's, and the plan is in pages.

    Parameters
    ----------
    connection : Database
    model_id : int
        Samples without a vector of this model are taken up again.
    again : TakenUpAgain
        What to take up though it has not changed.

    Attributes
    ----------
    plan : Plan
        Of the scopes that were added.
    """

    def __init__(self, connection: Database, model_id: int, again: TakenUpAgain) -> None:
        self.plan = Plan()
        self._connection = connection
        self._model_id = model_id
        self._again = again
        connection.execute(statement("ingest/plan_tables"))

    def add(self, scope: Scope, scan: Scan) -> int:
        """Plan a part of a source; return how many samples were there and have no file now.

        A file whose size and time are as remembered is taken to be the same; it is not opened,
        unless an earlier revision read it that may have heard it otherwise, or could not read it.

        Parameters
        ----------
        scope : Scope
            What was scanned; no two that are added overlap.
        scan : Scan
        """
        plan, source = self.plan, scope.source
        plan.problems += [(source, path, reason) for path, reason in scan.problems]
        plan.system += scan.system
        plan.excluded += scan.excluded
        with read_transaction(self._connection) as connection, clear_errors(connection.filename):
            connection.execute("DELETE FROM temp.found_files")
            connection.executemany(statement("ingest/plan_found"), _found_rows(scan.files))
            for row in connection.execute(statement("ingest/plan_files"), self._key(source)):
                self._add_file(source, row)
            vanished = self._add_gone(scope, scan)
            self._settle_failures(scope, scan)
        return vanished

    def _key(self, source: Source) -> tuple[int, int]:
        return self._model_id, source.source_id

    def _add_file(self, source: Source, row: tuple[Any, ...]) -> None:
        file = FoundFile(native_path(*row[:2]), *row[2:4])
        failed, known, measurement = _failed_stamp(row[4:9]), _record(file, row[9:22]), row[22]
        same = known is not None and known.has_stamp_of(file)
        outdated = known is not None and known.is_outdated
        measure = same and known is not None and self._is_unmeasured(known, measurement)
        done = known is not None and known.is_complete and same and not self._again.unchanged
        if done and not outdated and not measure:
            self.plan.unchanged += 1
            if row[4]:  # it could not be looked at once
                self.plan.settled.append((source, file.path))
        elif failed == (file.bytes, file.mtime_ns) and not self._again.failed:
            self.plan.failed_before += 1
        else:
            self.plan.tasks.append(FileTask(source, file, known, outdated, measure))

    def _is_unmeasured(self, known: Record, measurement: int | None) -> bool:
        enough = self._again.measured_enough
        return enough is not None and known.was_measured and measurement not in enough

    def _add_gone(self, scope: Scope, scan: Scan) -> int:
        """Sort the samples whose files a scan did not find: gone, or excluded by now."""
        source, vanished = scope.source, 0
        borders, unknown = borders_of(source, []), _unreadable(scope, scan)
        passed_over = (SkipReason.SYSTEM, SkipReason.EXCLUDED)
        for record in self._not_found(scope):
            if source.kind == "tree" and borders.passes_over(record.path) in passed_over:
                self.plan.passed_over.append((source, record))
            elif not any(folder.covers(record.path) for folder in unknown):
                self.plan.gone.append((source, record))
                vanished += record.status != "missing"
                if source.is_address:
                    row = (record.sample_id,)
                    self._connection.execute("INSERT INTO temp.gone_objects VALUES (?)", row)
        return vanished

    def _not_found(self, scope: Scope) -> Iterator[Record]:
        rows = self._connection.execute(statement("ingest/plan_gone"), self._key(scope.source))
        for sample_id, text, raw, content_hash, size, mtime_ns, status, has_vector in rows:
            path = native_path(text, raw)
            if scope.covers(path):
                stamp = (content_hash, size, mtime_ns, status, bool(has_vector))
                yield Record(sample_id, path, *stamp)

    def _settle_failures(self, scope: Scope, scan: Scan) -> None:
        scanned, unknown = {path for path, _ in scan.problems}, _unreadable(scope, scan)
        key = (scope.source.source_id,)
        for text, raw in self._connection.execute(statement("ingest/plan_failures"), key):
            path = native_path(text, raw)
            is_known = not any(folder.covers(path) for folder in unknown)
            if scope.covers(path) and path not in scanned and is_known:
                self.plan.settled.append((scope.source, path))


@contextmanager
def planning_tables(connection: Database) -> Iterator[None]:
    """Give back the room of what planning has looked up, once its ingest is over."""
    try:
        yield
    finally:
        connection.execute(statement("ingest/plan_tables"))


def check_not_unplugged(source: Source, found: Scan, vanished: int) -> None:
    """Refuse to remove all sounds of a folder that holds nothing: it may be a mount point."""
    root = source.root
    if not vanished:
        return
    if not (found.files if source.is_address else any(Path(root).iterdir())):
        raise IngestError(
            f"{root} is empty, though the library holds {vanished:,} of its sounds: is its disk "
            "plugged in? If they were deleted, ingest once without --prune, then again with it"
        )


def _unreadable(scope: Scope, scan: Scan) -> list[Scope]:
    """Return the files of which nothing is known: those below folders that can't be read now."""
    return [Scope(scope.source, folder) for folder in scan.unreadable]


def _found_rows(files: Iterable[FoundFile]) -> Iterator[tuple[str, bytes | None, int, int]]:
    return ((*path_columns(file.path), file.bytes, file.mtime_ns) for file in files)


def _record(file: FoundFile, row: tuple[Any, ...]) -> Record | None:
    sample_id, content_hash, size, mtime_ns, status, has_vector, *past = row
    if sample_id is None:
        return None
    known = (content_hash, size, mtime_ns, status, bool(has_vector))
    return Record(sample_id, file.path, *known, is_outdated=_is_outdated(size, past))


def _is_outdated(size: int, past: list[Any]) -> bool:
    revision, coding, channels, sample_rate, duration_s, note, centroid_hz = past
    sound = (coding or "", channels or 0, sample_rate or 0, duration_s or 0.0)
    return may_sound_otherwise(PastReading(revision, *sound, size, note or "", centroid_hz))


def _failed_stamp(row: tuple[Any, ...]) -> tuple[int | None, int | None]:
    """Size and time of what failed; none for what an earlier revision could not decode."""
    has_failed, size, mtime_ns, stage, revision = row
    if not has_failed or (stage == "decode" and revision < READING_REVISION):
        return None, None
    return size, mtime_ns
