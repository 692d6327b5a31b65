"""Sounds given out: copied, linked, zipped, or listed as M3U8, CSV, JSON or Parquet."""

from __future__ import annotations

import io
import json
import os
import secrets
import shutil
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Literal

from sqlclap.cells import write_rows
from sqlclap.db.samples import Sample, samples_by_ids
from sqlclap.db.statements import read_transaction, statement
from sqlclap.durable import draft_of, write_whole
from sqlclap.errors import ExportFilesError
from sqlclap.exchange.clip_export import safe_part
from sqlclap.records import path_text, records
from sqlclap.search.contents import find_samples
from sqlclap.search.request import Filter
from sqlclap.search.targets import Target, select_samples
from sqlclap.several import several
from sqlclap.sqlite_files import content_hash

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
    if not samples:
        raise ExportFilesError("there is nothing to export: no sound is among what was asked for")
    report = SoundExportReport(export.target, export.dry_run, len(samples))
    try:
        if export.kind in FOLDERS:
            places = _places(session.database, samples, choice.labels, export)
            _fill_folder(places, export, report)
        elif export.target.exists():
            raise ExportFilesError(f"{export.target} is there already, and is not overwritten")
        elif export.kind == "zip":
            _zip(_places(session.database, samples, choice.labels, export), export, report)
        else:
            _list(samples, export, report)
    except OSError as error:
        reason = error.strerror or error
        raise ExportFilesError(f"{export.target} can't be written: {reason}") from error
    return report


def _places(
    database: Database, samples: Sequence[Sample], labels: Sequence[str], export: SoundExport
) -> Iterator[tuple[Sample, PurePosixPath]]:
    """Yield each sound with the path that it should have below the target; several if labelled."""
    wanted = {label.casefold() for label in labels}
    folders: dict[int, list[str]] = {}
    if export.by_label:
        ids = json.dumps([sample.sample_id for sample in samples])
        for sample_id, label in database.execute(statement("exchange/sound_labels"), (ids,)):
            if not wanted or str(label).casefold() in wanted:
                folders.setdefault(int(sample_id), []).append(safe_part(str(label)))
    for sample in samples:
        name = sample.file.name
        below = PurePosixPath(sample.path).parent / name if export.keep_folders else name
        for folder in folders.get(sample.sample_id, [UNLABELLED]) if export.by_label else ["."]:
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
    places: Iterable[tuple[Sample, PurePosixPath]], export: SoundExport, report: SoundExportReport
) -> None:
    if export.target.exists() and not export.target.is_dir():
        raise ExportFilesError(f"{export.target} is a file: expected a folder, or a new one")
    put, taken = _PUT[export.kind], set[str]()
    for sample, wanted in places:
        if not sample.file.is_file():
            report.left_out[path_text(sample.file)] = "the file is gone"
            continue
        for place in _numbered(wanted):
            target = export.target / place
            if place.as_posix().casefold() in taken:
                continue
            there = os.path.lexists(target)
            if there and not _is_same(sample, target, export.kind):
                continue
            taken.add(place.as_posix().casefold())
            if not there and not export.dry_run:
                target.parent.mkdir(parents=True, exist_ok=True)
                try:
                    put(sample.file.absolute(), target)
                except FileExistsError:  # another program was first
                    continue
            report.add(sample, path_text(place), there)
            break


def _is_same(sample: Sample, target: Path, kind: str) -> bool:
    """Whether what lies at the target is what would be put there."""
    if kind == "symlink" or target.is_symlink():
        return (
            target.is_symlink()
            and kind == "symlink"
            and target.exists()
            and (target.samefile(sample.file))
        )
    if not target.is_file():
        return False
    if target.samefile(sample.file):
        return True
    return (
        kind == "copy"
        and target.stat().st_size == sample.file.stat().st_size
        and content_hash(target) == content_hash(sample.file)
    )


def _copy(file: Path, target: Path) -> None:
    draft = target.with_name(f".sqlclap-draft-{secrets.token_hex(8)}")
    try:
        shutil.copy2(file, draft)
        try:
            os.link(draft, target)  # fails where something is there by now
        except FileExistsError:
            raise
        except OSError:  # a file system without hard links
            if os.path.lexists(target):
                raise FileExistsError(target) from None
            draft.rename(target)
    finally:
        draft.unlink(missing_ok=True)


def _link(file: Path, target: Path) -> None:
    os.link(os.path.realpath(file), target)


_PUT: dict[str, Callable[[Path, Path], None]] = {
    "copy": _copy,
    "hardlink": _link,
    "symlink": lambda file, target: target.symlink_to(file),
}


def _zip(
    places: Iterable[tuple[Sample, PurePosixPath]], export: SoundExport, report: SoundExportReport
) -> None:
    taken: set[str] = set()
    found = []
    for sample, wanted in places:
        if not sample.file.is_file():
            report.left_out[path_text(sample.file)] = "the file is gone"
            continue
        place = _untaken(wanted, taken)
        report.add(sample, path_text(place), there=False)
        found.append((sample.file, path_text(place)))
    if export.dry_run:
        return
    with (
        draft_of(export.target) as draft,
        zipfile.ZipFile(draft, "w", strict_timestamps=False) as z,
    ):
        for file, name in found:
            z.write(file, name)


def _list(samples: Sequence[Sample], export: SoundExport, report: SoundExportReport) -> None:
    for sample in samples:
        report.add(sample, path_text(sample.file), there=False)
    report.bytes = 0
    if export.dry_run:
        return
    if export.kind == "parquet":
        _write_parquet(samples, export.target)
        return
    write_whole(export.target, _TEXTS[export.kind](samples))


def _write_parquet(samples: Sequence[Sample], file: Path) -> None:
    from sqlclap.notebook.frames import write_parquet
    from sqlclap.notebook.results import Results

    table = Results(samples, Sample).to_arrow()
    types = {one.name: str(one.type) for one in table.schema}
    columns = [table[name].to_pylist() for name in types]
    write_parquet(file, types, [zip(*columns, strict=True)])


def _as_m3u8(samples: Sequence[Sample]) -> str:
    return playlist((sample, str(sample.file.absolute())) for sample in samples)


def playlist(places: Iterable[tuple[Sample, str]]) -> str:
    """Write sounds as M3U8, each with where a player finds it: a path, or an address."""
    lines = ["#EXTM3U"]
    for sample, place in places:
        if can_be_listed(place):
            lines += [f"#EXTINF:{round(sample.duration_s or -1)},{list_title(sample)}", place]
    return "\n".join(lines) + "\n"


def can_be_listed(place: str) -> bool:
    """Whether a playlist has a way to write a path."""
    return not any(ord(letter) < 32 or 0xD800 <= ord(letter) < 0xE000 for letter in place)


def list_title(sample: Sample) -> str:
    """Return what a playlist calls a sound."""
    name = PurePosixPath(path_text(sample.file)).stem
    return "".join(letter if letter.isprintable() else " " for letter in name)


def sound_table(samples: Sequence[Sample], remote: bool = False) -> str:
    """Write all that is told of sounds as CSV; to `remote` readers not where files lie."""
    text, rows = io.StringIO(), records(samples, remote)
    write_rows(text, [*rows[0]], rows)
    return text.getvalue()


def _as_json(samples: Sequence[Sample]) -> str:
    return json.dumps(records(samples), indent=2) + "\n"


_TEXTS: dict[str, Callable[[Sequence[Sample]], str]] = {
    "m3u8": _as_m3u8,
    "csv": sound_table,
    "json": _as_json,
}
