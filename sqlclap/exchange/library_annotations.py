"""The annotations of a library as files of other programs: the class behind `annotations`."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, ClassVar

from sqlclap.db.statements import dry_run_transaction, write_transaction
from sqlclap.errors import AnnotationError, ModelError, NoVectorsError
from sqlclap.exchange.annotations import Annotation
from sqlclap.exchange.clip_export import ClipReport, export_clips
from sqlclap.exchange.formats import (
    Format,
    as_text,
    check_writable,
    find_format,
    format_of_name,
    write_annotations,
)
from sqlclap.exchange.lots import AskedNames, Lot, ReadFile, lots_of
from sqlclap.exchange.matching import (
    FindsRecordings,
    KnownRecording,
    RecordingNames,
    known_recordings,
)
from sqlclap.exchange.placing import LeftOut, PlacedAnnotation, PlacingOptions
from sqlclap.exchange.reading import ReadOptions
from sqlclap.exchange.store import (
    KINDS,
    AnnotationWriter,
    Kind,
    Stored,
    StoredAnnotation,
    absolute,
    stored_annotations,
)
from sqlclap.homes import expand_home
from sqlclap.progress import ProgressListener
from sqlclap.search.spans import MadeVectors, refresh_span_vectors
from sqlclap.search.targets import select_samples
from sqlclap.session import LibraryPart
from sqlclap.several import several

if TYPE_CHECKING:
    from sqlclap.db.database import Database


@dataclass(frozen=True)
class ImportRequest:
    """How to take annotation files in.

    Attributes
    ----------
    kind : {"votes", "anchors", "tags"}, optional
        What annotations become; by default tags where a program found them, votes otherwise.
    format : str, optional
        Of the files; by default what they begin with says.
    reading : ReadOptions
    placing : PlacingOptions
    recording : str, optional
        Id or path of the recording of annotations that name none, by default that of the file's
        name; or the one of several that a name could mean.
    by_name : bool
        Whether a file's name alone says which recording is meant, whatever folder it lies in.
    dry_run : bool
        Only tell what would be done.
    """

    kind: Kind | None = None
    format: str | None = None
    reading: ReadOptions = field(default_factory=ReadOptions)
    placing: PlacingOptions = field(default_factory=PlacingOptions)
    recording: str | None = None
    by_name: bool = False
    dry_run: bool = False

    def __post_init__(self) -> None:
        if self.kind is not None and self.kind not in KINDS:
            raise AnnotationError(f"expected one of {', '.join(KINDS)}, got {self.kind!r}")


@dataclass
class AnnotationReport:
    """What became of annotation files.

    Attributes
    ----------
    files, annotations : int
        How many were read.
    kind : str
        What they became: votes, anchors or tags; of several kinds, both.
    labels : int
        New ones.
    added : int
        Votes, anchors and tags that are new.
    known : int
        Annotations that were there already.
    no_anchors : int
        Annotations that are neither anchors nor tags: nobody was sure, or they were rejected.
    runs : list of int
        Runs of tags; `untag` undoes them.
    recordings : dict of str to str
        Recordings that the library doesn't know, or knows several of: how many annotations are
        left out for them, and why.
    points, unlabelled : list of str
        Places of annotations that were left out: without a length, without a label.
    without_vector : list of str
        Spans whose sound can't be read now: they count once it can.
    """

    NOUN: ClassVar[str] = "report"
    files: int = 0
    annotations: int = 0
    kind: str = ""
    labels: int = 0
    added: int = 0
    known: int = 0
    no_anchors: int = 0
    runs: list[int] = field(default_factory=list)
    recordings: dict[str, str] = field(default_factory=dict)
    points: list[str] = field(default_factory=list)
    unlabelled: list[str] = field(default_factory=list)
    without_vector: list[str] = field(default_factory=list)

    def add(self, stored: Stored, kind: Kind) -> None:
        """Count what was stored."""
        self.kind = ", ".join(dict.fromkeys([*filter(None, self.kind.split(", ")), kind]))
        self.labels += stored.labels
        self.added += stored.rows
        self.known += stored.known
        self.no_anchors += stored.unsure
        self.runs += stored.runs

    def leave_out(self, left: LeftOut) -> None:
        """Name what was left out."""
        self.recordings |= left.recordings
        self.points += left.points
        self.unlabelled += left.unlabelled


@dataclass(frozen=True)
class ExportRequest:
    """Which annotations to give out.

    Attributes
    ----------
    kind : {"votes", "anchors", "tags"}
    labels : sequence of str
        All by default.
    all_verdicts : bool
        Rejected and unsure ones, too.
    recording : str, optional
        Id, path or pattern: only of these recordings.
    absolute : bool, optional
        Whether recordings are named by where they lie on this machine; by default in formats whose
        programs open them (raven, birdnet and kaleidoscope), and of recordings that are called
        alike in several sources' folders.
    """

    kind: Kind = "votes"
    labels: Sequence[str] = ()
    all_verdicts: bool = False
    recording: str | None = None
    absolute: bool | None = None

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise AnnotationError(f"expected one of {', '.join(KINDS)}, got {self.kind!r}")


class Annotations(LibraryPart):
    """Annotations of other programs, to be taken in and given out.

    Parameters
    ----------
    session : Session
    """

    def take_in(
        self,
        files: Iterable[str | Path],
        request: ImportRequest | None = None,
        listener: ProgressListener | None = None,
    ) -> AnnotationReport:
        """Take in annotation files: all of what fits the library, or, after an error, nothing.

        Doing it twice changes nothing. What is left out is named in the report. Once they are
        stored, spans of votes and anchors get vectors of exactly that audio, of which the listener
        is told (stage ``spans``); what is broken off then, the next ingest makes.

        Raises
        ------
        AnnotationError
            A file can't be read, a row can't be right, or a span ends behind its recording's end;
            with file and row.
        UnknownSoundError
            `recording` is none of the library.
        LabelError
            A label can't be called so.
        """
        request = request or ImportRequest()
        only = self._only(request.recording)
        read = deque(ReadFile.of(one, request) for one in map(Path, several(files, "files")))
        report = AnnotationReport(len(read), sum(len(one.said) for one in read))
        lots = lots_of(read, self._names(AskedNames.of(read), request.by_name), only, request)
        transaction = dry_run_transaction if request.dry_run else write_transaction
        with transaction(self._session.database) as connection:
            for lot in lots:
                report.leave_out(lot.placer.left_out())
                placed = self._placed_in(connection, lot)
                writer = AnnotationWriter(connection, lot.kind, ", ".join(lot.files), lot.is_found)
                report.add(writer.write(placed), lot.kind)
        if not request.dry_run:
            self._make_vectors(report, listener)
        return report

    def _names(self, asked: AskedNames, by_name: bool) -> FindsRecordings:
        """Return what tells which recordings names mean, at least those that are asked for."""
        del asked
        return RecordingNames(known_recordings(self._session.database), by_name)

    def _only(self, recording: str | None) -> KnownRecording | None:
        """Return the recording of annotations that name none."""
        if recording is None:
            return None
        chosen = self._select(recording)
        if len(chosen) > 1:
            raise AnnotationError(f"{recording} names {len(chosen):,} recordings, expected one")
        return self._known(chosen[0])

    def _select(self, recording: str) -> Sequence[int]:
        """Return the recordings that an id, a path or a pattern names."""
        return select_samples(self._session.database, [recording])

    def _known(self, sample_id: int) -> KnownRecording:
        known = known_recordings(self._session.database)
        return next(one for one in known if one.sample_id == sample_id)

    def _placed_in(self, connection: Database, lot: Lot) -> Iterable[PlacedAnnotation]:
        """Return a lot's annotations by the ids of the library that they are stored in."""
        del connection
        return lot.placer.placed

    def _make_vectors(self, report: AnnotationReport, listener: ProgressListener | None) -> None:
        with suppress(ModelError, NoVectorsError):  # made by the next ingest that has the model
            report.without_vector = [*self._refresh_vectors(listener).failed]

    def _refresh_vectors(self, listener: ProgressListener | None) -> MadeVectors:
        return refresh_span_vectors(self._session, listener)

    def find(self, request: ExportRequest | None = None) -> list[StoredAnnotation]:
        """Return annotations, by recording and start.

        Raises
        ------
        UnknownLabelError, UnknownSoundError
        """
        request, database = request or ExportRequest(), self._session.database
        found = stored_annotations(database, request.kind, request.labels)
        if request.recording is not None:
            wanted = set(self._select(request.recording))
            found = [one for one in found if one.sample_id in wanted]
        if not request.all_verdicts:
            found = [one for one in found if one.said.verdict == "accept"]
        return found

    def text(self, format_name: str, request: ExportRequest | None = None) -> str:
        """Return annotations as the text of a file.

        Raises
        ------
        AnnotationError
            The format can't hold them, or is no text.
        UnknownLabelError, UnknownSoundError
        """
        chosen, request = find_format(format_name), request or ExportRequest()
        return as_text(self._all_as_written(self.find(request), chosen, request), chosen)

    def write(
        self,
        place: str | Path,
        format_name: str | None = None,
        request: ExportRequest | None = None,
    ) -> int:
        """Write annotations to a file, or to a folder, a file a recording; return how many.

        A name that ends with a slash is a folder's, which is made where there is none. Files are
        replaced; each is there whole, or as it was before.

        Raises
        ------
        AnnotationError
            The format can't hold them.
        UnknownLabelError, UnknownSoundError
        NotInstalledError
        """
        is_folder = str(place).endswith(("/", os.sep))
        place, request = expand_home(place), request or ExportRequest()
        chosen = find_format(format_name) if format_name else format_of_name(place)
        found = self.find(request)
        try:
            if is_folder or place.is_dir():
                self._write_each(place, found, chosen, request)
            else:
                write_annotations(self._all_as_written(found, chosen, request), place, chosen)
        except OSError as error:
            raise AnnotationError(f"can't write {place}: {error.strerror or error}") from error
        return len(found)

    def write_clips(
        self,
        folder: str | Path,
        request: ExportRequest | None = None,
        pad_s: float = 0.0,
        listener: ProgressListener | None = None,
    ) -> ClipReport:
        """Write annotated spans as WAV files into a new folder; see `export_clips`.

        Raises
        ------
        AnnotationError
            The folder holds something, or can't be written.
        UnknownLabelError, UnknownSoundError
        """
        return export_clips(self.find(request), expand_home(folder), pad_s, listener)

    def _write_each(
        self, folder: Path, found: list[StoredAnnotation], chosen: Format, request: ExportRequest
    ) -> None:
        held: dict[tuple[int, Path], list[StoredAnnotation]] = {}
        for one in found:
            held.setdefault((one.sample_id, one.file), []).append(one)
        mistakable = self._mistakable(found)
        written = [_as_written(own, chosen, request, mistakable) for own in held.values()]
        for one_file in written:
            check_writable(one_file, chosen)
        names = _file_names([own[0] for own in held.values()], chosen.suffix, mistakable)
        for name, one_file in zip(names, written, strict=True):
            file = folder / name
            file.parent.mkdir(parents=True, exist_ok=True)
            write_annotations(one_file, file, chosen)

    def _all_as_written(
        self, found: Sequence[StoredAnnotation], chosen: Format, request: ExportRequest
    ) -> list[Annotation]:
        looks = request.absolute is None and chosen.names_recordings and not chosen.opens_files
        return _as_written(found, chosen, request, self._mistakable(found) if looks else set())

    def _mistakable(self, found: Iterable[StoredAnnotation]) -> set[str]:
        """Return which paths of annotated recordings could be taken for those of others."""
        names = RecordingNames(known_recordings(self._session.database))
        paths = {one.said.path or "" for one in found}
        return {path for path in paths if not names.nearest(path).tells_apart}


