"""One ingest from end to end: scan, plan, read ahead, embed, store."""

from __future__ import annotations

import time
from collections.abc import Generator, Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sqlclap.attach.follow import follow_tables, forget_unnamed
from sqlclap.audio.descriptor_plugins import DescriptorPlugin, find_plugins, warn_of
from sqlclap.ctrl_c import ctrl_c_waits, let_ctrl_c
from sqlclap.db.exact import ONE_THREAD
from sqlclap.db.measured_columns import add_columns, count_unmeasured, measured_enough
from sqlclap.db.set_membership import set_file_of
from sqlclap.db.sources import change_source, list_sources, remove_vacant_sources
from sqlclap.db.span_vectors import lost_spans
from sqlclap.db.statements import statement, write_transaction
from sqlclap.db.stored_models import (
    StoredModel,
    default_model,
    make_default,
    register_model,
)
from sqlclap.descriptor_columns import NAMES
from sqlclap.errors import IngestError, LibraryError
from sqlclap.ingest.crews import Crew, settle_moved
from sqlclap.ingest.embedding import EmbeddedSound, Outcome, WindowBatcher
from sqlclap.ingest.library_model import as_stored, count_backlog
from sqlclap.ingest.names_taken import follow_renamings
from sqlclap.ingest.orphaned import find_orphaned
from sqlclap.ingest.plan import Plan, Scope, TakenUpAgain
from sqlclap.ingest.planning import Planner, check_not_unplugged, planning_tables
from sqlclap.ingest.reading import Failure, Item, MeasuredAgain, SoundReader
from sqlclap.ingest.reading_pool import read_files
from sqlclap.ingest.report import IngestReport
from sqlclap.ingest.shares import FileShare, scan_share
from sqlclap.ingest.sources import has_av, look_at_addresses, needs_av, resolve_scopes
from sqlclap.ingest.store import Writer, failed_file
from sqlclap.metadata.reading import read_metadata
from sqlclap.models.encoder import Encoder
from sqlclap.models.windowing import set_windows
from sqlclap.progress import NullProgress, ProgressListener
from sqlclap.quantities import typed
from sqlclap.recordings.times import check_zone, read_recording_times
from sqlclap.several import several

if TYPE_CHECKING:
    from sqlclap.db.database import Database
    from sqlclap.session import Session


MOST_THREADS = 256  # that read; more only wait for one another


@dataclass(frozen=True)
class IngestOptions:
    """How to ingest.

    Attributes
    ----------
    prune : bool
        Remove samples whose file is gone, instead of marking them missing.
    retry_failed : bool
        Try files again that failed and have not changed.
    measure : bool
        Measure unchanged sounds anew that lack a descriptor which is measured by now: one that
        came with a newer sqlclap, or with a package that was installed since. Their vectors stay.
    verify : bool
        Read every file and compare its content, whatever its size and time say.
    exclude : tuple of str
        Patterns of files and folders to pass over, such as ``*.mp3`` or ``packs/*/loops``. They
        are kept with the source and hold from then on.
    time_zone : str, optional
        Of the recorders' clocks, where these don't say theirs, such as "Europe/Berlin"; kept with
        the source. Times that say theirs are shown by it, too.
    hop_s : float, optional
        Seconds between the starts of windows, up to a window's length: below it, they overlap. By
        default what the library's vectors of this model were made with, else the model's own.
        Another hop is another version of the model, whose vectors all sounds get.
    window_s : float, optional
        Length of a window (in seconds), for models whose contract allows others; as for `hop_s`.
    threads : int
        Files that are read at once; 0 takes one a core, see `sqlclap.ingest.reading_pool`.
    processes : bool, optional
        Whether files are read in processes; by default where there is enough to read that it is
        worth their start. Few files are read in threads of this process.
    windows_under_way : int
        Most windows that are waiting for the audio tower or are being embedded.
    commit_every_s : float
        A crash loses at most this many seconds of work.
    crew : Crew, optional
        Workers elsewhere that read and embed, such as `sqlclap.ray_ingest.crew.ray_crew` gives.
    """

    prune: bool = False
    retry_failed: bool = False
    measure: bool = False
    verify: bool = False
    exclude: tuple[str, ...] = ()
    time_zone: str | None = None
    hop_s: float | None = None
    window_s: float | None = None
    threads: int = 0
    processes: bool | None = None
    windows_under_way: int = 32
    commit_every_s: float = 2.0
    crew: Crew | None = None

    def __post_init__(self) -> None:
        several(self.exclude, "patterns")
        check_zone(self.time_zone)
        for name, seconds in (("hop", self.hop_s), ("window", self.window_s)):
            if seconds is not None and not 0 < seconds < float("inf"):
                raise IngestError(f"expected a {name} of more than 0 seconds, got {seconds}")
        if self.threads > MOST_THREADS:
            raise IngestError(f"expected at most {MOST_THREADS} threads, got {self.threads}")
        if self.threads < 0 or self.windows_under_way < 1 or self.commit_every_s < 0:
            raise IngestError(
                "expected threads and commit_every_s of at least 0 and windows_under_way of at "
                f"least 1, got {self.threads}, {self.commit_every_s} and {self.windows_under_way}"
            )


