"""Sounds given out: copied, linked or zipped; `sqlclap.exchange.sound_lists` lists them."""

from __future__ import annotations

import json
import os
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Literal

from sqlclap.ctrl_c import ctrl_c_waits
from sqlclap.db.samples import Sample, samples_by_ids
from sqlclap.db.statements import read_transaction, statement
from sqlclap.durable import draft_of, write_whole
from sqlclap.errors import ExportFilesError, NoAudioError
from sqlclap.exchange.at_hand import FilesHere
from sqlclap.exchange.clip_export import safe_part
from sqlclap.exchange.file_putting import PUT, is_same
from sqlclap.exchange.sound_lists import TEXTS, write_parquet
from sqlclap.records import path_text
from sqlclap.search.contents import find_samples
from sqlclap.search.request import Filter
from sqlclap.search.targets import Target, select_samples
from sqlclap.several import several

if TYPE_CHECKING:
    from sqlclap.db.database import Database
    from sqlclap.session import Session

FileKind = Literal["copy", "hardlink", "symlink"]
ListKind = Literal["zip", "m3u8", "csv", "json", "parquet"]
FOLDERS: tuple[FileKind, ...] = ("copy", "hardlink", "symlink")
UNLABELLED = "unlabelled"


@dataclass(frozen=True)
class SoundChoice:
    """Which sounds are given out.

    Attributes
    ----------
    sounds : sequence of int, str or Path
        Ids, paths or patterns, in this order; none: all that pass what follows.
    labels : sequence of str
        Only those tagged with one of these labels, or its positive anchors.
    only : Filter
    """

    sounds: Sequence[Target] = ()
    labels: Sequence[str] = ()
    only: Filter = field(default_factory=Filter)

    def samples(self, session: Session) -> list[Sample]:
        """Return them.

        Raises
        ------
        UnknownSoundError, UnknownLabelError, QueryError
        """
        several(self.labels, "labels")
        if not several(self.sounds, "sounds"):
            return [*self._passing(session)]
        with read_transaction(session.database) as database:  # an ingest may remove some meanwhile
            ids = select_samples(database, self.sounds)
            if self.labels or not self.only.is_empty:
                passing = {sample.sample_id for sample in self._passing(session)}
                ids = [one for one in ids if one in passing]
            found = {sample.sample_id: sample for sample in samples_by_ids(database, ids)}
        return [found[one] for one in ids]

    def _passing(self, session: Session) -> Iterator[Sample]:
        filters = [replace(self.only, label=label) for label in self.labels] or [self.only]
        found: dict[int, Sample] = {}
        for one in filters:
            found.update((sample.sample_id, sample) for sample in find_samples(session, one))
        yield from (found[sample_id] for sample_id in sorted(found))


@dataclass(frozen=True)
class SoundExport:
    """Where sounds are given out to, and how.

    Attributes
    ----------
    kind : {"copy", "hardlink", "symlink", "zip", "m3u8", "csv", "json", "parquet"}
    target : Path
        A folder for the first three, otherwise a file that is not there yet.
    by_label : bool
        A folder for each label; a sound with several is in each.
    keep_folders : bool
        Keep the folders below the sources.
    dry_run : bool
        Write nothing.
    """

    kind: FileKind | ListKind
    target: Path
    by_label: bool = False
    keep_folders: bool = False
    dry_run: bool = False


@dataclass(frozen=True)
class GivenFile:
    """A sound and where it went.

    Attributes
    ----------
    sample_id : int
    file : Path
        The sound.
    target : str
        Below the folder or in the archive; of lists, the sound's own path.
    state : {"written", "there"}
        "there": the same file lay there already.
    """

    NOUN = "file"
    sample_id: int
    file: Path
    target: str
    state: Literal["written", "there"]


