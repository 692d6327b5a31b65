"""Duplicates that go: moved into a folder that says where from, and back again; never deleted."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from sqlclap.curation.quarantine_manifest import NAME, Entry, Manifest
from sqlclap.db.samples import merge_samples
from sqlclap.db.sources import list_sources
from sqlclap.db.statements import write_transaction
from sqlclap.durable import finish_move, lock_file, make_folder, move_new
from sqlclap.errors import QuarantineError, SqlclapError
from sqlclap.homes import expand_home
from sqlclap.progress import NullProgress, ProgressListener
from sqlclap.records import path_text
from sqlclap.search.keep_rules import KeepingPlan, LibrarySounds, PlannedFile, plan_keeping
from sqlclap.session import LibraryPart
from sqlclap.sqlite_files import content_hash

if TYPE_CHECKING:
    from sqlclap.search.duplicates import DuplicateGroup


@dataclass(frozen=True)
class MovedFile:
    """A file that was moved.

    Attributes
    ----------
    file : Path
        Where it was before.
    target : Path
        Where it is.
    bytes : int
    """

    NOUN: ClassVar[str] = "file"
    file: Path
    target: Path
    bytes: int


@dataclass
class QuarantineReport:
    """What became of files that were to be moved into a quarantine, or back.

    Attributes
    ----------
    folder : Path
        The quarantine.
    files : list of MovedFile
    left_out : dict of str to str
        Files that were left where they are, and why.
    """

    folder: Path
    files: list[MovedFile] = field(default_factory=list)
    left_out: dict[str, str] = field(default_factory=dict)

    @property
    def bytes(self) -> int:
        """Size of all that was moved."""
        return sum(one.bytes for one in self.files)


class Quarantine(LibraryPart):
    """Duplicates that go: planned by rules, moved into a folder, and back.

    Parameters
    ----------
    session : Session
    """

    def plan(
        self,
        groups: Iterable[DuplicateGroup],
        rules: Sequence[str],
        kinds: Sequence[str] = ("copy",),
    ) -> KeepingPlan:
        """Say which of duplicates' files stay by some rules, and which go; nothing is changed.

        Parameters
        ----------
        groups : iterable of DuplicateGroup
            As `Library.duplicates` gives them, of all kinds.
        rules : sequence of str
            "shortest-path", "oldest", "newest" (by the files' time of change), "best-format"
            (lossless, then the higher rate, then more bits), "in-folder=FOLDER": each decides
            where those before it don't.
        kinds : sequence of str
            What goes: "copy" (the same bytes), "format", "near".

        Raises
        ------
        QueryError
            There is no such rule, kind or folder.
        """
        return plan_keeping(LibrarySounds(self._session), groups, rules, kinds)

    def move(
        self,
        plan: Iterable[PlannedFile],
        folder: str | Path,
        listener: ProgressListener | None = None,
    ) -> QuarantineReport:
        """Move the files of a plan that go into a folder; nothing is deleted or overwritten.

        A file only moves while the one that stays is there, and both are what the library knows.
        What people said of its sample (anchors, votes, tags, favourites, ratings, notes,
        collections) is then said of the one that stays. Each step is written into the folder's
        manifest before it is taken: what a killed process began is ended by the next call, and
        `restore` brings back all that the manifest tells.

        Parameters
        ----------
        plan : iterable of PlannedFile
            Of `plan`.
        folder : str or Path
            Outside of the library's folders; it is made if needed, and may hold what was moved
            before.
        listener : ProgressListener, optional

        Raises
        ------
        QuarantineError
            The folder lies in one of the library's, can't be written, or its manifest is damaged.
        """
        listener = listener or NullProgress()
        planned = [*plan]
        place = self._outside(folder)
        report = QuarantineReport(place)
        kept = {one.kept_id: one for one in planned if one.stays}
        going = [one for one in planned if not one.stays]
        listener.started("quarantine", len(going))
        with _opened(place) as manifest:
            self._end_what_was_begun(manifest)
            proved: dict[int, str | None] = {}
            for one in going:
                stays = kept[one.kept_id]
                if stays.sample_id not in proved:
                    proved[stays.sample_id] = _changed(stays)
                reason = proved[stays.sample_id] or _why_not(one, stays)
                reason = reason or self._move_one(manifest, one, stays, report)
                if reason:
                    report.left_out[path_text(one.file)] = reason
                listener.advanced(1)
        return report

    def restore(self, folder: str | Path) -> QuarantineReport:
        """Move what lies in a quarantine back to where it was; nothing is overwritten.

        The library takes it in at its next ingest.

        Raises
        ------
        QuarantineError
            The folder is no quarantine, or can't be written.
        """
        place = Path(os.path.realpath(expand_home(folder)))
        if not (place / NAME).is_file():
            raise QuarantineError(f"{place} is no quarantine: there is no {NAME} in it")
        report = QuarantineReport(place)
        with _opened(place) as manifest:
            for entry in manifest.at("move", "moved"):
                reason = _restore_one(manifest, entry, report)
                if reason:
                    report.left_out[path_text(Path(entry.file))] = reason
        return report

    def _outside(self, folder: str | Path) -> Path:
        place = Path(os.path.realpath(expand_home(folder)))
        for root in self._roots():
            if place.is_relative_to(root):
                raise QuarantineError(
                    f"{place} lies in {root}, a folder of the library, whose next ingest "
                    "would take it all in again: name a folder outside"
                )
        return place

    def _roots(self) -> list[str]:
        """Return the folders of the library's sources."""
        return [source.root for source in list_sources(self._session.database)]

    def _move_one(
        self, manifest: Manifest, one: PlannedFile, stays: PlannedFile, report: QuarantineReport
    ) -> str | None:
        entry = manifest.begin(
            library=self._library_name,
            sample_id=one.sample_id,
            kept_sample_id=stays.sample_id,
            file=str(one.file),
            kept_file=str(stays.file),
            quarantined=_free_name(report.folder, one),
            content_hash=one.content_hash,
            bytes=one.bytes,
        )
        target = report.folder / entry.quarantined
        try:
            make_folder(target.parent)
            move_new(one.file, target)
        except OSError as error:
            manifest.end(entry, "stayed")
            return f"it can't be moved: {error.strerror or error}"
        self._follow(manifest, entry)
        report.files.append(MovedFile(one.file, target, one.bytes))
        return None

    def _follow(self, manifest: Manifest, entry: Entry) -> None:
        """Let the library say of the file that stays what it said of the one that was moved."""
        if entry.library == self._library_name:
            self._merge(keep=entry.kept_sample_id, drop=entry.sample_id)
        manifest.end(entry, "moved")

    def _merge(self, keep: int, drop: int) -> None:
        """Say of a sound what was said of another one, which goes; where both are there still."""
        query = "SELECT count(*) FROM samples WHERE sample_id IN (?, ?)"
        with write_transaction(self._session.database) as connection:
            if connection.execute(query, (keep, drop)).get == 2:
                merge_samples(connection, keep=keep, drop=drop)

    def _end_what_was_begun(self, manifest: Manifest) -> None:
        for entry in manifest.at("move"):
            file, target = Path(entry.file), manifest.path.parent / entry.quarantined
            if not target.exists():
                manifest.end(entry, "stayed")
                continue
            if file.exists() and content_hash(file) == content_hash(target):
                finish_move(file, target)
            self._follow(manifest, entry)


@contextmanager
def _opened(folder: Path) -> Iterator[Manifest]:
    """Yield a quarantine's manifest, while no other process works there."""
    try:
        make_folder(folder)
        with lock_file(folder / NAME):
            yield Manifest(folder)
    except SqlclapError:  # of the library; some are OSErrors, too
        raise
    except OSError as error:
        raise QuarantineError(f"{folder} can't be written: {error.strerror or error}") from error


def _changed(one: PlannedFile) -> str | None:
    """Say what is wrong with the file that is to stay."""
    try:
        if content_hash(one.file) == one.content_hash:
            return None
    except OSError:
        return f"{path_text(one.file)}, which would stay, can't be read"
    return f"{path_text(one.file)}, which would stay, has changed since it was ingested"


def _why_not(one: PlannedFile, stays: PlannedFile) -> str | None:
    """Say why a file can't go, if so."""
    try:
        if one.file.is_symlink():
            return "it is a symbolic link"
        if one.file.samefile(stays.file):
            return f"it is another name of {path_text(stays.file)}"
        if content_hash(one.file) != one.content_hash:
            return "it has changed since it was ingested"
    except OSError as error:
        return f"it can't be read: {error.strerror or error}"
    return None


def _free_name(folder: Path, one: PlannedFile) -> str:
    """Return a path below a quarantine that nothing has, as the file's own as possible."""
    file = one.file
    below = Path(*file.parts[1:]) if file.is_absolute() else file
    name, number = below, 1
    while os.path.lexists(folder / name):
        number += 1
        name = below.with_name(f"{below.stem}-{number}{below.suffix}")
    return str(name)


def _restore_one(manifest: Manifest, entry: Entry, report: QuarantineReport) -> str | None:
    file, source = Path(entry.file), report.folder / entry.quarantined
    try:
        if not source.exists():
            if not file.exists():
                return f"it is no longer at {path_text(source)}"
            manifest.end(entry, "stayed")
            return None
        if file.exists() and content_hash(file) == content_hash(source):
            finish_move(source, file)  # a move, there or back, was killed in its middle
        else:
            make_folder(file.parent)
            move_new(source, file)
    except FileExistsError:
        return f"another file is there now; it stays at {path_text(source)}"
    except OSError as error:
        return f"it can't be moved: {error.strerror or error}"
    manifest.end(entry, "restored")
    report.files.append(MovedFile(source, file, entry.bytes))
    return None
