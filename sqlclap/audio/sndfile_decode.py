"""Decoding through libsndfile, and what every decoder gives."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from sqlclap.audio.encoded import AudioSource, EncodedBytes, Piece, PiecedFile

if TYPE_CHECKING:
    from soundfile import SoundFile

_SALVAGE_FRAMES = 1_024


@dataclass(frozen=True)
class StreamInfo:
    """What a decoder knows before the first block: see the attributes of `AudioStream`."""

    sample_rate: int
    channels: int
    declared_frames: int | None
    format: str


class BlockReader(Protocol):
    """One open sound of one decoder."""

    info: StreamInfo
    notes: list[str]

    @property
    def interrupted(self) -> str | None:
        """Why decoding stopped early, or None."""

    def read(self, frames: int) -> NDArray[np.float32]:
        """Return up to `frames` more frames, shape (n, channels); none at the end."""

    def close(self) -> None:
        """Release the file."""


class SoundFileReader:
    """Blocks through libsndfile.

    Parameters
    ----------
    source : str, path-like or bytes
    pieces : tuple of Piece
        What of it to read, put together as one file; none: all, as it is.

    Raises
    ------
    RuntimeError, TypeError, ValueError
        It is nothing that libsndfile knows.
    """

    def __init__(self, source: AudioSource, pieces: tuple[Piece, ...] = ()) -> None:
        self._source = source
        self._pieces = pieces
        self._pieced: PiecedFile | None = None
        self._file = self._open()
        self.interrupted: str | None = None
        self.notes: list[str] = []
        frames = int(self._file.frames)
        self.info = StreamInfo(
            sample_rate=int(self._file.samplerate),
            channels=int(self._file.channels),
            # An unknown length comes as SF_COUNT_MAX.
            declared_frames=frames if 0 <= frames < 2**62 else None,
            format=f"{self._file.format}/{self._file.subtype}",
        )
        self._position = 0
        # soundfile reads no further than the header says; asking it costs as much as opening.
        self._end = frames if self._file.seekable() else sys.maxsize

    @property
    def is_mpeg(self) -> bool:
        """Whether it is MP3, in whatever container, or its forerunners."""
        return "MPEG" in self.info.format

    def _open(self) -> SoundFile:
        import soundfile

        if not self._pieces and not isinstance(self._source, bytes):
            # As bytes: soundfile encodes str strictly and so refuses names that aren't UTF-8.
            return soundfile.SoundFile(os.fsencode(self._source))
        if isinstance(self._source, bytes) and not self._pieces:
            return soundfile.SoundFile(EncodedBytes(self._source))
        self._pieced = PiecedFile(self._source, self._pieces)
        try:
            return soundfile.SoundFile(self._pieced)
        except BaseException:
            self._pieced.close()
            raise

    def read(self, frames: int) -> NDArray[np.float32]:
        if self.interrupted is not None or self._position >= self._end:
            return self._nothing()
        try:
            block = self._read(frames)
        except RuntimeError as error:
            self.interrupted = reason_of(error)
            block = self._salvage(frames)
        self._position += len(block)
        if self._pieced is not None and self._pieced.error is not None:
            self.interrupted = self._pieced.error
        return block

    def close(self) -> None:
        self._file.close()
        if self._pieced is not None:
            self._pieced.close()

    def _read(self, frames: int) -> NDArray[np.float32]:
        block: NDArray[np.float32] = self._file.read(frames, dtype="float32", always_2d=True)
        return block

    def _salvage(self, frames: int) -> NDArray[np.float32]:
        """Read again what precedes the damage: a failed call drops its good frames too."""
        pieces = [self._nothing()]
        try:
            self.close()
            self._file = self._open()
            self._file.seek(self._position)
            while frames > 0 and len(piece := self._read(min(frames, _SALVAGE_FRAMES))):
                pieces.append(piece)
                frames -= len(piece)
        except RuntimeError as error:
            self.interrupted = reason_of(error)
        return np.concatenate(pieces)

    def _nothing(self) -> NDArray[np.float32]:
        return np.empty((0, self.info.channels), dtype=np.float32)


def reason_of(error: Exception) -> str:
    """Return a decoder's words as a sentence."""
    # soundfile's LibsndfileError keeps libsndfile's own words apart from the file's name.
    text = str(getattr(error, "error_string", "") or getattr(error, "strerror", "") or error)
    text = text.strip()
    return text if text.endswith(".") else f"{text}."