@dataclass
class SoundExportReport:
    """What became of an export.

    Attributes
    ----------
    target : Path
    dry_run : bool
        Nothing was written.
    sounds, written, there : int
        Sounds that were meant; files written, and those that lay there already.
    bytes : int
        Of the files written.
    left_out : dict of str to str
        Files that could not be given out, and why.
    files : list of GivenFile
    """

    target: Path
    dry_run: bool
    sounds: int = 0
    written: int = 0
    there: int = 0
    bytes: int = 0
    left_out: dict[str, str] = field(default_factory=dict)
    files: list[GivenFile] = field(default_factory=list)

    def add(self, sample: Sample, target: str, there: bool) -> None:
        """Count a file."""
        self.files.append(
            GivenFile(sample.sample_id, sample.file, target, "there" if there else "written")
        )
        self.there += there
        self.written += not there
        self.bytes += 0 if there else sample.bytes


def export_sounds(session: Session, choice: SoundChoice, export: SoundExport) -> SoundExportReport:
    """Give sounds out; nothing is ever overwritten.

    Into folders it can be repeated: what lies there with the same content is left alone, and what
    another sound is called gets a number. Archives and lists are there whole or not at all.

    Raises
    ------
    ExportFilesError
        There is nothing to give out; the target is there already, or can't be written.
    UnknownSoundError, UnknownLabelError, QueryError, NotInstalledError
    """
    samples = choice.samples(session)
    labels = _labels_of(session.database, samples, choice) if export.by_label else {}
    return give_out(samples, labels, export, FilesHere())


def give_out(
    samples: Sequence[Sample],
    labels: Mapping[int, Sequence[str]],
    export: SoundExport,
    files: FilesHere,
) -> SoundExportReport:
    """Give out sounds that are chosen; see `export_sounds`.

    Parameters
    ----------
    samples : sequence of Sample
    labels : mapping of int to sequence of str
        Of each sound, by its id: the folders that it goes into where they are wanted.
    export : SoundExport
    files : FilesHere
    """
    if not samples:
        raise ExportFilesError("there is nothing to export: no sound is among what was asked for")
    report = SoundExportReport(export.target, export.dry_run, len(samples))
    samples = [*_that_can_go(samples, export, files, report)]
    try:
        if export.kind in FOLDERS:
            _fill_folder(_places(samples, labels, export), export, files, report)
        elif export.target.exists():
            raise ExportFilesError(f"{export.target} is there already, and is not overwritten")
        elif export.kind == "zip":
            _zip(_places(samples, labels, export), export, files, report)
        else:
            _list(samples, export, report)
    except OSError as error:
        reason = error.strerror or error
        raise ExportFilesError(f"{export.target} can't be written: {reason}") from error
    return report


def _that_can_go(
    samples: Iterable[Sample], export: SoundExport, files: FilesHere, report: SoundExportReport
) -> Iterator[Sample]:
    for sample in samples:
        refusal = files.refusal(sample.sample_id, export.kind)
        if refusal is None:
            yield sample
        else:
            report.left_out[path_text(sample.file)] = refusal


def _labels_of(
    database: Database, samples: Sequence[Sample], choice: SoundChoice
) -> dict[int, list[str]]:
    wanted = {label.casefold() for label in choice.labels}
    found: dict[int, list[str]] = {}
    ids = json.dumps([sample.sample_id for sample in samples])
    for sample_id, label in database.execute(statement("exchange/sound_labels"), (ids,)):
        if not wanted or str(label).casefold() in wanted:
            found.setdefault(int(sample_id), []).append(str(label))
    return found


def _places(
    samples: Sequence[Sample], labels: Mapping[int, Sequence[str]], export: SoundExport
) -> Iterator[tuple[Sample, PurePosixPath]]:
    """Yield each sound with the path that it should have below the target; several if labelled."""
    for sample in samples:
        name = sample.file.name
        below = PurePosixPath(sample.path).parent / name if export.keep_folders else name
        own = [safe_part(one) for one in labels.get(sample.sample_id, ())] or [UNLABELLED]
        for folder in own if export.by_label else ["."]:
            yield sample, PurePosixPath(folder, below)


