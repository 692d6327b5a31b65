"""Updates the paths of samples whose folder was moved, renamed or mounted elsewhere."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING

from sqlclap.db.set_membership import set_file_of
from sqlclap.db.sources import Source, file_path, list_sources, native_path, path_columns, spellings
from sqlclap.db.statements import statement, write_transaction
from sqlclap.errors import RelocateError
from sqlclap.homes import expand_home
from sqlclap.ingest.path_tails import common_tail
from sqlclap.ingest.reassign import Destination, SampleReassignment
from sqlclap.ingest.report import FailedFile
from sqlclap.progress import NullProgress, ProgressListener
from sqlclap.quantities import typed
from sqlclap.sqlite_files import content_hash

if TYPE_CHECKING:
    from sqlclap.db.database import Database

EXAMPLES = 10


@dataclass(frozen=True)
class RelocateOptions:
    """How to relocate.

    Attributes
    ----------
    verify : bool
        Read every file and compare its content, whatever its size and time say.
    force : bool
        Continue although some files are absent or differ: the next ingest deals with them.
    dry_run : bool
        Only report what would be done.
    """

    verify: bool = False
    force: bool = False
    dry_run: bool = False


@dataclass
class RelocateReport:
    """What a relocation did, or would do.

    Attributes
    ----------
    old, new : str
    samples : int
        Samples at or below `old`.
    moved : int
        Samples that are at or below `new` now.
    merged : int
        Among the moved: the library held them twice, and what people said of either is now said
        of the one that is left.
    stayed : int
        Samples that could not move, because another sound has their path.
    absent, differing : int
        Files that don't exist at the new path, and files with other content there.
    compared : int
        Files that were read because their time, or the caller, asked for it.
    examples : list of FailedFile
        Some of the absent and differing.
    dry_run : bool
        Nothing was changed.
    """

    old: str
    new: str
    samples: int = 0
    moved: int = 0
    merged: int = 0
    stayed: int = 0
    absent: int = 0
    differing: int = 0
    compared: int = 0
    examples: list[FailedFile] = field(default_factory=list)
    dry_run: bool = False


class State(Enum):
    """What exists at a sample's new path."""

    SAME = "same"
    GONE = "gone"  # missing before, missing now
    ABSENT = "absent"
    DIFFERS = "differs"


@dataclass(frozen=True)
class Mover:
    """A sample at or below the old folder.

    Attributes
    ----------
    sample_id : int
    source : Source
    old, new : Path
        Where its file was and where it is to be.
    content_hash : str
    bytes, mtime_ns : int
    status : str
    """

    sample_id: int
    source: Source
    old: Path
    new: Path
    content_hash: str
    bytes: int
    mtime_ns: int
    status: str


def relocate(
    database: Database,
    old: str | Path,
    new: str | Path,
    options: RelocateOptions | None = None,
    listener: ProgressListener | None = None,
) -> RelocateReport:
    """Move the samples at or below `old` to `new`, where their files are now; ids stay the same.

    Files are the same if size and time agree; if only the time differs, content decides. What
    an ingest of `new` has taken in meanwhile is merged with what was there before. All of it is
    one transaction.

    Raises
    ------
    RelocateError
        Nothing lies at `old`, what lies at `new` is not the same, or the library is part of a set,
        where names say which shard a sound is in; nothing was changed.
    """
    file = set_file_of(database)
    if file is not None:
        raise RelocateError(
            f"{database.filename} is part of the set {file}, whose other shards have sounds of "
            f"the folder, too: `sqlclap relocate {typed(file)} {typed(old)} {typed(new)}`"
        )
    run = Relocation(database, options or RelocateOptions(), listener or NullProgress())
    return run.between(old_spellings(old), new_place(new))


def new_place(folder: str | Path) -> Path:
    """Return where a folder lies, without links."""
    return Path(os.path.realpath(expand_home(folder)))


def old_spellings(folder: str | Path) -> list[Path]:
    """Return the names that a folder may have had, which may be gone, or a link by now."""
    # As it is typed, and where that leads.
    expanded = expand_home(folder)
    typed = (str(expanded.absolute()), os.path.realpath(expanded))
    return [Path(spelling) for name in dict.fromkeys(typed) for spelling in spellings(name)]


