"""Lets a set's sounds follow a folder that has moved: each stays in its shard, with its id.

A sound's shard goes by the slot of its name. So that nothing has to go to another shard, the set's
file keeps the move, and the slot is that of the name before it. The move is written first, as
`pending`; then each shard moves its sounds in one transaction, and the catalog its copies. A crash
in between leaves some sounds at the old names and others at the new ones, in the same shards; the
catalog's copies are found by either name until the same command has ended the move.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from sqlclap.db.sources import list_sources, path_columns
from sqlclap.db.statements import statement, write_transaction
from sqlclap.errors import RelocateError
from sqlclap.ingest.reassign import Destination, SampleReassignment
from sqlclap.ingest.relocate import (
    EXAMPLES,
    Mover,
    RelocateOptions,
    RelocateReport,
    Relocation,
    beside,
    movers_between,
    new_place,
    old_spellings,
    relocate_refusal,
    samples_at,
)
from sqlclap.progress import NullProgress
from sqlclap.quantities import typed
from sqlclap.shards.catalog import catalog_sounds
from sqlclap.shards.label_jobs import HeldCopies
from sqlclap.shards.leases import work_lease
from sqlclap.shards.set_file import SetFile, change_set
from sqlclap.shards.slots import FolderMove, file_name, slot_of
from sqlclap.shards.stages import ShardProgress
from sqlclap.shards.visiting import Visit

if TYPE_CHECKING:
    from sqlclap.api import Library
    from sqlclap.db.database import Database
    from sqlclap.progress import ProgressListener
    from sqlclap.shards.missing import Missing
    from sqlclap.shards.session import SetSession
    from sqlclap.shards.shard import Shard


@dataclass
class SetRelocateReport(RelocateReport):
    """What a relocation did in a set, all shards together.

    Attributes
    ----------
    not_written : list of Missing
        Shards that could not be written, or lie at nodes: their sounds are where they were.
    """

    not_written: list[Missing] = field(default_factory=list)

    def add(self, report: RelocateReport) -> None:
        """Add what one shard's relocation did."""
        for name in ("samples", "moved", "merged", "stayed", "absent", "differing", "compared"):
            setattr(self, name, getattr(self, name) + getattr(report, name))
        self.examples = (self.examples + report.examples)[:EXAMPLES]


def relocate_in_set(
    session: SetSession,
    folders: tuple[str | Path, str | Path],
    options: RelocateOptions | None = None,
    listener: ProgressListener | None = None,
) -> SetRelocateReport:
    """Move the sounds at or below a folder of a set to another one; see `ingest.relocate`.

    Parameters
    ----------
    session : SetSession
    folders : (str or Path, str or Path)
        Where they were, and where they are.
    options : RelocateOptions, optional
    listener : ProgressListener, optional

    Raises
    ------
    RelocateError
        Nothing lies there, what lies at the new place is not the same, or other sounds of the set
        lie there that are in other shards; nothing was changed.
    SetError
        The set is open for reading only, or something is being taken into it.
    """
    session.check_writable()
    with work_lease(session.path, alone=True):
        old, new = old_spellings(folders[0]), new_place(folders[1])
        spelled = next((one for one in old if _lies_at(session, one)), old[0])
        for folder in (spelled, new):
            if path_columns(str(folder))[1] is not None:
                raise RelocateError(f"{str(folder)!r} is no plain text: relocate a folder above it")
        run = _SetRelocation(session, spelled, new, options or RelocateOptions())
        return run.over_shards(listener or NullProgress())


def _lies_at(session: SetSession, folder: Path) -> bool:
    """Whether sounds of the set, or copies of its catalog, lie at or below a folder."""
    found = [holds_below(session.catalog.database, folder)]

    def look(_: Shard, library: Library) -> None:
        found.append(holds_below(library.connection, folder))

    Visit(session.shards).each("read", look)
    return any(found)


def holds_below(database: Database, folder: Path) -> bool:
    """Whether a library has samples at or below a folder."""
    for source in list_sources(database):
        root = Path(source.root)
        if root.is_relative_to(folder):
            count = statement("db/source_samples_count")
            is_held = database.execute(count, (source.source_id,)).get
        elif folder.is_relative_to(root):
            below = path_columns(str(folder.relative_to(root)))[0]
            bindings = {"source_id": source.source_id, "path": below}
            is_held = database.execute(statement("ingest/source_holds"), bindings).get
        else:
            continue
        if is_held:
            return True
    return False


def follow_moves(library: Library, file: SetFile) -> None:
    """Let a shard's sounds follow the moves that have begun without it, before it takes any in.

    Else the files at the new place would be new to it.
    """
    for one in file.moved:
        if one.pending:
            options = RelocateOptions(force=True)
            run = Relocation(library.connection, options, NullProgress())
            run.move(Path(one.old), Path(one.new))


