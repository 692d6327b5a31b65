"""Sounds that several decoders read one after another, as one stream."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from sqlclap.audio.decoders import BlockReader, SoundFileReader
from sqlclap.audio.windows import StreamResampler
from sqlclap.errors import AudioDecodeError

_BLOCK_FRAMES = 65_536
# Frames by which two decoders of a lossy format may differ: the encoder's delay, a frame.
_SLACK_FRAMES = 4_608


class PersistentReader:
    """Continues with a second decoder where the first one stops early.

    Parameters
    ----------
    first : BlockReader
    second : callable
        Opens the sound with another decoder, from its beginning; returns None if it can't.
    """

    def __init__(self, first: BlockReader, second: Callable[[], BlockReader | None]) -> None:
        self._reader = first
        self._second: Callable[[], BlockReader | None] | None = second
        self._position = 0
        self.info = first.info
        self.notes = list(first.notes)
        self._interrupted: str | None = None

    @property
    def interrupted(self) -> str | None:
        return self._reader.interrupted or self._interrupted

    def read(self, frames: int) -> NDArray[np.float32]:
        block = self._reader.read(frames)
        if not len(block) and self._second is not None and self._is_incomplete():
            second, self._second = self._second, None
            block = self._continue_with_second(second, frames)
        self._position += len(block)
        return block

    def skip(self, frames: int) -> int:
        """Seek forward with the first decoder; return how many frames were passed over."""
        passed = self._reader.skip(frames) if isinstance(self._reader, SoundFileReader) else 0
        self._position += passed
        return passed

    def close(self) -> None:
        self._reader.close()

    def _is_incomplete(self) -> bool:
        if self._reader.interrupted is not None or self._position == 0:
            return True
        declared = self.info.declared_frames
        return declared is not None and declared - self._position > _SLACK_FRAMES

    def _continue_with_second(
        self, open_second: Callable[[], BlockReader | None], frames: int
    ) -> NDArray[np.float32]:
        nothing = np.empty((0, self.info.channels), dtype=np.float32)
        second = open_second()
        if second is None:
            self._note_missing_frames()
            return nothing
        same = (self.info.sample_rate, self.info.channels)
        if (second.info.sample_rate, second.info.channels) != same or not self._skip(second):
            second.close()
            return nothing
        block = second.read(frames)
        if not len(block):
            second.close()
            return nothing
        seconds = self._position / self.info.sample_rate
        reason = self._reader.interrupted or "it found no more."
        self.notes.append(
            f"libsndfile stopped at {seconds:.2f} s ({reason.rstrip('.')}); FFmpeg read on"
        )
        self._reader.close()
        self._reader = second
        return block

    def _note_missing_frames(self) -> None:
        """Add a note if the counted frames are more than libsndfile found."""
        declared, rate = self.info.declared_frames, self.info.sample_rate
        if declared is not None and declared > self._position and self.info.format[:4] == "MP3/":
            self.notes.append(
                f"libsndfile stopped at {self._position / rate:.2f} s of {declared / rate:.2f} s; "
                "to read on takes FFmpeg: pip install 'sqlclap[av]'"
            )

    def _skip(self, second: BlockReader) -> bool:
        left = self._position
        while left > 0:
            skipped = len(second.read(min(left, _BLOCK_FRAMES)))
            if not skipped:
                return False
            left -= skipped
        return True


class ChainReader:
    """Reads sounds one after another, converted to the rate and channels of the first.

    A sound that can't be read is skipped, with a note.

    Parameters
    ----------
    openers : list of callable
        Each opens a sound when its turn comes, and raises `AudioDecodeError` if it can't.

    Raises
    ------
    AudioDecodeError
        None can be opened.
    """

    def __init__(self, openers: list[Callable[[], BlockReader]]) -> None:
        self._waiting = openers
        self._number = 0
        self._reader: BlockReader | None = None
        self.interrupted: str | None = None
        self.notes: list[str] = []
        while self._reader is None:
            try:
                self._reader = self._next()
            except AudioDecodeError:
                if not self._waiting:
                    raise
        self.info = replace(self._reader.info, declared_frames=None)
        self._blocks = self._conformed(self._reader)
        self._pending = np.empty((0, self.info.channels), dtype=np.float32)

    def read(self, frames: int) -> NDArray[np.float32]:
        pieces, have = [self._pending], len(self._pending)
        while have < frames and (block := self._next_block()) is not None:
            pieces.append(block)
            have += len(block)
        joined = np.concatenate(pieces)
        self._pending = joined[frames:]
        return joined[:frames]

    def close(self) -> None:
        if self._reader is not None:
            self._reader.close()

    def _next(self) -> BlockReader:
        self._number += 1
        try:
            return self._waiting.pop(0)()
        except AudioDecodeError as error:
            self.notes.append(f"recording {self._number} can't be read: {error}")
            raise

    def _next_block(self) -> NDArray[np.float32] | None:
        while (block := next(self._blocks, None)) is None:
            if not self._waiting:
                return None
            self._end_of(self._reader)
            with suppress(AudioDecodeError):
                self._reader = self._next()
                self._blocks = self._conformed(self._reader)
        return block

    def _end_of(self, reader: BlockReader | None) -> None:
        if reader is not None:
            self.notes += reader.notes
            if reader.interrupted is not None:
                self.notes.append(f"recording {self._number} breaks off: {reader.interrupted}")
            reader.close()
        self._reader = None

    def _conformed(self, reader: BlockReader) -> Iterator[NDArray[np.float32]]:
        """The blocks of a part, with the rate and channels of the first."""
        rate, channels = self.info.sample_rate, self.info.channels
        has = (reader.info.sample_rate, reader.info.channels)
        if has != (rate, channels):
            self.notes.append(
                f"recording {self._number} has {has[0]:,} Hz and {has[1]} channels: "
                f"brought to {rate:,} Hz and {channels}"
            )
        resamplers = [StreamResampler(has[0], rate, "VHQ") for _ in range(channels)]
        while len(block := reader.read(_BLOCK_FRAMES)):
            block = _with_channels(block, channels)
            if has[0] != rate:
                block = _columns(
                    [one.process(block[:, i].copy()) for i, one in enumerate(resamplers)]
                )
            if len(block):
                yield block
        if has[0] != rate:
            yield _columns([one.flush() for one in resamplers])
        if reader.interrupted is not None and not self._waiting:
            self.interrupted = reader.interrupted


def _with_channels(block: NDArray[np.float32], channels: int) -> NDArray[np.float32]:
    if block.shape[1] == channels:
        return block
    mono = block.mean(axis=1, dtype=np.float32, keepdims=True)
    return np.repeat(mono, channels, axis=1)


def _columns(channels: list[NDArray[np.float32]]) -> NDArray[np.float32]:
    # Resamplers of the same rates give the same number of samples.
    return np.stack(channels, axis=1)