def movers_between(connection: Database, old: Path, new: Path) -> list[Mover]:
    """Return the samples of a library that lie at or below a folder that has moved."""
    movers = []
    for source in list_sources(connection):
        root = Path(source.root)
        if not (root.is_relative_to(old) or old.is_relative_to(root)):
            continue
        rows = connection.execute(statement("ingest/relocate_samples"), (source.source_id,))
        # As text: paths' own comparisons take most of the time otherwise.
        prefix, below = f"{str(root).rstrip('/')}/", f"{str(old).rstrip('/')}/"
        for sample_id, path, raw, *known in rows:
            file = prefix + native_path(path, raw)
            if file.startswith(below) or file == str(old):
                target = new / file.removeprefix(below) if file != str(old) else new
                movers.append(Mover(sample_id, source, Path(file), target, *known))
    return movers


@dataclass(frozen=True)
class Judged:
    """What lies at the new places of a library's sounds.

    Attributes
    ----------
    old, new : Path
    movers : list of Mover
    states : dict of int to State
        By the movers' ids.
    """

    old: Path
    new: Path
    movers: list[Mover]
    states: dict[int, State]


class Relocation:
    """Lets the samples of a library follow a folder that has moved; see `relocate`.

    Parameters
    ----------
    connection : Database
    options : RelocateOptions
    listener : ProgressListener
    compared : dict, optional
        What was found of files whose content was read, by samples: size, time, and whether it is
        the sample's. Files that are as they were then are not read again.
    """

    def __init__(
        self,
        connection: Database,
        options: RelocateOptions,
        listener: ProgressListener,
        compared: dict[int, tuple[int, int, bool]] | None = None,
    ) -> None:
        self._connection = connection
        self._options = options
        self._listener = listener
        self._known = {} if compared is None else compared
        self._compared = 0
        self._stamps: dict[int, tuple[int, int]] = {}

    def between(self, olds: Sequence[Path], new: Path) -> RelocateReport:
        """Move what lies at or below the first of some folders that has any."""
        found = ((one, movers_between(self._connection, one, new)) for one in olds)
        old, movers = next((pair for pair in found if pair[1]), (olds[0], []))
        if not movers or old == new:
            raise RelocateError(self._nothing_to_move(old, new))
        judged = self._judge(old, new, movers)
        return self._foresee(judged) if self._options.dry_run else self._move(judged)

    def look(self, old: Path, new: Path) -> RelocateReport:
        """Return what would move; nothing is an answer, too."""
        return self._foresee(self._judge(old, new, movers_between(self._connection, old, new)))

    def move(self, old: Path, new: Path) -> RelocateReport:
        """Move what lies there; that may be nothing."""
        return self._move(self._judge(old, new, movers_between(self._connection, old, new)))

    def _judge(self, old: Path, new: Path, movers: list[Mover]) -> Judged:
        self._listener.started("relocate", len(movers))
        return Judged(old, new, movers, {one.sample_id: self._state(one) for one in movers})

    def _report(self, judged: Judged, pairs: Sequence[Destination]) -> RelocateReport:
        report = RelocateReport(str(judged.old), str(judged.new), len(judged.movers))
        report.compared, report.dry_run = self._compared, self._options.dry_run
        _count(report, pairs, judged.states)
        return report

    def _foresee(self, judged: Judged) -> RelocateReport:
        return self._report(judged, self._pair(judged))

    def _move(self, judged: Judged) -> RelocateReport:
        old, new = judged.old, judged.new
        with write_transaction(self._connection):
            if movers_between(self._connection, old, new) != judged.movers:
                raise RelocateError("the library has changed meanwhile: run this again")
            pairs = self._pair(judged)
            report = self._report(judged, pairs)
            if (report.absent or report.differing) and not self._options.force:
                raise RelocateError(relocate_refusal(report))
            SampleReassignment(self._connection, old, new).move(pairs)
        return report

    def _state(self, sample: Mover) -> State:
        try:
            details = sample.new.stat()
            is_file = sample.new.is_file()
        except OSError:
            is_file = False
        self._listener.advanced(1)
        if not is_file:
            return State.GONE if sample.status == "missing" else State.ABSENT
        if details.st_size != sample.bytes:
            return State.DIFFERS
        self._stamps[sample.sample_id] = (details.st_size, details.st_mtime_ns)
        if details.st_mtime_ns == sample.mtime_ns and not self._options.verify:
            return State.SAME
        return State.SAME if self._is_same(sample) else State.DIFFERS

    def _is_same(self, sample: Mover) -> bool:
        """Whether a file holds what the library knows, by its content."""
        stamp = self._stamps[sample.sample_id]
        *known, is_same = self._known.get(sample.sample_id, (None, None, False))
        if tuple(known) != stamp:
            self._compared += 1
            try:
                is_same = content_hash(sample.new) == sample.content_hash
            except OSError:
                return False
            self._known[sample.sample_id] = (*stamp, is_same)
        return is_same

    def _pair(self, judged: Judged) -> list[Destination]:
        """Find for each sample another one that an ingest has made of the same sound, if any."""
        movers, states = judged.movers, judged.states
        moving = {sample.sample_id for sample in movers}
        at = samples_at(self._connection, {sample.new for sample in movers}, moving)
        return [
            self._destination(sample, states[sample.sample_id], at, moving) for sample in movers
        ]

    def _destination(
        self, sample: Mover, state: State, at: dict[Path, tuple[int, str]], moving: set[int]
    ) -> Destination:
        existing = at.get(sample.new)
        stamp = self._stamps[sample.sample_id] if state is State.SAME else None
        destination = Destination(sample.sample_id, sample.source, sample.new, stamp)
        if state in (State.ABSENT, State.GONE):
            copy = self._living_copy(sample, moving)
            return destination if copy is None else destination.with_twin(copy[0], copy[1])
        return beside(destination, existing, sample.content_hash)

    def _living_copy(self, sample: Mover, moving: set[int]) -> tuple[int, Path] | None:
        rows = self._connection.execute(statement("ingest/sample_copies"), (sample.sample_id,))
        copies = [
            (common_tail(sample.old, file), int(sample_id), file)
            for sample_id, root, path, raw in rows
            if sample_id not in moving and os.path.isfile(file := file_path(root, path, raw))  # noqa: PTH113
        ]
        return max(copies)[1:] if copies else None

    def _nothing_to_move(self, old: Path, new: Path) -> str:
        name = self._connection.filename
        if old == new:
            return f"{old} is where its sounds are already"
        if movers_between(self._connection, new, old):
            return (
                f"no sound of {name} lies below {old}, but some lie below {new}: did you mean "
                f"`sqlclap relocate {typed(name)} {typed(new)} {typed(old)}`?"
            )
        roots = ", ".join(source.root for source in list_sources(self._connection)) or "none"
        return f"no sound of {name} lies below {old}; its sources: {roots}"