def ingest(
    session: Session,
    paths: Sequence[str | Path],
    options: IngestOptions | None = None,
    listener: ProgressListener | None = None,
    share: FileShare | None = None,
) -> IngestReport:
    """Bring a library up to date with folders and files.

    Parameters
    ----------
    session : Session
        Of a library that is open for writing. Samples without vectors of its model are embedded
        too.
    paths : sequence of str or Path
        Folders and files; none means all folders that the library knows.
    options : IngestOptions, optional
    listener : ProgressListener, optional
    share : FileShare, optional
        Of the files, those that this library takes in; others belong to other libraries.

    Returns
    -------
    IngestReport
        With `interrupted` set after Ctrl-C: what was done is stored.

    Raises
    ------
    IngestError
        A path can't be used, or the library is part of a set; nothing was changed.
    ModelError
        The model can't be used, or takes no such windows.
    LibraryError
        The library can't be written; what was committed stays.
    """
    options = options or IngestOptions()
    if share is None:
        _refuse_part_of_set(session.database)
    encoder = session.resources.encoder_to_ingest(session.database)
    if options.hop_s is not None or options.window_s is not None:
        bundle = set_windows(encoder.bundle, options.window_s, options.hop_s)
        encoder = session.resources.with_bundle(bundle)
    encoder.prepare_audio()
    listener = listener or NullProgress()
    followed = [] if paths else follow_tables(session.database, listener)
    run = _Run(session.database, encoder, options, listener)
    run.share = share
    return run.over(paths).with_tables(followed)


def _refuse_part_of_set(database: Database) -> None:
    """Refuse a shard or a catalog: it would take in what other shards hold."""
    file = set_file_of(database)
    if file is not None:
        raise IngestError(
            f"{database.filename} is part of the set {file}: `sqlclap ingest {typed(file)}` "
            "takes each sound into the shard that it belongs to"
        )


