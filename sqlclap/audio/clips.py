"""Clips: spans of a sound as WAV files of their own, as it was recorded."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import soundfile

from sqlclap.audio.decode import open_audio
from sqlclap.errors import AudioError

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from sqlclap.audio.decode import AudioStream

CODINGS = {
    "PCM_24": "PCM_24", "PCM_32": "PCM_32", "FLOAT": "FLOAT", "DOUBLE": "FLOAT",
}  # fmt: skip
PLAIN = "PCM_16"
"""What others are written in: 8 bits, and what was coded with losses."""

MOST_BYTES = (1 << 32) - (1 << 16)
"""Of a RIFF file, whose sizes are 32 bits."""

LONGEST_S = 1e7
"""What stands for a sound's end, where nothing says when that is."""

_BYTES = {"PCM_16": 2, "PCM_24": 3, "PCM_32": 4, "FLOAT": 4}


@dataclass(frozen=True)
class Clip:
    """A span to be written.

    Attributes
    ----------
    start_s, end_s : float
        In seconds; the end may lie behind the sound's.
    file : Path
        Where it goes.
    """

    start_s: float
    end_s: float
    file: Path


class _Output:
    """A WAV file that is being written; libsndfile itself says of all errors "System error"."""

    def __init__(self, file: Path, stream: AudioStream) -> None:
        self._error: OSError | None = None
        self._file = file.open("xb", buffering=0)  # a seek that has to write can't be told of
        self.seek, self.tell, self.read = self._file.seek, self._file.tell, self._file.read
        coding = _coding(stream)
        with self._system_errors(), ExitStack() as undo:
            undo.callback(self._file.close)
            self._sound = soundfile.SoundFile(
                self, "w", stream.sample_rate, stream.channels, coding, format="WAV"
            )
            undo.pop_all()

    def write(self, data: bytes) -> int:
        """Write what libsndfile hands over; it has no way to be told of an error."""
        written = 0
        try:
            while written < len(data):
                written += self._file.write(data[written:])
        except OSError as error:
            self._error = self._error or error
        return written

    def add(self, block: npt.NDArray[np.float32]) -> None:
        with self._system_errors():
            self._sound.write(block)

    def close(self) -> None:
        with self._system_errors(), self._file:
            self._sound.close()

    @contextmanager
    def _system_errors(self) -> Iterator[None]:
        try:
            yield
        except (soundfile.SoundFileError, AssertionError) as error:
            raise self._error or error from error
        if self._error is not None:
            raise self._error


@dataclass
class _Writing:
    clip: Clip
    first: int
    last: int
    output: _Output | None = None

    def close(self) -> None:
        if self.output is not None:
            self.output.close()


def write_clips(source: Path, clips: Sequence[Clip]) -> list[Clip]:
    """Write spans of a sound as WAV; the sound is decoded once.

    Rate, channels and, where WAV has it, the coding stay as they are.

    Parameters
    ----------
    source : Path
    clips : sequence of Clip

    Returns
    -------
    list of Clip
        Those that were written: not those that begin behind the sound's end.

    Raises
    ------
    AudioDecodeError
        The sound can't be read, or breaks off.
    AudioError
        A clip would be too long for a WAV file.
    OSError
        A file can't be written.
    """
    with open_audio(source) as stream, _all_closed(clips, stream) as writings:
        waiting = sorted(writings, key=lambda one: one.first)
        at = _skip(stream, waiting[0].first) if waiting else 0
        for block in stream.blocks():
            end = at + len(block)
            for one in waiting:
                if one.first >= end:
                    break
                _write(one, block[max(one.first - at, 0) : one.last - at], stream)
            waiting = [one for one in waiting if one.last > end]
            at = end
            if not waiting:
                break
        if waiting and stream.interrupted:
            raise AudioError(f"{source} breaks off: {stream.interrupted}")
    return [one.clip for one in writings if one.output is not None]


def _skip(stream: AudioStream, first: int) -> int:
    """Pass over what lies before the first clip; where the sound ends before, all but a frame."""
    reached = min(first, (stream.declared_frames or 0) - 1)
    return stream.skip(reached) if reached > 0 else 0


@contextmanager
def _all_closed(clips: Sequence[Clip], stream: AudioStream) -> Iterator[list[_Writing]]:
    rate, frame = stream.sample_rate, stream.channels * _BYTES[_coding(stream)]
    with ExitStack() as opened:
        writings = []
        for clip in clips:
            last = round(min(clip.end_s, LONGEST_S) * rate)
            one = _Writing(clip, round(clip.start_s * rate), last)
            if clip.end_s < LONGEST_S and (one.last - one.first) * frame > MOST_BYTES:
                raise AudioError(
                    f"a clip from {clip.start_s:g} to {clip.end_s:g} s is too long for a WAV file"
                )
            opened.callback(one.close)
            writings.append(one)
        yield writings


def _write(one: _Writing, block: npt.NDArray[np.float32], stream: AudioStream) -> None:
    if len(block) == 0:
        return
    if one.output is None:
        one.output = _Output(one.clip.file, stream)
    one.output.add(block)


def _coding(stream: AudioStream) -> str:
    return CODINGS.get(stream.format.rpartition("/")[2], PLAIN)
