"""Takes files into a set: each shard its share, by the same steps as a library of its own."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, fields
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from sqlclap.db.set_membership import note_membership
from sqlclap.db.sources import list_sources, remove_vacant_sources
from sqlclap.db.statements import statement, write_transaction
from sqlclap.errors import IngestError, ModelError, NoVectorsError, SetError
from sqlclap.ingest.pipeline import IngestOptions, ingest
from sqlclap.ingest.report import IngestReport
from sqlclap.ingest.shares import FileShare
from sqlclap.progress import NullProgress
from sqlclap.several import several
from sqlclap.shards.fleet import NOT_ANSWERING
from sqlclap.shards.following import follow_edited
from sqlclap.shards.following_afar import follow_at_nodes
from sqlclap.shards.handing_on import spoken_of
from sqlclap.shards.leases import work_lease
from sqlclap.shards.missing import Missing, not_opened
from sqlclap.shards.model_use import refresh_copies
from sqlclap.shards.relocating import follow_moves
from sqlclap.shards.renames import Followed, Renames, ShareTaken, remembered_in
from sqlclap.shards.span_vectors import refresh_spans_of_set
from sqlclap.shards.stages import ShardProgress
from sqlclap.shards.visiting import Visit
from sqlclap.upkeep import follow_ingest

if TYPE_CHECKING:
    from sqlclap.api import Library
    from sqlclap.progress import ProgressListener
    from sqlclap.shards.session import SetSession
    from sqlclap.shards.shard import Shard

PRUNED_AT_ONCE = 500
_OF_ALL = ("system", "excluded")
"""What every shard counts of the same folders."""


@dataclass
class SetIngestReport(IngestReport):
    """What an ingest into a set did, all shards together.

    Attributes
    ----------
    not_written : list of Missing
        Shards that could not be written. The others have their shares; the next ingest goes on.
    """

    not_written: list[Missing] = field(default_factory=list)

    @property
    def left_out(self) -> tuple[str, ...]:
        """The shards that could not be written here, and why."""
        return tuple(str(one) for one in self.not_written if not one.node)

    @property
    def elsewhere(self) -> tuple[str, ...]:
        """The shards that lie at nodes, and have to be written there."""
        return tuple(str(one) for one in self.not_written if one.node)


def ingest_set(
    session: SetSession,
    paths: Sequence[str | Path] = (),
    options: IngestOptions | None = None,
    listener: ProgressListener | None = None,
) -> SetIngestReport:
    """Bring a set up to date with folders and files; see `Library.ingest`.

    Raises
    ------
    IngestError
        A path can't be used; nothing was changed.
    SetError
        Shards are being split or joined, or other windows are asked for.
    """
    options = options or IngestOptions()
    if options.hop_s is not None or options.window_s is not None:
        raise SetError(
            "a set is of one version of its model, whose windows are known: make another set for "
            "others"
        )
    session.encoder.prepare_audio()
    return _Run(session, paths, options, listener or NullProgress()).over_shards()


class _Run:
    """One ingest into a set."""

    def __init__(
        self,
        session: SetSession,
        paths: Sequence[str | Path],
        options: IngestOptions,
        listener: ProgressListener,
    ) -> None:
        self._session, self._paths = session, several(paths, "paths")
        self._options, self._listener = options, listener
        self._reports: list[IngestReport] = []
        self._missing: list[Missing] = []
        self._shares: dict[int, ShareTaken] = {}
        self._followed = Followed()
        self._pruned, self._settled_s, self._interrupted = 0, 0.0, False
        self._folders: list[str] = []

    def over_shards(self) -> SetIngestReport:
        """Let each shard take in its share, one after the other."""
        scans: FileShare = FileShare(lambda _, __: True)
        with work_lease(self._session.path, alone=False):
            shards = self._session.shards
            note_membership(self._session.catalog.database, self._session.path)
            if not self._paths and any(one.is_here for one in shards):
                self._folders = known_folders(shards)
            for at, shard in enumerate(shards, start=1):
                others = [one for one in shards if one.number != shard.number]
                share = FileShare(shard.holds, scans.scans, partial(remembered_in, others))
                place = f"shard {shard.number}, {at} of {len(shards)}"
                try:
                    self._take_in(shard, share, ShardProgress(self._listener, place))
                except NOT_ANSWERING as error:
                    self._leave_out([not_opened(shard, error)])
                if self._reports and self._reports[-1].interrupted:
                    break
            else:
                self._settle_gone()
                self._follow_in_catalog()
        return self._joined()

    def _settle_gone(self) -> None:
        """Let what was said of files follow them to other shards; remove what is gone for good."""
        began = time.monotonic()
        try:
            renames = Renames(self._session, self._shares)
            self._followed = renames.follow()
            self._leave_out(renames.visit.left_out)
            if self._options.prune:
                self._prune()
        except KeyboardInterrupt:  # the next ingest does the rest
            self._interrupted = True
        except NOT_ANSWERING as error:
            self._tell_of_catalog(error)
        self._settled_s = time.monotonic() - began

    def _visit_written(self) -> Visit:
        """Return a visit of the shards that could be written."""
        return Visit([one for one in self._session.shards if one.number in self._shares])

    def _leave_out(self, missing: Iterable[Missing]) -> None:
        known = {one.shard for one in self._missing}
        for one in missing:
            if one.shard not in known:
                self._missing.append(one)
                self._listener.failed(one.path, one.reason)

    def _prune(self) -> None:
        """Remove sounds whose file is gone.

        Of which something is said stays while a shard is away: its file may be there.
        """
        keeps = bool(self._missing)

        def prune(shard: Shard, library: Library) -> None:
            database, gone = library.connection, self._shares[shard.number].gone
            for start in range(0, len(gone), PRUNED_AT_ONCE):
                some = {*gone[start : start + PRUNED_AT_ONCE]}
                some -= spoken_of(self._session, database, some) if keeps else set()
                with write_transaction(database):
                    database.execute(statement("shards/prune"), (json.dumps([*some]),))
                    self._pruned += database.changes()
            with write_transaction(database):
                remove_vacant_sources(database)

        self._leave_out(self._visit_written().each("write", prune).left_out)

    def _joined(self) -> SetIngestReport:
        total, followed = joined_report(self._reports, self._missing), self._followed
        total.interrupted = total.interrupted or self._interrupted
        total.elapsed_s += self._settled_s
        total.moved += followed.moved
        total.merged += followed.merged
        total.pruned += self._pruned
        total.new = max(0, total.new - followed.told_new)
        total.missing -= followed.told_missing + self._pruned
        return total

    def _follow_in_catalog(self) -> None:
        """Give the catalog's copies what shards have by now; the next ingest does what can't be."""
        try:
            afar = {one.number for one in self._session.shards if not one.is_here}
            if afar.issuperset(one.shard for one in self._missing):
                visit = self._visit_written()
                follow_edited(self._session, visit)
                self._leave_out(visit.left_out)
                follow_at_nodes(self._session)
            refresh_copies(self._session)
            with suppress(NoVectorsError, ModelError):
                refresh_spans_of_set(self._session).tell()
        except KeyboardInterrupt:  # all sounds are stored; the next ingest does the rest
            self._interrupted = True
        except NOT_ANSWERING as error:
            self._tell_of_catalog(error)

    def _tell_of_catalog(self, error: Exception) -> None:
        catalog = self._session.path.parent / self._session.file.catalog
        self._listener.failed(str(catalog), str(error))

    def _take_in(self, shard: Shard, share: FileShare, listener: ProgressListener) -> None:
        with shard.open("write") as library:
            note_membership(library.connection, self._session.path)
            begun = ShareTaken.begun(library.connection, share.gone)
            follow_moves(library, self._session.file)
            library.session.resources.use_encoder(self._session.encoder)
            paths = self._paths or self._unknown_folders(library)
            if paths is None:
                self._shares[shard.number] = begun
                return
            report = ingest(library.session, paths, self._options, listener, share)
            self._reports.append(report)
            self._shares[shard.number] = begun
            if report.interrupted:
                return
            try:
                follow_ingest(library.session, listener)
            except KeyboardInterrupt:  # the sounds are stored; only the index is left behind
                report.interrupted = True

    def _unknown_folders(self, library: Library) -> Sequence[str | Path] | None:
        """Return what a library that knows no folder looks at: none, where it knows some itself.

        None: neither it nor the set's other shards know any.
        """
        if any(one.has_audio for one in list_sources(library.connection)):
            return []
        return self._folders or None


def known_folders(shards: Sequence[Shard]) -> list[str]:
    """Return the folders that shards were filled from.

    Raises
    ------
    IngestError
        No shard knows a folder or a file.
    """
    found: dict[str, None] = {}
    is_known = False
    for shard in shards:
        with suppress(*NOT_ANSWERING), shard.open("read") as library:
            sources = [one for one in list_sources(library.connection) if one.has_audio]
            is_known = is_known or bool(sources)
            found.update((one.root, None) for one in sources if one.kind == "tree")
    if not is_known:
        raise IngestError("the set has no folders yet: name one, `sqlclap ingest set.toml FOLDER`")
    return [*found]


def joined_report(reports: Sequence[IngestReport], missing: Sequence[Missing]) -> SetIngestReport:
    """Return one report for what shards took in."""
    total = SetIngestReport(not_written=[*missing])
    for report in reports:
        for one in fields(IngestReport):
            _add(total, one.name, getattr(report, one.name))
    total.not_there = [*dict.fromkeys(total.not_there)]
    total.failed.sort(key=lambda file: file.path)
    return total


def _add(total: SetIngestReport, name: str, value: object) -> None:
    before = getattr(total, name)
    if name == "is_default":
        after: object = before and value
    elif name == "interrupted":
        after = before or value
    elif name in (*_OF_ALL, "window_s", "hop_s", "model_version"):
        after = max(before, value)
    else:
        after = before + value
    setattr(total, name, after)
