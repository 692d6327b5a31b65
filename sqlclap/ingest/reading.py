"""From a file to hashed, measured, windowed features: what the reading threads do."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from sqlclap.audio import (
    DescriptorMeter,
    Descriptors,
    FrontEnd,
    SoundReport,
    WindowFeatures,
    open_audio,
    sound_windows,
)
from sqlclap.errors import AudioError
from sqlclap.ingest.plan import Task
from sqlclap.ingest.vacated import VacatedSamples
from sqlclap.library import is_hardly_heard

PIECE_WINDOWS = 16  # of a long file, handed on together

Stage = Literal["scan", "read", "decode", "embed", "store"]


@dataclass(frozen=True)
class SameContent:
    """The file holds what the library knows already; only where and when is new.

    Attributes
    ----------
    task : Task
    sample_id : int
        The sample it is: the one at this path, or one that has moved here.
    moved : bool
    """

    task: Task
    sample_id: int
    moved: bool


@dataclass(frozen=True)
class Failure:
    """A file that could not be taken in.

    Attributes
    ----------
    task : Task
    stage : {"scan", "read", "decode", "embed", "store"}
    reason : str
    content_hash : str or None
        SHA-256 of what it holds; None when it could not even be read.
    """

    task: Task
    stage: Stage
    reason: str
    content_hash: str | None = None


@dataclass(frozen=True)
class Piece:
    """Some windows of a sound, in order, and the SHA-256 of its file."""

    task: Task
    windows: list[WindowFeatures]
    content_hash: str


@dataclass(frozen=True)
class SoundFacts:
    """What was learnt from reading a sound to its end.

    Attributes
    ----------
    content_hash : str
        SHA-256, hexadecimal.
    sample_rate, channels : int
    format : str
    report : SoundReport
    descriptors : Descriptors
    moved_from : int or None
        The sample that this file was, under another name.
    heard_hz : tuple of (float, float)
        The lowest and highest frequency that the model hears.
    """

    content_hash: str
    sample_rate: int
    channels: int
    format: str
    report: SoundReport
    descriptors: Descriptors
    moved_from: int | None
    heard_hz: tuple[float, float] = (0.0, float("inf"))

    @property
    def is_hardly_heard(self) -> bool:
        """Whether most of its energy lies outside of what the model hears."""
        return is_hardly_heard(self.descriptors.heard_share)

    def notes(self) -> list[str]:
        """Say what reading it had to put up with, and what the model misses."""
        notes = list(self.report.all_notes())
        if self.is_hardly_heard:
            low, high = self.heard_hz
            share = f"{self.descriptors.heard_share:.0%} of its energy"
            notes.append(f"the model hears {share} ({low:,.0f} to {high:,.0f} Hz)")
        return notes


@dataclass(frozen=True)
class SoundEnd:
    """The end of a sound's pieces."""

    task: Task
    facts: SoundFacts


Item = SameContent | Failure | Piece | SoundEnd


def content_hash(path: Path) -> str:
    """Return the SHA-256 of a file, hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


class SoundReader:
    """Reads files for one model's front end.

    Parameters
    ----------
    front_end : FrontEnd
    vacated : VacatedSamples
        Samples that a new file may turn out to be.
    """

    def __init__(self, front_end: FrontEnd, vacated: VacatedSamples) -> None:
        self._front_end = front_end
        self._vacated = vacated

    def read(self, task: Task) -> Iterator[Item]:
        """Yield what a file gives: its pieces and their end, or that it is known, or failed."""
        path = Path(task.source.root) / task.file.path
        try:
            digest = content_hash(path)
        except OSError as error:
            yield Failure(task, "read", str(error.strerror or error))
            return
        moved = None
        if task.known is None:
            moved = self._vacated.take(digest, task)
            if moved and moved.has_vector:
                yield SameContent(task, moved.sample_id, moved=True)
                return
        elif task.known.content_hash == digest and task.known.is_embedded and not task.read_again:
            yield SameContent(task, task.known.sample_id, moved=False)
            return
        try:
            yield from self._decode(task, path, digest, moved.sample_id if moved else None)
        except AudioError as error:
            yield Failure(task, "decode", str(error), digest)
        except Exception as error:  # a decoder's bug on one file must not end the ingest
            yield Failure(task, "decode", f"{type(error).__name__}: {error}", digest)

    def _decode(
        self, task: Task, path: Path, digest: str, moved_from: int | None
    ) -> Iterator[Item]:
        with open_audio(path) as stream:
            meter = DescriptorMeter(stream.sample_rate, self._front_end.spec.heard_hz)
            windows = sound_windows(stream, self._front_end, meter)
            piece: list[WindowFeatures] = []
            for window in windows:
                piece.append(window)
                if len(piece) == PIECE_WINDOWS:
                    yield Piece(task, piece, digest)
                    piece = []
            if piece:
                yield Piece(task, piece, digest)
            facts = SoundFacts(
                content_hash=digest,
                sample_rate=stream.sample_rate,
                channels=stream.channels,
                format=stream.format,
                report=windows.report,
                descriptors=meter.finish(),
                moved_from=moved_from,
                heard_hz=self._front_end.spec.heard_hz,
            )
        yield SoundEnd(task, facts)
