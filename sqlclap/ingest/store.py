"""The single writer: stores the outcomes of reading and embedding as rows."""

from __future__ import annotations

import os
from array import array
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlclap.addresses import AddressPath, place_of_sound
from sqlclap.audio.revisions import READING_REVISION
from sqlclap.db.measured_columns import add_measurement
from sqlclap.db.samples import merge_samples
from sqlclap.db.sources import Source, file_path, list_sources, path_columns
from sqlclap.db.statements import columns_statement, statement, write_transaction
from sqlclap.db.stored_models import StoredModel
from sqlclap.db.vectors import replace_vectors
from sqlclap.descriptor_columns import NAMES
from sqlclap.errors import IngestError
from sqlclap.ingest.embedding import EmbeddedSound, Outcome
from sqlclap.ingest.objects import keep_facts
from sqlclap.ingest.paged_list import PagedList
from sqlclap.ingest.path_tails import common_tail
from sqlclap.ingest.plan import FileTask, Plan, Record
from sqlclap.ingest.reading import Failure, MeasuredAgain, SameContent, SoundFacts
from sqlclap.ingest.report import FailedFile, IngestReport

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlclap.db.database import Database


SETTLED_AT_ONCE = 500

_FORGET_FAILURE = "DELETE FROM ingest_failures WHERE source_id = :source_id AND path = :path"
_FORGET_VECTORS = "DELETE FROM embeddings WHERE sample_id = :sample_id"
_FORGET_OTHER_VECTORS = f"{_FORGET_VECTORS} AND model_id <> :model_id"