def beside(destination: Destination, existing: tuple[int, str] | None, content: str) -> Destination:
    """Return a destination where there may be another sample, with its content's hash."""
    if existing is None:
        return destination
    if existing[1] == content:
        return destination.with_twin(existing[0], destination.file)
    return destination.left_behind()


def samples_at(
    connection: Database, files: Iterable[Path], without: set[int]
) -> dict[Path, tuple[int, str]]:
    """Return the samples of certain files, with their content hashes."""
    sources = [(source, Path(source.root)) for source in list_sources(connection)]
    samples = {}
    query = "SELECT sample_id, content_hash FROM samples WHERE source_id = ? AND path = ?"
    for file in files:
        for source, root in sources:
            if file.is_relative_to(root):
                key = (source.source_id, path_columns(str(file.relative_to(root)))[0])
                row = connection.execute(query, key).fetchone()
                if row is not None and row[0] not in without:
                    samples[file] = (int(str(row[0])), str(row[1]))
    return samples


def _count(
    report: RelocateReport, destinations: Sequence[Destination], states: dict[int, State]
) -> None:
    for destination in destinations:
        state = states[destination.sample_id]
        report.merged += destination.twin is not None
        report.stayed += destination.stays
        report.moved += not destination.stays
        if (
            destination.twin is None and state in (State.ABSENT, State.DIFFERS)
        ) or destination.stays:
            is_absent = state is State.ABSENT
            report.absent += is_absent
            report.differing += not is_absent
            if len(report.examples) < EXAMPLES:
                reason = "not there" if is_absent else "holds something else"
                shown = path_columns(str(destination.file))[0]
                report.examples.append(FailedFile(shown, "relocate", reason))


def relocate_refusal(report: RelocateReport) -> str:
    """Say that sounds are not where they are to be, and what to do."""
    wrong = report.absent + report.differing
    first = report.examples[0]
    return (
        f"{wrong:,} of {report.samples:,} sounds are not at {report.new} as the library knows them "
        f"({report.absent:,} not there, {report.differing:,} with other content), such as "
        f"{first.path}; nothing was changed. --dry-run lists some, --force moves the rest and "
        "leaves those to the next ingest"
    )