class _Run:
    """One ingest: the state that its steps share."""

    def __init__(
        self,
        connection: Database,
        encoder: Encoder,
        options: IngestOptions,
        listener: ProgressListener,
    ) -> None:
        self._connection = connection
        self._encoder = encoder
        self._options = options
        self._listener = listener
        front = encoder.bundle.contract.front_end
        self._report = IngestReport(
            model_version=encoder.bundle.model_version,
            window_s=front.window_s,
            hop_s=front.window_s if front.hop_s is None else front.hop_s,
        )
        self._plugins: tuple[DescriptorPlugin, ...] = ()
        self.share: FileShare | None = None

    @property
    def _further(self) -> tuple[str, ...]:
        """Columns of third parties' descriptors."""
        return tuple(name for plugin in self._plugins for name in plugin.column_names)

    def _measured_enough(self) -> frozenset[int]:
        return measured_enough(self._connection, (*NAMES, *self._further))

    def over(self, paths: Sequence[str | Path]) -> IngestReport:
        started = time.monotonic()
        named = look_at_addresses(paths)
        with write_transaction(self._connection):
            scopes = self._in_zone(resolve_scopes(self._connection, named, self._options.exclude))
            model = register_model(self._connection, as_stored(self._encoder.bundle))
            self._plugins = _usable(self._connection, find_plugins())
        try:
            with planning_tables(self._connection):
                self._bring_up_to_date(scopes, model)
        except KeyboardInterrupt:
            self._report.interrupted = True
        self._report.is_default = default_model(self._connection).model_id == model.model_id
        if not self._report.is_default:
            self._report.waiting = count_backlog(self._connection, self._encoder.bundle)
        self._report.failed.sort(key=lambda file: file.path)  # the threads mix them up
        self._report.elapsed_s = time.monotonic() - started
        return self._report

    def _in_zone(self, scopes: list[Scope]) -> list[Scope]:
        """Keep the clocks' time zone with the sources that are looked at."""
        zone, moved = self._options.time_zone, {}
        for source in {scope.source for scope in scopes} if zone else ():
            moved[source] = change_source(self._connection, source, time_zone=zone)
        return [Scope(moved.get(scope.source, scope.source), scope.below) for scope in scopes]

    def _bring_up_to_date(self, scopes: list[Scope], model: StoredModel) -> None:
        writer = Writer(self._connection, model, self._report, self._further)
        plan = self._plan(scopes, model)
        renamings = follow_renamings(self._connection, plan.tasks, self.share)
        if renamings.moved or renamings.put_aside:
            plan = self._plan(scopes, model)
            self._report.unchanged -= renamings.complete
            self._report.moved, self._report.merged = renamings.complete, renamings.merged
        writer.record_scan(plan)
        self._listener.started("ingest", len(plan.tasks))
        self._take_in(plan, model, writer)
        self._report.impossible_times = read_recording_times(self._connection, self._listener)
        read_metadata(self._connection, self._listener)
        self._settle_gone(plan, writer)
        writer.settle_passed_over(plan.passed_over, self._options.prune)
        with write_transaction(self._connection):
            self._report.no_longer_named = forget_unnamed(self._connection)
        self._forget_vacant_sources()
        sources = [source for source in list_sources(self._connection) if source.has_audio]
        left = [source for source in sources if not source.is_there]
        self._report.not_there = [source.root for source in left]
        enough = self._measured_enough()
        self._report.unmeasured = count_unmeasured(self._connection, enough)
        self._report.past_the_end = lost_spans(self._connection)
        self._adopt_new_version(model)

    def _settle_gone(self, plan: Plan, writer: Writer) -> None:
        if self.share is None:
            writer.settle_gone(plan.gone, self._options.prune)
        else:
            self.share.gone.extend(writer.settle_gone(plan.gone, prune=False, is_share=True))

    def _plan(self, scopes: list[Scope], model: StoredModel) -> Plan:
        enough = self._measured_enough() if self._options.measure else None
        again = TakenUpAgain(self._options.retry_failed, enough, self._options.verify)
        planner = Planner(self._connection, model.model_id, again)
        if self.share is not None:
            self.share.scanned.clear()
        for scope in scopes:
            result = scan_share(self._connection, scope, self.share)
            vanished = planner.add(scope, result)
            if self._options.prune and scope.below == ".":
                check_not_unplugged(scope.source, result, vanished)
        plan = planner.plan
        if not has_av():
            able = plan.tasks.only(lambda task: not needs_av(task.file.path))
            self._report.needs_extra = len(plan.tasks) - len(able)
            plan.tasks = able
        self._report.unchanged = plan.unchanged
        self._report.failed_before = plan.failed_before
        self._report.system, self._report.excluded = plan.system, plan.excluded
        return plan

    def _take_in(self, plan: Plan, model: StoredModel, writer: Writer) -> None:
        """Read, embed and store; on Ctrl-C, what is ready is stored before that goes on."""
        orphaned = find_orphaned(self._connection, model.model_id, plan, self.share)
        crew = self._options.crew
        if crew is not None:
            with closing(crew.outcomes(self._encoder.bundle, plan.tasks)) as found:
                self._store(settle_moved(found, orphaned), writer)
            return
        reader = SoundReader(self._encoder.front_end, orphaned, self._plugins)
        options = self._options
        items = read_files(plan.tasks, reader, orphaned, options.threads, options.processes)
        with ctrl_c_waits(), ONE_THREAD, closing(self._outcomes(items)) as outcomes:
            self._store(outcomes, writer)

    def _store(self, outcomes: Iterable[Outcome], writer: Writer) -> None:
        ready: list[Outcome] = []
        committed = time.monotonic()
        try:
            for outcome in outcomes:
                ready.append(outcome)
                self._tell(outcome)
                let_ctrl_c()
                if time.monotonic() - committed >= self._options.commit_every_s:
                    self._commit(ready, writer)
                    committed = time.monotonic()
        except (LibraryError, IngestError):
            raise  # it was the writing that failed
        except BaseException:
            self._commit(ready, writer)
            raise
        self._commit(ready, writer)

    @staticmethod
    def _commit(ready: list[Outcome], writer: Writer) -> None:
        """Store outcomes; none of them is stored or counted a second time after Ctrl-C."""
        with ctrl_c_waits():
            writer.write(ready)
            ready.clear()

    def _outcomes(self, items: Iterable[Item]) -> Generator[Outcome]:
        with closing(WindowBatcher(self._encoder, self._options.windows_under_way)) as batcher:
            for item in items:
                yield from batcher.add(item)
            yield from batcher.flush()

    def _tell(self, outcome: Outcome) -> None:
        seconds = 0.0
        if isinstance(outcome, EmbeddedSound | MeasuredAgain):
            seconds = outcome.facts.report.duration_s
        self._listener.advanced(1, seconds)
        if isinstance(outcome, Failure):
            failed = failed_file(outcome)
            self._listener.failed(failed.path, failed.reason)

    def _forget_vacant_sources(self) -> None:
        if self._connection.execute(statement("db/source_vacant")).fetchone() is not None:
            with write_transaction(self._connection):
                remove_vacant_sources(self._connection)

    def _adopt_new_version(self, model: StoredModel) -> None:
        """Make a new version of the model the default once all sounds have its vectors."""
        current = default_model(self._connection)
        if current.name != model.name or current.model_id == model.model_id:
            return
        both = (current.model_id, model.model_id)
        with write_transaction(self._connection):
            if not self._connection.execute(statement("ingest/model_backlog"), both).get:
                make_default(self._connection, model.model_id)


def _usable(
    connection: Database, plugins: Iterable[DescriptorPlugin]
) -> tuple[DescriptorPlugin, ...]:
    """Make the plugins' columns; one whose columns are another's is warned of and left out."""
    usable = []
    for plugin in plugins:
        try:
            add_columns(connection, plugin.columns)
            usable.append(plugin)
        except LibraryError as error:
            warn_of(plugin.name, error)
    return tuple(usable)
