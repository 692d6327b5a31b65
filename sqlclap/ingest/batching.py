"""Collecting windows of many sounds into batches for the audio tower."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sqlclap.audio import WindowFeatures
from sqlclap.errors import ModelError
from sqlclap.ingest.plan import Task
from sqlclap.ingest.reading import Failure, Item, Piece, SameContent, SoundEnd, SoundFacts
from sqlclap.models import Encoder
from sqlclap.vectors import WindowVectors

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt


@dataclass(frozen=True)
class EmbeddedSound:
    """A sound with its vectors, ready to be stored."""

    task: Task
    facts: SoundFacts
    windows: WindowVectors


Outcome = SameContent | Failure | EmbeddedSound


@dataclass
class _OpenSound:
    """A sound whose windows are still being collected or embedded."""

    task: Task
    spans: list[tuple[float, float]] = field(default_factory=list)
    vectors: list[npt.NDArray[np.float32]] = field(default_factory=list)
    content_hash: str | None = None
    facts: SoundFacts | None = None

    @property
    def is_complete(self) -> bool:
        return self.facts is not None and len(self.vectors) == len(self.spans)


class WindowBatcher:
    """Turns the readers' items into outcomes, running the audio tower on full batches.

    Parameters
    ----------
    encoder : Encoder
    batch_windows : int
        Windows a run takes.
    """

    def __init__(self, encoder: Encoder, batch_windows: int) -> None:
        self._encoder = encoder
        self._batch_windows = batch_windows
        self._open: dict[str, _OpenSound] = {}
        self._batch: list[tuple[_OpenSound, WindowFeatures]] = []
        self._refused: set[str] = set()

    def add(self, item: Item) -> list[Outcome]:
        """Take an item; return what is complete now."""
        if _key(item.task) in self._refused:
            return []
        if isinstance(item, Failure):
            self._forget(item.task)
            return [item]
        if isinstance(item, SameContent):
            return [item]
        sound = self._open.setdefault(_key(item.task), _OpenSound(item.task))
        if isinstance(item, SoundEnd):
            sound.facts = item.facts
            return self._finished([sound])
        return self._add_piece(sound, item)

    def flush(self) -> list[Outcome]:
        """Embed what waits, however little; return what is complete now."""
        return self._embed() if self._batch else []

    def _add_piece(self, sound: _OpenSound, piece: Piece) -> list[Outcome]:
        outcomes: list[Outcome] = []
        sound.content_hash = piece.content_hash
        for window in piece.windows:
            sound.spans.append((window.start_s, window.end_s))
            self._batch.append((sound, window))
            if len(self._batch) == self._batch_windows:
                outcomes += self._embed()
        return outcomes

    def _forget(self, task: Task) -> None:
        """Drop a sound that broke off after some windows."""
        dropped = self._open.pop(_key(task), None)
        if dropped is not None:
            self._batch = [entry for entry in self._batch if entry[0] is not dropped]

    def _embed(self) -> list[Outcome]:
        import numpy as np

        batch, self._batch = self._batch, []
        sounds = list({id(sound): sound for sound, _ in batch}.values())
        try:
            features = np.stack([window.features for _, window in batch])
            for (sound, _), vector in zip(
                batch, self._encoder.embed_windows(features), strict=True
            ):
                sound.vectors.append(vector)
        except ModelError as error:
            return self._embed_apart(batch, error)
        return self._finished(sounds)

    def _embed_apart(
        self, batch: list[tuple[_OpenSound, WindowFeatures]], error: ModelError
    ) -> list[Outcome]:
        """Find the sound that a batch broke on; the others must not suffer for it."""
        if len({id(sound) for sound, _ in batch}) == 1:
            sound = batch[0][0]
            self._open.pop(_key(sound.task), None)
            self._refused.add(_key(sound.task))  # the rest of it may still be on its way
            return [Failure(sound.task, "embed", str(error), sound.content_hash)]
        outcomes: list[Outcome] = []
        apart: dict[int, list[tuple[_OpenSound, WindowFeatures]]] = {}
        for entry in batch:
            apart.setdefault(id(entry[0]), []).append(entry)
        for entries in apart.values():
            waiting, self._batch = self._batch, entries
            outcomes += self._embed()
            self._batch = waiting
        return outcomes

    def _finished(self, sounds: list[_OpenSound]) -> list[Outcome]:
        outcomes: list[Outcome] = []
        for sound in sounds:
            if sound.is_complete and sound.facts is not None:
                self._open.pop(_key(sound.task), None)
                outcomes.append(EmbeddedSound(sound.task, sound.facts, self._stack(sound)))
        return outcomes

    def _stack(self, sound: _OpenSound) -> WindowVectors:
        import numpy as np

        dim = self._encoder.bundle.contract.dim
        vectors = np.array(sound.vectors, dtype=np.float32).reshape(-1, dim)
        spans = np.array(sound.spans, dtype=np.float32).reshape(-1, 2)
        return WindowVectors(vectors, spans[:, 0], spans[:, 1])


def _key(task: Task) -> str:
    return f"{task.source.source_id}/{task.file.path}"
