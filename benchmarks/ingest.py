"""How fast sounds are taken in, and where the time goes."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from benchmarks.ingest_costs import cpu_of, descriptors_cpu_s, watched_children
from benchmarks.timing import Timing, peak_memory_mb, time_runs
from sqlclap.db.exact import ONE_THREAD
from sqlclap.db.library_file import LibraryFile
from sqlclap.db.statements import write_transaction
from sqlclap.db.stored_models import register_model
from sqlclap.ingest.embedding import Outcome, WindowBatcher
from sqlclap.ingest.library_model import as_stored
from sqlclap.ingest.orphaned import OrphanedSamples
from sqlclap.ingest.pipeline import IngestOptions, ingest
from sqlclap.ingest.plan import Plan, TakenUpAgain
from sqlclap.ingest.planning import Planner
from sqlclap.ingest.reading import Item, SoundReader
from sqlclap.ingest.reading_pool import read_files, reading_processes
from sqlclap.ingest.report import IngestReport
from sqlclap.ingest.shares import scan_scope
from sqlclap.ingest.sources import resolve_scopes
from sqlclap.ingest.store import Writer
from sqlclap.metadata.reading import read_metadata
from sqlclap.models.encoder import Encoder
from sqlclap.session import Session

if TYPE_CHECKING:
    from collections.abc import Callable

Result = TypeVar("Result")


@dataclass(frozen=True)
class IngestFigures:
    """What `bench_ingest` measured.

    Attributes
    ----------
    files : int
    seconds_of_sound : float
    threads : int
        Files that are read at once.
    whole : Timing
        An ingest into an empty library, from scan to last commit.
    read, embed, store : Timing
        Each stage alone, on what the stage before it gave, with the threads it has in an ingest.
    one_by_one : Timing
        The peer: the same work without overlap or batches, one file after another.
    files_per_s : float
        Of the median whole ingest.
    against_slowest_stage : float
        Median of the whole over the slowest stage's median: 1.0 when all else is hidden behind it.
    against_one_by_one : float
        How many times faster than the peer.
    cpu_s : float
        Processor time of a whole ingest, over all threads and processes: the median.
    descriptors_share, metadata_share : float
        Of it, what takes loudness, width, tempo, kind, decay and key; and metadata.
    peak_memory_mb : float
        Of this process.
    readers : int
        Processes that read; 0 where threads did.
    reader_memory_mb : float
        What the largest of them had at most.
    """

    files: int
    seconds_of_sound: float
    threads: int
    whole: Timing
    read: Timing
    embed: Timing
    store: Timing
    one_by_one: Timing
    files_per_s: float
    against_slowest_stage: float
    against_one_by_one: float
    cpu_s: float
    descriptors_share: float
    metadata_share: float
    peak_memory_mb: float
    readers: int
    reader_memory_mb: float


def bench_ingest(folder: Path, encoder: Encoder, runs: int, threads: int = 0) -> IngestFigures:
    """Time the ingest of a folder, whole and by stage.

    Parameters
    ----------
    folder : Path
        Sounds; the disk cache is warm after the first pass.
    encoder : Encoder
    runs : int
        Repetitions of each phase.
    threads : int
        Files that are read at once; 0 takes one a core.
    """
    threads = threads or reading_processes()
    encoder.prepare_audio()
    stages = _Stages(folder.resolve(), encoder, threads)
    report = stages.watched_ingest()
    whole = time_runs(stages.ingest, runs)
    cpu_s = cpu_of(stages.ingest, runs)
    read = time_runs(stages.read, runs)
    embed = time_runs(stages.embed, runs)
    store = time_runs(stages.store, runs)
    one_by_one = time_runs(stages.one_by_one, runs)
    return IngestFigures(
        files=report.new,
        seconds_of_sound=report.seconds_of_sound,
        threads=threads,
        whole=whole,
        read=read,
        embed=embed,
        store=store,
        one_by_one=one_by_one,
        files_per_s=report.new / whole.median_s,
        against_slowest_stage=whole.median_s / max(read.median_s, embed.median_s, store.median_s),
        against_one_by_one=one_by_one.median_s / whole.median_s,
        cpu_s=cpu_s,
        descriptors_share=stages.descriptors_cpu_s() / cpu_s,
        metadata_share=stages.metadata_cpu_s() / cpu_s,
        peak_memory_mb=peak_memory_mb(),
        **stages.readers,
    )


class _Stages:
    """The stages of an ingest, apart."""

    def __init__(self, folder: Path, encoder: Encoder, threads: int) -> None:
        self._folder = folder
        self._encoder = encoder
        self._threads = threads
        self._items: list[Item] = []
        self._outcomes: list[Outcome] = []
        self.readers: dict[str, Any] = {}

    def watched_ingest(self) -> IngestReport:
        """Ingest, and look at the processes that read."""
        with watched_children() as seen:
            report = self.ingest()
        memory = max(seen.values(), default=0.0)
        self.readers = {"readers": len(seen), "reader_memory_mb": memory}
        return report

    def ingest(self) -> IngestReport:
        return self._in_library(
            lambda file: ingest(
                self._session(file), [self._folder], IngestOptions(threads=self._threads)
            )
        )

    def _session(self, file: LibraryFile) -> Session:
        session = Session.of_file(file)
        session.resources.use_encoder(self._encoder)
        return session

    def descriptors_cpu_s(self) -> float:
        tasks = self._in_library(self._plan).tasks
        with ONE_THREAD:
            files = [Path(task.source.root) / task.file.path for task in tasks]
            return descriptors_cpu_s(files, self._encoder.front_end)

    def metadata_cpu_s(self) -> float:
        return self._in_library(self._metadata_cpu_s)

    def _metadata_cpu_s(self, file: LibraryFile) -> float:
        ingest(self._session(file), [self._folder], IngestOptions(threads=self._threads))
        with write_transaction(file.connection):
            file.connection.execute("DELETE FROM sound_descriptions")
        return cpu_of(lambda: read_metadata(file.connection), runs=1)

    def read(self) -> None:
        plan = self._in_library(self._plan)
        with ONE_THREAD:  # as in an ingest
            orphaned = OrphanedSamples()
            reader = SoundReader(self._encoder.front_end, orphaned)
            self._items = list(read_files(plan.tasks, reader, orphaned, self._threads))

    def embed(self) -> None:
        batcher = WindowBatcher(self._encoder, IngestOptions().windows_under_way)
        self._outcomes = [done for item in self._items for done in batcher.add(item)]
        self._outcomes += batcher.flush()

    def store(self) -> None:
        self._in_library(lambda file: self._write(file, [self._outcomes]))

    def one_by_one(self) -> None:
        """Read, embed and commit one file, then the next."""
        self._in_library(self._one_by_one)

    def _one_by_one(self, file: LibraryFile) -> None:
        reader = SoundReader(self._encoder.front_end, OrphanedSamples())
        for task in self._plan(file).tasks:
            batcher = WindowBatcher(self._encoder, windows_under_way=1)
            done = [outcome for item in reader.read(task) for outcome in batcher.add(item)]
            self._write(file, [done + list(batcher.flush())])

    def _plan(self, file: LibraryFile) -> Plan:
        with write_transaction(file.connection):
            (scope,) = resolve_scopes(file.connection, [self._folder])
        planner = Planner(file.connection, 0, TakenUpAgain())
        planner.add(scope, scan_scope(file.connection, scope))
        return planner.plan

    def _write(self, file: LibraryFile, batches: list[list[Outcome]]) -> None:
        with write_transaction(file.connection):
            resolve_scopes(file.connection, [self._folder])
            model = register_model(file.connection, as_stored(self._encoder.bundle))
        writer = Writer(file.connection, model, IngestReport())
        for batch in batches:
            writer.write(batch)

    def _in_library(self, use: Callable[[LibraryFile], Result]) -> Result:
        with (
            tempfile.TemporaryDirectory(prefix="sqlclap-bench-") as folder,
            LibraryFile(Path(folder) / "bench.db", "create") as file,
        ):
            return use(file)
