"""Collects windows of many sounds into batches for the audio tower."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from itertools import groupby, takewhile
from typing import TYPE_CHECKING

import numpy as np

from sqlclap.db.vectors import WindowVectors
from sqlclap.errors import ModelError
from sqlclap.ingest.plan import FileTask
from sqlclap.ingest.reading import (
    Failure,
    Item,
    MeasuredAgain,
    ReadAnew,
    SameContent,
    SoundEnd,
    SoundFacts,
    WindowChunk,
    task_key,
)
from sqlclap.models.encoder import Encoder
from sqlclap.models.towers import POOL_FROM

if TYPE_CHECKING:
    import numpy.typing as npt


@dataclass(frozen=True)
class EmbeddedSound:
    """A sound with its vectors, ready to be stored."""

    task: FileTask
    facts: SoundFacts
    windows: WindowVectors


Outcome = SameContent | Failure | MeasuredAgain | EmbeddedSound


@dataclass
class _OpenSound:
    """A sound whose windows are still being collected or embedded."""

    task: FileTask
    spans: list[tuple[float, float]] = field(default_factory=list)
    vectors: list[npt.NDArray[np.float32]] = field(default_factory=list)
    content_hash: str | None = None
    facts: SoundFacts | None = None
    has_whole: bool = False

    @property
    def is_complete(self) -> bool:
        wanted = len(self.spans) + self.has_whole
        return self.facts is not None and len(self.vectors) == wanted


_Entry = tuple[_OpenSound, "npt.NDArray[np.float32]"]


@dataclass(frozen=True)
class _Run:
    """Windows that were submitted to the audio tower, and the future of their vectors."""

    entries: list[_Entry]
    vectors: Future[npt.NDArray[np.float32]]


class WindowBatcher:
    """Turns the readers' items into outcomes, while the audio tower runs in the background.

    As soon as there is work for a few runs, every full run is handed to the tower's threads, and
    the answers are collected in order: neither the readers nor the cores wait for a batch to fill.
    The remaining windows are embedded at the end, in one run on all cores.

    Parameters
    ----------
    encoder : Encoder
    windows_under_way : int
        Most windows that are submitted and not collected; a run on each core and one waiting
        for it are always allowed.
    """

    def __init__(self, encoder: Encoder, windows_under_way: int) -> None:
        self._encoder = encoder
        # A small model's run could take hundreds of windows: sounds would wait long to be stored.
        self._run_size = max(1, min(encoder.windows_per_run, windows_under_way // POOL_FROM))
        self._max_runs = max(2 * encoder.concurrent_runs, windows_under_way // self._run_size)
        self._open_sounds: dict[str, _OpenSound] = {}
        self._waiting: list[_Entry] = []
        self._in_flight: deque[_Run] = deque()
        self._started = False
        self._refused: dict[str, Failure] = {}

    def add(self, item: Item) -> list[Outcome]:
        """Add an item; return the outcomes that are complete now."""
        if task_key(item.task) in self._refused:
            return self._settle_refused(item)
        if isinstance(item, ReadAnew):
            self._forget(item.task)
            return []
        if isinstance(item, Failure):
            self._forget(item.task)
            return [item]
        if isinstance(item, SameContent | MeasuredAgain):
            return [item]
        sound = self._open_sounds.setdefault(task_key(item.task), _OpenSound(item.task))
        if isinstance(item, SoundEnd):
            sound.facts = item.facts
            outcomes = self._add_whole(sound, item)
            return outcomes + self._collect() + self._finished([sound])
        return self._add_piece(sound, item)

    def flush(self) -> Iterator[Outcome]:
        """Embed the waiting windows; yield all remaining outcomes."""
        while self._started and self._waiting:
            self._submit(len(self._waiting))
        while self._in_flight:
            yield from self._collect_first()
        entries, self._waiting = self._waiting, []
        for _, alike in groupby(entries, key=_shape):
            yield from self._embed(list(alike))

    def close(self) -> None:
        """Cancel the runs that the tower has not started."""
        for run in self._in_flight:
            run.vectors.cancel()

    def _add_piece(self, sound: _OpenSound, piece: WindowChunk) -> list[Outcome]:
        outcomes: list[Outcome] = []
        sound.content_hash = piece.content_hash
        for window in piece.windows:
            sound.spans.append((window.start_s, window.end_s))
            outcomes += self._add_entry((sound, window.features))
        return outcomes + self._collect()

    def _add_whole(self, sound: _OpenSound, end: SoundEnd) -> list[Outcome]:
        """Take the input for a whole sound; a silent one, which has no windows, has no vector."""
        if end.whole is None or not sound.spans:
            return []
        sound.has_whole = True
        return self._add_entry((sound, end.whole))

    def _add_entry(self, entry: _Entry) -> list[Outcome]:
        outcomes: list[Outcome] = []
        self._waiting.append(entry)
        self._started |= len(self._waiting) >= POOL_FROM * self._run_size
        while self._started and len(self._waiting) >= self._run_size:
            if len(self._in_flight) >= self._max_runs:
                outcomes += self._collect_first()
                continue  # the waiting windows of a sound that failed are dropped, too
            self._submit(self._run_size)
        return outcomes

    def _submit(self, most: int) -> None:
        """Submit the first waiting entries that have one shape, `most` at most."""
        shape = _shape(self._waiting[0])
        alike = list(takewhile(lambda entry: _shape(entry) == shape, self._waiting[:most]))
        entries, self._waiting = alike, self._waiting[len(alike) :]
        self._in_flight.append(_Run(entries, self._encoder.submit_windows(_stack(entries))))

    def _collect(self) -> list[Outcome]:
        """Collect the results that are ready."""
        outcomes: list[Outcome] = []
        while self._in_flight and self._in_flight[0].vectors.done():
            outcomes += self._collect_first()
        return outcomes

    def _collect_first(self) -> list[Outcome]:
        run = self._in_flight.popleft()
        try:
            return self._distribute(run.entries, run.vectors.result())
        except ModelError as error:
            return self._embed_one_by_one(run.entries, error)

    def _embed(self, entries: list[_Entry]) -> list[Outcome]:
        try:
            return self._distribute(entries, self._encoder.embed_windows(_stack(entries)))
        except ModelError as error:
            return self._embed_one_by_one(entries, error)

    def _distribute(self, entries: list[_Entry], vectors: npt.NDArray[np.float32]) -> list[Outcome]:
        for (sound, _), vector in zip(entries, vectors, strict=True):
            sound.vectors.append(vector)
        return self._finished(list({id(sound): sound for sound, _ in entries}.values()))

    def _embed_one_by_one(self, entries: list[_Entry], error: ModelError) -> list[Outcome]:
        """Embed the sounds of a failed run one by one, so that only the broken one fails."""
        by_sound: dict[int, list[_Entry]] = {}
        for entry in entries:
            by_sound.setdefault(id(entry[0]), []).append(entry)
        if len(by_sound) > 1:
            return [done for own in by_sound.values() for done in self._embed(own)]
        sound = entries[0][0]
        if task_key(sound.task) in self._refused:
            return []
        self._forget(sound.task)
        at_end = sound.facts.content_hash if sound.facts is not None else None
        failure = Failure(sound.task, "embed", str(error), sound.content_hash or at_end)
        self._refused[task_key(sound.task)] = failure  # the rest of it may still be on its way
        return [] if failure.content_hash is None else [failure]

    def _settle_refused(self, item: Item) -> list[Outcome]:
        """Take what comes of a sound that failed: its end tells the hash of one that passes by."""
        key = task_key(item.task)
        failure = self._refused[key]
        if failure.content_hash is not None:
            return []
        if isinstance(item, ReadAnew):
            del self._refused[key]
        elif isinstance(item, Failure | SoundEnd):
            digest = item.facts.content_hash if isinstance(item, SoundEnd) else item.content_hash
            self._refused[key] = settled = replace(failure, content_hash=digest or "")
            return [replace(settled, content_hash=digest)]
        return []

    def _forget(self, task: FileTask) -> None:
        """Drop a sound that failed after some windows; its pending results are ignored."""
        dropped = self._open_sounds.pop(task_key(task), None)
        if dropped is not None:
            self._waiting = [entry for entry in self._waiting if entry[0] is not dropped]

    def _finished(self, sounds: list[_OpenSound]) -> list[Outcome]:
        outcomes: list[Outcome] = []
        for sound in sounds:
            known = self._open_sounds.get(task_key(sound.task)) is sound
            if known and sound.is_complete and sound.facts is not None:
                del self._open_sounds[task_key(sound.task)]
                outcomes.append(EmbeddedSound(sound.task, sound.facts, self._window_vectors(sound)))
        return outcomes

    def _window_vectors(self, sound: _OpenSound) -> WindowVectors:

        dim = self._encoder.bundle.contract.dim
        vectors = np.array(sound.vectors, dtype=np.float32).reshape(-1, dim)
        spans = np.array(sound.spans, dtype=np.float32).reshape(-1, 2)
        whole = vectors[-1] if sound.has_whole else None
        return WindowVectors(vectors[: len(spans)], spans[:, 0], spans[:, 1], whole)


def _stack(entries: list[_Entry]) -> npt.NDArray[np.float32]:

    return np.stack([features for _, features in entries])


def _shape(entry: _Entry) -> tuple[int, ...]:
    return entry[1].shape