def names_in_archive(samples: Iterable[Sample]) -> Iterator[tuple[Sample, str]]:
    """Yield each sound with the name that it has in an archive without folders, each its own."""
    taken: set[str] = set()
    for sample in samples:
        place = PurePosixPath(sample.file.name)
        yield sample, path_text(_untaken(place, taken))


def _untaken(wanted: PurePosixPath, taken: set[str]) -> PurePosixPath:
    """Return a path, with a number where there is one of that name already, and note it."""
    place = next(one for one in _numbered(wanted) if one.as_posix().casefold() not in taken)
    taken.add(place.as_posix().casefold())
    return place


def _numbered(place: PurePosixPath) -> Iterator[PurePosixPath]:
    """Yield a path, then the same with a number: ``kick.wav``, ``kick (2).wav``, ..."""
    yield place
    number = 2
    while True:
        yield place.with_name(f"{place.stem} ({number}){place.suffix}")
        number += 1


def _fill_folder(
    places: Iterable[tuple[Sample, PurePosixPath]],
    export: SoundExport,
    files: FilesHere,
    report: SoundExportReport,
) -> None:
    if export.target.exists() and not export.target.is_dir():
        raise ExportFilesError(f"{export.target} is a file: expected a folder, or a new one")
    taken: set[str] = set()
    for sample, wanted in places:
        gone = files.why_gone(sample.sample_id, sample.file)
        if gone is None:
            with files.at_hand(sample.sample_id, sample.file) as file:
                try:
                    place, there = _put_at(file, wanted, export, taken)
                except NoAudioError as error:
                    gone = str(error)
                else:
                    report.add(sample, path_text(place), there)
        if gone is not None:
            report.left_out[path_text(sample.file)] = gone


def _put_at(
    file: Callable[[], Path], wanted: PurePosixPath, export: SoundExport, taken: set[str]
) -> tuple[PurePosixPath, bool]:
    """Put a file where no other one is; return the place, and whether it was there already."""
    for place in _numbered(wanted):
        target = export.target / place
        if place.as_posix().casefold() in taken:
            continue
        there = os.path.lexists(target)
        if there and not is_same(file, target, export.kind):
            continue
        if not there and not export.dry_run:
            own = file().absolute()
            target.parent.mkdir(parents=True, exist_ok=True)
            try:
                PUT[export.kind](own, target)
            except FileExistsError:  # another program was first
                continue
        taken.add(place.as_posix().casefold())
        return place, there
    raise AssertionError("numbers have no end")


def _zip(
    places: Iterable[tuple[Sample, PurePosixPath]],
    export: SoundExport,
    files: FilesHere,
    report: SoundExportReport,
) -> None:
    taken: set[str] = set()
    found = []
    for sample, wanted in places:
        gone = files.why_gone(sample.sample_id, sample.file)
        if gone is not None:
            report.left_out[path_text(sample.file)] = gone
            continue
        place = _untaken(wanted, taken)
        report.add(sample, path_text(place), there=False)
        found.append((sample, path_text(place)))
    if export.dry_run:
        return
    with (
        draft_of(export.target) as draft,
        zipfile.ZipFile(draft, "w", strict_timestamps=False) as z,
    ):
        for sample, name in found:
            with files.at_hand(sample.sample_id, sample.file) as file, ctrl_c_waits():
                z.write(file(), name)


def _list(samples: Sequence[Sample], export: SoundExport, report: SoundExportReport) -> None:
    for sample in samples:
        report.add(sample, path_text(sample.file), there=False)
    report.bytes = 0
    if export.dry_run:
        return
    if export.kind == "parquet":
        write_parquet(samples, export.target)
        return
    write_whole(export.target, TEXTS[export.kind](samples))