class _SetRelocation:
    """One relocation in a set, in a lease of work."""

    def __init__(self, session: SetSession, old: Path, new: Path, options: RelocateOptions) -> None:
        self._session, self._options = session, options
        self._old, self._new = old, new
        self._move = FolderMove(str(old), str(new), pending=True)
        self._compared: dict[int, dict[int, tuple[int, int, bool]]] = {}
        self._stayed: set[int] = set()
        self._astray = 0

    def over_shards(self, listener: ProgressListener) -> SetRelocateReport:
        """Look at all shards first, then let each move its sounds, and the catalog its copies."""
        foreseen = self._visit("read", listener)
        self._check(foreseen)
        if self._options.dry_run:
            return foreseen
        change_set(self._session.path, self._begun)
        report = self._visit("write", listener)
        report.compared += foreseen.compared
        self._follow_in_catalog({one.shard for one in report.not_written})
        here = {one.number for one in self._session.shards if one.is_here}
        if not here & {one.shard for one in report.not_written}:
            change_set(self._session.path, self._ended)
        return report

    def _visit(self, mode: str, listener: ProgressListener) -> SetRelocateReport:
        total = SetRelocateReport(str(self._old), str(self._new), dry_run=self._options.dry_run)
        visit = Visit(self._session.shards)

        def look(shard: Shard, library: Library) -> None:
            self._astray += self._count_astray(shard, library.connection)
            total.add(run(shard, library, self._options).look(self._old, self._new))

        def move(shard: Shard, library: Library) -> None:
            # All were looked at: what has changed since then is the next ingest's.
            made = run(shard, library, replace(self._options, force=True))
            report = made.move(self._old, self._new)
            if report.stayed:
                self._stayed.add(shard.number)
            total.add(report)

        def run(shard: Shard, library: Library, options: RelocateOptions) -> Relocation:
            progress = ShardProgress(listener, visit.place_of(shard))
            compared = self._compared.setdefault(shard.number, {})
            return Relocation(library.connection, options, progress, compared)

        if mode == "read":
            visit.each("read", look)
        else:
            visit.each("write", move)
        total.not_written = visit.left_out
        return total

    def _check(self, foreseen: SetRelocateReport) -> None:
        if self._old == self._new:
            raise RelocateError(f"{self._old} is where its sounds are already")
        is_copied = holds_below(self._session.catalog.database, self._old)
        is_begun = self._move in self._session.file.moved
        if not (foreseen.samples or is_copied or is_begun):
            raise RelocateError(self._nothing_to_move(foreseen))
        if self._astray:
            path = self._session.path
            raise RelocateError(
                f"{self._astray:,} other sounds below {self._new} are in other shards of {path} "
                f"than what moves there would be; nothing was changed. Move folders one by one "
                "that aren't there yet, or, where the same files were taken in again, remove them "
                f"first: `sqlclap sources remove {typed(path)} FOLDER`"
            )
        is_wrong = foreseen.absent or foreseen.differing
        if is_wrong and not self._options.force and not self._options.dry_run:
            raise RelocateError(relocate_refusal(foreseen))

    def _nothing_to_move(self, foreseen: SetRelocateReport) -> str:
        path = self._session.path
        missing = "".join(f"; missing {one}" for one in foreseen.not_written)
        told = f"no sound of {path} lies below {self._old}"
        if _lies_at(self._session, self._new):
            return (
                f"{told}, but some lie below {self._new}: did you mean `sqlclap relocate "
                f"{typed(path)} {typed(self._new)} {typed(self._old)}`?{missing}"
            )
        return f"{told}; `sqlclap sources list {typed(path)}` lists its sources{missing}"

    def _count_astray(self, shard: Shard, database: Database) -> int:
        """Count the sounds at the new place that would belong into other shards after the move."""
        if not holds_below(database, self._new):
            return 0
        moves = self._begun(self._session.file).moved
        old, new = (f"{one}".rstrip("/") + "/" for one in (self._old, self._new))
        rows = database.execute(statement("shards/sounds"))
        named = ((file_name(root, path), root, path) for root, path in rows)
        return sum(
            name.startswith(new)
            and not name.startswith(old)
            and not shard.entry.holds(slot_of(root, path, moves))
            for name, root, path in named
        )

    def _begun(self, now: SetFile) -> SetFile:
        """Return the set's file with the move; one that was begun, or made last, is not doubled."""
        if self._move in now.moved:
            return now
        if now.moved and replace(now.moved[-1], pending=True) == self._move:
            return replace(now, moved=(*now.moved[:-1], self._move))
        return replace(now, moved=(*now.moved, self._move))

    def _ended(self, now: SetFile) -> SetFile:
        done = replace(self._move, pending=False)
        return replace(now, moved=tuple(done if one == self._move else one for one in now.moved))

    def _follow_in_catalog(self, not_written: set[int]) -> None:
        """Move the catalog's copies whose sounds have moved."""
        database = self._session.catalog.database
        movers = movers_between(database, self._old, self._new)
        staying = self._staying(movers, not_written)
        with write_transaction(database):
            if movers_between(database, self._old, self._new) != movers:
                raise RelocateError("the catalog has changed meanwhile: run this again")
            moving = {one.sample_id for one in movers}
            at = samples_at(database, {one.new for one in movers}, moving)
            homes = []
            for one in movers:
                home = Destination(one.sample_id, one.source, one.new, None)
                is_left = one.sample_id in staying
                beside_it = beside(home, at.get(one.new), one.content_hash)
                homes.append(home.left_behind() if is_left else beside_it)
            SampleReassignment(database, self._old, self._new).move(homes)

    def _staying(self, movers: list[Mover], not_written: set[int]) -> set[int]:
        """Return the copies whose sounds have their old names still, or may have."""
        session, ids = self._session, {one.sample_id for one in movers}
        every = catalog_sounds(session.catalog.database, session.file)
        named = {one.sample_id: one for one in every if one.sample_id in ids}  # own names are last
        asked = not_written | self._stayed
        found, reach = session.ask(
            HeldCopies(tuple(named.values())), lambda one: one.number in asked
        )
        held = {copy for part in found.answers for copy in part}
        silent = {one.shard for one in reach.missing}
        return held | {copy for copy, one in named.items() if one.shard in silent}
