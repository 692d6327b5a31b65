"""Reading: from a file to hashed, measured, windowed features."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Protocol

from sqlclap.audio.decode import open_audio
from sqlclap.audio.descriptor_plugins import DescriptorPlugin, PluginMeters
from sqlclap.audio.descriptors import DescriptorMeter
from sqlclap.audio.front_end import FrontEnd, SoundReport, WindowFeatures, sound_windows
from sqlclap.descriptor_columns import Descriptors
from sqlclap.errors import AudioError, StorageError
from sqlclap.sqlite_files import no_database

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from sqlclap.audio.spec import FrontEndSpec
    from sqlclap.ingest.objects import FetchedFacts
    from sqlclap.ingest.orphaned import OrphanedSample
    from sqlclap.ingest.plan import FileTask

# What only some files or the storing need is imported there: processes that read start quickly.

PIECE_WINDOWS = 16  # of a long file, handed on together

Stage = Literal["scan", "read", "decode", "embed", "store"]


@dataclass(frozen=True)
class SameContent:
    """The file's content is known already; only its path or time is new.

    Attributes
    ----------
    task : FileTask
    sample_id : int
        The sample of this content: the one at this path, or one that has moved here.
    moved : bool
    """

    task: FileTask
    sample_id: int
    moved: bool


@dataclass(frozen=True)
class Failure:
    """A file that could not be taken in.

    Attributes
    ----------
    task : FileTask
    stage : {"scan", "read", "decode", "embed", "store"}
    reason : str
    content_hash : str or None
        SHA-256 of what it holds; None when it could not even be read.
    """

    task: FileTask
    stage: Stage
    reason: str
    content_hash: str | None = None


@dataclass(frozen=True)
class WindowChunk:
    """Some windows of a sound, in order, and the SHA-256 of its file."""

    task: FileTask
    windows: list[WindowFeatures]
    content_hash: str


@dataclass(frozen=True)
class SoundFacts:
    """Facts known after reading a sound to its end.

    Attributes
    ----------
    content_hash : str
        SHA-256, hexadecimal.
    sample_rate, channels : int
    format : str
    report : SoundReport
    descriptors : Descriptors
    moved_from : int or None
        The sample of this file's content under its former name.
    heard_hz : tuple of (float, float)
        The lowest and highest frequency that the model hears.
    further : mapping of str to (float or None)
        What third parties' descriptors measured, by column.
    plugin_notes : tuple of str
        Which of them failed, and how.
    fetched : FetchedFacts or None
        What an object says of itself, whose copy is here only while it is read.
    """

    content_hash: str
    sample_rate: int
    channels: int
    format: str
    report: SoundReport
    descriptors: Descriptors
    moved_from: int | None
    heard_hz: tuple[float, float] = (0.0, float("inf"))
    further: Mapping[str, float | None] = field(default_factory=dict)
    plugin_notes: tuple[str, ...] = ()
    fetched: FetchedFacts | None = None

    @property
    def is_hardly_heard(self) -> bool:
        """Whether most of its energy lies outside of what the model hears."""
        from sqlclap.db.samples import is_hardly_heard

        return is_hardly_heard(self.descriptors.heard_share)

    def notes(self) -> list[str]:
        """Return remarks on irregularities, and on sound outside of the model's band."""
        notes = list(self.report.all_notes())
        if self.is_hardly_heard:
            low, high = self.heard_hz
            share = f"{self.descriptors.heard_share:.0%} of its energy"
            notes.append(f"the model hears {share} ({low:,.0f} to {high:,.0f} Hz)")
        return [*notes, *self.plugin_notes]


@dataclass(frozen=True)
class SoundEnd:
    """The end of a sound's pieces, and the input for the whole where the model takes one."""

    task: FileTask
    facts: SoundFacts
    whole: NDArray[np.float32] | None = None


@dataclass(frozen=True)
class MeasuredAgain:
    """A known sound whose descriptors were measured anew; its vectors stay."""

    task: FileTask
    sample_id: int
    facts: SoundFacts


@dataclass(frozen=True)
class StartedAnew:
    """A sound whose reading broke off: what came of it so far is void, it comes again or fails."""

    task: FileTask


Item = SameContent | Failure | WindowChunk | SoundEnd | MeasuredAgain | StartedAnew


def task_key(task: FileTask) -> str:
    """Return what tells a task from others of its library."""
    return f"{task.source.source_id}/{task.file.path}"


def content_hash(path: Path) -> str:
    """Return the SHA-256 of a file, hexadecimal."""
    with no_database(path).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@contextmanager