class Writer:
    """Stores outcomes, and updates the report as they are committed.

    Parameters
    ----------
    connection : Database
    model : StoredModel
    report : IngestReport
        Updated as batches are committed.
    further : tuple of str
        Columns of third parties' descriptors.
    """

    def __init__(
        self,
        connection: Database,
        model: StoredModel,
        report: IngestReport,
        further: tuple[str, ...] = (),
    ) -> None:
        self._connection = connection
        self._further = further
        self._model = model
        self._report = report
        self._measurements: dict[tuple[str, ...], int] = {}

    def write(self, outcomes: list[Outcome]) -> None:
        """Commit outcomes together: all of them are stored, or none.

        They are stored in the order of their paths, so that ids don't depend on which thread was
        first.
        """
        if not outcomes:
            return
        outcomes = sorted(outcomes, key=lambda done: (done.task.source.root, done.task.file.path))
        with write_transaction(self._connection):
            self._measurements.clear()  # a transaction that failed took its rows with it
            self._check_sources({outcome.task.source for outcome in outcomes})
            for outcome in outcomes:
                self._store(outcome)
        for outcome in outcomes:
            count_outcome(self._report, outcome)

    def record_scan(self, plan: Plan) -> None:
        """Store and count what could not be scanned; delete failures that are resolved."""
        with write_transaction(self._connection):
            for source, path in plan.settled:
                self._connection.execute(_FORGET_FAILURE, _file_columns(source, path))
            for source, path, reason in plan.problems:
                self._record_failure(_file_columns(source, path), "scan", reason)
        for source, path, reason in plan.problems:
            file = FailedFile(_shown(source, path), "scan", reason)
            self._report.failed.append(file)

    def settle_gone(
        self, gone: Iterable[tuple[Source, Record]], prune: bool, is_share: bool = False
    ) -> array[int]:
        """Mark samples whose file is gone as missing, or remove them.

        Not those that were found under another name, nor those whose file is there: it may be
        back, or it was named by itself and a scan of its folder passes it over. Where the same
        sound is still there under another name, what people said of the one that is gone goes to
        that one: a sound is not to be found twice, once without its file.

        Parameters
        ----------
        gone : iterable of (Source, Record)
        prune : bool
        is_share : bool
            Whether other libraries take in files, too: then what is gone is only marked, as its
            file may be theirs.

        Returns
        -------
        array of int
            Ids of those that stay as missing.
        """
        missing = array("q")
        left = (
            (source, record, is_gone)
            for source, record in gone
            if (is_gone := self._is_gone(source, record)) or self._is_held_twice(source, record)
        )
        # Other writers get their turn between batches.
        while batch := list(islice(left, SETTLED_AT_ONCE)):
            with write_transaction(self._connection):
                alone = [
                    record
                    for source, record, is_gone in batch
                    if not self._settle(source, record, prune, merge=not (is_share and is_gone))
                ]
            self._report.merged += len(batch) - len(alone)
            if prune:
                self._report.pruned += len(alone)
            else:
                self._report.missing += len(alone)
                missing.extend(record.sample_id for record in alone)
        return missing

    def settle_passed_over(self, excluded: PagedList[tuple[Source, Record]], prune: bool) -> None:
        """Count, or when pruning remove, samples that are excluded or a recycle bin's."""
        if not prune:
            self._report.held_excluded += len(excluded)
            return
        left = iter(excluded)
        while batch := list(islice(left, SETTLED_AT_ONCE)):
            with write_transaction(self._connection):
                for source, record in batch:
                    self._settle(source, record, prune, merge=False)
            self._report.pruned += len(batch)

    def _settle(self, source: Source, record: Record, prune: bool, merge: bool = True) -> bool:
        row = _file_columns(source, record.path) | {"sample_id": record.sample_id}
        copy = self._living_copy(source, record) if merge else None
        if copy is not None:
            merge_samples(self._connection, keep=copy, drop=record.sample_id)
            return True
        query = statement("ingest/sample_prune" if prune else "ingest/sample_mark_missing")
        self._connection.execute(query, row)
        return False

    def _living_copy(self, source: Source, record: Record) -> int | None:
        """Return the sample with the same content and the most similar path whose file exists."""
        missing_file = place_of_sound(source.root, record.path)
        real = os.path.realpath(missing_file)
        candidates = [
            (str(file) == real, common_tail(missing_file, file), -sample_id)
            for sample_id, file in self._copies(record)
            if _is_file(file)
            or (isinstance(file, AddressPath) and not self._is_gone_object(sample_id))
        ]
        return -max(candidates)[2] if candidates else None

    def _is_gone_object(self, sample_id: int) -> bool:
        query = "SELECT 1 FROM temp.gone_objects WHERE sample_id = ?"
        return self._connection.execute(query, (sample_id,)).fetchone() is not None

    def _copies(self, record: Record) -> list[tuple[int, Path]]:
        rows = self._connection.execute(statement("ingest/sample_copies"), (record.sample_id,))
        return [(int(row[0]), file_path(*row[1:])) for row in rows]

    def _is_held_twice(self, source: Source, record: Record) -> bool:
        """Whether a file found through a link is in the library by its own name, too."""
        if source.is_address:
            return False
        file = str(Path(source.root) / record.path)
        real = os.path.realpath(file)
        if real == file or self._is_elsewhere(source, record):
            return False
        return any(str(other) == real for _, other in self._copies(record))

    def _is_gone(self, source: Source, record: Record) -> bool:
        if self._is_elsewhere(source, record):
            return False
        if source.is_address:
            return True  # a listing has said so
        try:
            return not (Path(source.root) / record.path).is_file()
        except OSError:  # a folder above it can't be entered: nothing is known
            return False

    def _is_elsewhere(self, source: Source, record: Record) -> bool:
        """Whether a sample has another name by now, or is there no more."""
        row = _file_columns(source, record.path) | {"sample_id": record.sample_id}
        return self._connection.execute(statement("ingest/sample_at"), row).fetchone() is None

    def _check_sources(self, sources: set[Source]) -> None:
        """Stop when another program has moved or removed a source: it is not ours to write."""
        known = {(source.source_id, source.root) for source in list_sources(self._connection)}
        for source in sources:
            if (source.source_id, source.root) not in known:
                raise IngestError(
                    f"another program has moved or removed the source {source.root}; "
                    "run this one again (what was stored stays)"
                )

    def _found_again(self, sample_id: int, columns: dict[str, Any]) -> None:
        row = columns | {"sample_id": sample_id}
        self._connection.execute(statement("ingest/sample_found_again"), row)

    def _store(self, outcome: Outcome) -> None:
        if isinstance(outcome, Failure):
            self._store_failure(outcome)
            return
        columns = _file_columns(outcome.task.source, outcome.task.file.path)
        self._connection.execute(_FORGET_FAILURE, columns)
        if isinstance(outcome, SameContent):
            self._found_again(outcome.sample_id, columns | _stamp(outcome.task))
        elif isinstance(outcome, MeasuredAgain):
            row = self._measures(outcome.facts) | {"sample_id": outcome.sample_id}
            names = (*NAMES, *self._further)
            self._connection.execute(columns_statement("ingest/sample_measure", names), row)
        else:
            self._store_sound(outcome, columns)

    def _store_sound(self, sound: EmbeddedSound, columns: dict[str, Any]) -> None:
        facts = sound.facts
        stamp = _stamp(sound.task)
        if facts.moved_from is not None:
            self._found_again(facts.moved_from, columns | stamp)
        row = columns | stamp | self._measures(facts) | _sound_columns(sound)
        upsert = columns_statement("ingest/sample_upsert", (*NAMES, *self._further))
        sample_id = int(self._connection.execute(upsert, row).get)
        known = sound.task.known
        if known is not None and known.content_hash not in ("", facts.content_hash):
            # Other content: the vectors of all models are outdated. Those that came without the
            # file, whose hash is not known then, are of this content.
            self._connection.execute(_FORGET_VECTORS, {"sample_id": sample_id})
        if facts.fetched is not None:
            keep_facts(self._connection, sample_id, sound.task, facts.fetched)
        replaced = replace_vectors(self._connection, self._model, sample_id, sound.windows)
        if replaced and sound.task.read_again:
            # Decoded differently: the vectors of other models are outdated, too.
            others = {"sample_id": sample_id, "model_id": self._model.model_id}
            self._connection.execute(_FORGET_OTHER_VECTORS, others)

    def _measures(self, facts: SoundFacts) -> dict[str, Any]:
        """Return what was measured as columns, and the id of the set that it is.

        A third party's descriptor that failed is NULL and not of the set: it can be tried again.
        """
        mix = facts.report.mix
        measured = {name: getattr(facts.descriptors, name) for name in NAMES}
        # Levels are of the channels, not of what they are mixed down to.
        levels = {"peak_db": mix.peak_db, "rms_db": mix.rms_db}
        measured |= levels | {"duration_s": facts.report.duration_s}
        names = (*NAMES, *facts.further)
        if names not in self._measurements:  # one set for most sounds of a batch
            self._measurements[names] = add_measurement(self._connection, names)
        told = {
            "measurement_id": self._measurements[names],
            "note": "; ".join(facts.notes()) or None,
        }
        return dict.fromkeys(self._further) | dict(facts.further) | measured | told

    def _store_failure(self, failure: Failure) -> None:
        task = failure.task
        columns = _file_columns(task.source, task.file.path)
        if failure.content_hash is not None:
            # Otherwise it could not be read, and may be readable next time without having changed.
            columns |= _stamp(task)
        self._record_failure(columns, failure.stage, failure.reason)
        if task.known is None:
            return
        # The row stays, with its id and what people said of it. Its vectors go once they are
        # known to be of a sound that is no longer there.
        sample = {"sample_id": task.known.sample_id}
        if failure.content_hash not in (None, task.known.content_hash):
            self._connection.execute(_FORGET_VECTORS, sample)
        self._connection.execute(statement("ingest/sample_mark_failed"), sample)

    def _record_failure(self, columns: dict[str, Any], stage: str, reason: str) -> None:
        row = {"bytes": None, "mtime_ns": None, "reading_revision": READING_REVISION}
        row |= columns | {"stage": stage, "reason": reason}
        self._connection.execute(statement("ingest/failure_upsert"), row)