def _as_written(
    found: Iterable[StoredAnnotation], chosen: Format, request: ExportRequest, mistakable: set[str]
) -> list[Annotation]:
    """Name recordings as they are wanted; wholly where nothing else tells them apart."""
    # Where names aren't written, they only tell how many recordings there are.
    is_absolute = chosen.opens_files if request.absolute is None else request.absolute
    if is_absolute or not chosen.names_recordings:
        return [absolute(one) for one in found]
    if request.absolute is not None:
        return [one.said for one in found]
    return [absolute(one) if one.said.path in mistakable else one.said for one in found]


def _file_names(
    recordings: Sequence[StoredAnnotation], suffix: str, mistakable: set[str]
) -> list[str]:
    """Name a file for each recording: as it is called below its source's folder."""
    names: dict[str, None] = {}
    for one in recordings:
        path = PurePosixPath(one.said.path or "")
        parts = [part for part in path.with_suffix("").parts if part not in ("/", "..")]
        if one.said.path in mistakable:  # its source's folder tells it from the others
            folder = one.file.parents[len(path.parts) - 1].name
            parts[:0] = [folder] if folder else []  # nodes tell none
        name = "/".join(parts) + suffix
        number = one.sample_id
        while name in names:  # with another suffix, or of folders called alike
            name = "/".join(parts) + f".{number}{suffix}"
            number += 1
        names[name] = None
    return list(names)