def _at_hand(task: FileTask) -> Iterator[tuple[Path, str]]:
    """Give a task's file and its SHA-256; an object is fetched for that."""
    if task.source.is_address:
        from sqlclap.ingest.objects import fetched_task

        with fetched_task(task) as found:
            yield found
        return
    path = Path(task.source.root) / task.file.path
    yield path, content_hash(path)


def _facts_of(task: FileTask, copy: Path) -> FetchedFacts | None:
    """Read what an object says of itself, while its copy is here."""
    if not task.source.is_address:
        return None
    from sqlclap.ingest.objects import read_facts

    return read_facts(copy)


class _Meters:
    """All that measures one sound: sqlclap's own descriptors, and third parties'."""

    def __init__(self, own: DescriptorMeter, plugins: PluginMeters) -> None:
        self.own = own
        self.plugins = plugins

    def update_channels(self, block: NDArray[np.float32]) -> None:
        self.own.update_channels(block)

    def update(self, mono: NDArray[np.float32]) -> None:
        self.own.update(mono)
        self.plugins.update(mono)


class Orphans(Protocol):
    """Knows the samples whose file is gone: an `OrphanedSamples`, or one in another process."""

    def take(self, content_hash: str, task: FileTask, /) -> OrphanedSample | None:
        """Remove and return the sample that a file belongs to, or None."""


class SoundReader:
    """Reads files for one model's front end.

    Parameters
    ----------
    front_end : FrontEnd
    orphaned : Orphans
        Orphaned samples that may belong to new files.
    plugins : tuple of DescriptorPlugin
        Third parties' descriptors to measure beside sqlclap's own.
    """

    def __init__(
        self,
        front_end: FrontEnd,
        orphaned: Orphans,
        plugins: tuple[DescriptorPlugin, ...] = (),
    ) -> None:
        self._front_end = front_end
        self._orphaned = orphaned
        self.plugins = plugins

    @property
    def spec(self) -> FrontEndSpec:
        """The front end's part of the model's contract."""
        return self._front_end.spec

    def read(self, task: FileTask) -> Iterator[Item]:
        """Yield what a file gives: its pieces and their end, or that it is known, or failed."""
        try:
            with _at_hand(task) as (path, digest):
                yield from self._read(task, path, digest)
        except StorageError as error:
            yield Failure(task, "read", error.reason)
        except OSError as error:
            yield Failure(task, "read", str(error.strerror or error))

    def _read(self, task: FileTask, path: Path, digest: str) -> Iterator[Item]:
        moved = None
        if task.known is None:
            moved = self._orphaned.take(digest, task)
            if moved and moved.has_vector:
                yield SameContent(task, moved.sample_id, moved=True)
                return
        elif task.is_known_content(digest) and not task.measure:
            yield SameContent(task, task.known.sample_id, moved=False)
            return
        try:
            yield from self._decode(task, path, digest, moved.sample_id if moved else None)
        except AudioError as error:
            yield Failure(task, "decode", str(error), digest)
        except Exception as error:  # a decoder's bug on one file must not end the ingest
            yield Failure(task, "decode", f"{type(error).__name__}: {error}", digest)

    def _decode(
        self, task: FileTask, path: Path, digest: str, moved_from: int | None
    ) -> Iterator[Item]:
        known = task.known.sample_id if task.known and task.is_known_content(digest) else None
        with open_audio(path) as stream:
            own = DescriptorMeter(stream.sample_rate, self._front_end.spec.heard_hz)
            meters = _Meters(own, PluginMeters(self.plugins, stream.sample_rate))
            windows = sound_windows(stream, self._front_end, meters)
            for piece in _pieces(windows):
                if known is None:
                    yield WindowChunk(task, piece, digest)
            facts = SoundFacts(
                content_hash=digest,
                sample_rate=stream.sample_rate,
                channels=stream.channels,
                format=stream.format,
                report=windows.report,
                descriptors=own.finish(),
                moved_from=moved_from,
                heard_hz=self._front_end.spec.heard_hz,
                further=meters.plugins.finish(),
                plugin_notes=tuple(meters.plugins.notes),
                fetched=_facts_of(task, path),
            )
        ended = SoundEnd(task, facts, windows.whole)
        yield ended if known is None else MeasuredAgain(task, known, facts)


def _pieces(windows: Iterable[WindowFeatures]) -> Iterator[list[WindowFeatures]]:
    """Group windows, in order, into lists of at most `PIECE_WINDOWS`."""
    piece: list[WindowFeatures] = []
    for window in windows:
        piece.append(window)
        if len(piece) == PIECE_WINDOWS:
            yield piece
            piece = []
    if piece:
        yield piece
