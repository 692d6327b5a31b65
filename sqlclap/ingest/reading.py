"""From a file or an object to hashed, measured, windowed features."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Literal, Protocol

from sqlclap.audio.decode import open_audio
from sqlclap.audio.descriptor_plugins import DescriptorPlugin, PluginMeters
from sqlclap.audio.descriptors import DescriptorMeter
from sqlclap.audio.encoded import NotInOnePassError
from sqlclap.audio.front_end import FrontEnd, SoundReport, WindowFeatures, sound_windows
from sqlclap.descriptor_columns import Descriptors
from sqlclap.errors import AudioError, StorageError
from sqlclap.sqlite_files import content_hash

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from sqlclap.audio.spec import FrontEndSpec
    from sqlclap.ingest.objects import FetchedFacts
    from sqlclap.ingest.orphaned import OrphanedSample
    from sqlclap.ingest.plan import FileTask
    from sqlclap.storage.passing import PassingObject

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
    """Some windows of a sound, in order.

    Attributes
    ----------
    task : FileTask
    windows : list of WindowFeatures
    content_hash : str or None
        SHA-256 of its file; None while that is not known: its end tells.
    """

    task: FileTask
    windows: list[WindowFeatures]
    content_hash: str | None


@dataclass(frozen=True)
class ReadAnew:
    """What was read of a sound so far does not count: it is read again, or fails."""

    task: FileTask


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
        What an object says of itself, which is here only while it is read.
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


Item = SameContent | Failure | WindowChunk | ReadAnew | SoundEnd | MeasuredAgain


def task_key(task: FileTask) -> str:
    """Return what tells a task from others of its library."""
    return f"{task.source.source_id}/{task.file.path}"


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


@dataclass(frozen=True)
class _AtHand:
    """A sound to be read.

    Attributes
    ----------
    task : FileTask
    source : Path or PassingObject
    digest : str or None
        SHA-256 of it; None: it is known at its end.
    """

    task: FileTask
    source: Path | PassingObject
    digest: str | None

    @property
    def presumed(self) -> str | None:
        """The known content that it is measured anew for, or None."""
        known = self.task.known
        if known is None or not self.task.is_known_content(self.digest or known.content_hash):
            return None
        return known.content_hash if self.digest or self.task.measure else None

    def facts(self) -> FetchedFacts | None:
        """Return what an object says of itself; of a file, that is read later."""
        if not self.task.source.is_address:
            return None
        from sqlclap.ingest.objects import read_facts

        found = read_facts(self.source, PurePosixPath(self.task.file.path).name)
        if not isinstance(self.source, Path):
            self.source.check()
        return found

    def finish(self) -> str:
        """Return its SHA-256.

        Raises
        ------
        StorageError
            What came of it was not all there is.
        NotInOnePassError
            It takes a copy.
        """
        if not isinstance(self.source, Path):
            return self.source.finish()
        return self.digest or content_hash(self.source)


class Orphans(Protocol):
    """Knows the samples whose file is gone: an `OrphanedSamples`, or one in another process."""

    def may_have(self, task: FileTask, /) -> bool:
        """Whether a sample may belong to a file, by its size."""

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
            if task.source.is_address:
                yield from self._read_object(task)
            else:
                path = Path(task.source.root) / task.file.path
                yield from self._read(_AtHand(task, path, content_hash(path)))
        except StorageError as error:
            yield Failure(task, "read", error.reason)
        except OSError as error:
            yield Failure(task, "read", str(error.strerror or error))

    def _read_object(self, task: FileTask) -> Iterator[Item]:
        """Read an object as it comes, or a copy of it where that can't be done."""
        from sqlclap.ingest.objects import fetched_task, passing_task

        digest = self._hash_first(task)
        try:
            with passing_task(task) as found:
                digest = found.finish() if found.is_whole else digest
                yield from self._read(_AtHand(task, found, digest))
        except NotInOnePassError:
            yield ReadAnew(task)
            with fetched_task(task) as copy:
                yield from self._read(_AtHand(task, copy.file, copy.content_hash))

    def _hash_first(self, task: FileTask) -> str | None:
        """Return the SHA-256 of a large object that may be known under another stamp or name."""
        known = task.known
        may_be_known = (
            self._orphaned.may_have(task)
            if known is None
            else (known.bytes == task.file.bytes and known.is_embedded and not task.read_again)
        )
        if not may_be_known or task.measure:
            return None
        from sqlclap.ingest.objects import passing_task

        with passing_task(task) as found:
            if found.is_whole:
                return None
            try:
                return found.finish()
            except NotInOnePassError:
                return None

    def _read(self, sound: _AtHand) -> Iterator[Item]:
        task, digest, moved = sound.task, sound.digest, None
        if digest and task.known is None:
            moved = self._orphaned.take(digest, task)
            if moved and moved.has_vector:
                yield SameContent(task, moved.sample_id, moved=True)
                return
        elif (
            digest is not None and task.is_known_content(digest) and not task.measure and task.known
        ):
            yield SameContent(task, task.known.sample_id, moved=False)
            return
        try:
            yield from self._decode(sound, moved.sample_id if moved else None)
        except (StorageError, NotInOnePassError):
            raise
        except AudioError as error:
            yield Failure(task, "decode", str(error), sound.finish())
        except Exception as error:  # a decoder's bug on one file must not end the ingest
            yield Failure(task, "decode", f"{type(error).__name__}: {error}", sound.finish())

    def _decode(self, sound: _AtHand, moved_from: int | None) -> Iterator[Item]:
        task, presumed = sound.task, sound.presumed
        known = task.known.sample_id if task.known and presumed else None
        fetched = sound.facts()
        with open_audio(sound.source) as stream:
            own = DescriptorMeter(stream.sample_rate, self._front_end.spec.heard_hz)
            meters = _Meters(own, PluginMeters(self.plugins, stream.sample_rate))
            windows = sound_windows(stream, self._front_end, meters)
            for piece in _pieces(windows):
                if known is None:
                    yield WindowChunk(task, piece, sound.digest)
            facts = SoundFacts(
                content_hash=sound.finish(),
                sample_rate=stream.sample_rate,
                channels=stream.channels,
                format=stream.format,
                report=windows.report,
                descriptors=own.finish(),
                moved_from=moved_from,
                heard_hz=self._front_end.spec.heard_hz,
                further=meters.plugins.finish(),
                plugin_notes=tuple(meters.plugins.notes),
                fetched=fetched,
            )
        if presumed not in (None, facts.content_hash):
            raise NotInOnePassError("it is not what its stamp says")
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