def _is_file(file: Path) -> bool:
    try:
        return file.is_file()
    except OSError:
        return False


def failed_file(failure: Failure) -> FailedFile:
    """Convert a failure for the report."""
    task = failure.task
    return FailedFile(_shown(task.source, task.file.path), failure.stage, failure.reason)


def count_outcome(report: IngestReport, outcome: Outcome) -> None:
    """Add a stored outcome to the report."""
    task = outcome.task
    if isinstance(outcome, Failure):
        report.failed.append(failed_file(outcome))
        return
    if isinstance(outcome, SameContent):
        verified = not outcome.moved and task.looks_unchanged
        report.moved += outcome.moved
        report.unchanged += verified
        report.restored += not (outcome.moved or verified)
        return
    facts = outcome.facts
    report.seconds_of_sound += facts.report.duration_s
    if isinstance(outcome, MeasuredAgain):
        report.measured += 1
        return
    report.silent += len(outcome.windows.vectors) == 0
    report.noted += bool(facts.report.all_notes())
    report.hardly_heard += facts.is_hardly_heard
    if facts.moved_from is not None:
        report.moved += 1
    elif task.known is None:
        report.new += 1
    elif task.known.content_hash != facts.content_hash:
        report.changed += 1
    elif task.read_again:
        report.read_again += 1
    else:
        report.embedded += 1


def _file_columns(source: Source, path: str) -> dict[str, Any]:
    text, raw = path_columns(path)
    return {"source_id": source.source_id, "path": text, "path_bytes": raw}


def _stamp(task: FileTask) -> dict[str, int]:
    return {"bytes": task.file.bytes, "mtime_ns": task.file.mtime_ns}


def _shown(source: Source, path: str) -> str:
    return str(place_of_sound(source.root, path_columns(path)[0]))


def _sound_columns(sound: EmbeddedSound) -> dict[str, Any]:
    facts = sound.facts
    return {
        "content_hash": facts.content_hash,
        "sample_rate": facts.sample_rate,
        "channels": facts.channels,
        "format": facts.format,
        "status": "ok" if len(sound.windows.vectors) else "silent",
        "reading_revision": READING_REVISION,
    }
