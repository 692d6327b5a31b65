"""The decoders: libsndfile, and FFmpeg (the `av` extra) for what it can't read."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from sqlclap.audio.encoded import AudioSource, EncodedBytes, Piece, PiecedFile
from sqlclap.errors import AudioDecodeError

if TYPE_CHECKING:
    import av
    from soundfile import SoundFile

_SALVAGE_FRAMES = 1_024


@dataclass(frozen=True)
class StreamInfo:
    """What a decoder knows before the first block; see the attributes of `AudioStream`."""

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
    source : str, path-like, bytes or PassingAudio
    pieces : tuple of Piece
        What of it to read, put together as one file; none: all, as it is.

    Raises
    ------
    RuntimeError, TypeError, ValueError
        libsndfile can't read it.
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
        """Whether the sound is MPEG audio (layer I to III), in any container."""
        return "MPEG" in self.info.format

    def _open(self) -> SoundFile:
        import soundfile

        if not self._pieces and isinstance(self._source, str | os.PathLike):
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
            return self._empty_block()
        try:
            block = self._read(frames)
        except RuntimeError as error:
            self.interrupted = reason_of(error)
            block = self._salvage(frames)
        self._position += len(block)
        if self._pieced is not None and self._pieced.error is not None:
            self.interrupted = self._pieced.error
        return block

    def skip(self, frames: int) -> int:
        """Seek forward; return how many frames were passed over, none where that can't be done."""
        before = self._position
        if not 0 < frames < self._end - before or self._end == sys.maxsize:
            return 0
        try:
            self._position = int(self._file.seek(before + frames))
        except RuntimeError:
            self._file.close()
            self._file = self._open()
            self._position = int(self._file.seek(before)) if before else 0
        return self._position - before

    def close(self) -> None:
        self._file.close()
        if self._pieced is not None:
            self._pieced.close()

    def _read(self, frames: int) -> NDArray[np.float32]:
        block: NDArray[np.float32] = self._file.read(frames, dtype="float32", always_2d=True)
        return block

    def _salvage(self, frames: int) -> NDArray[np.float32]:
        """Read the frames before the damage again: a failed call has dropped them."""
        pieces = [self._empty_block()]
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

    def _empty_block(self) -> NDArray[np.float32]:
        return np.empty((0, self.info.channels), dtype=np.float32)


def reason_of(error: Exception) -> str:
    """Return a decoder's error message as a sentence."""
    # soundfile's LibsndfileError holds libsndfile's message without the file name.
    text = str(getattr(error, "error_string", "") or getattr(error, "strerror", "") or error)
    text = text.strip()
    return text if text.endswith(".") else f"{text}."


# Containers that hold sound. Playlists (HLS, DASH, concat) are left out on purpose: FFmpeg would
# open other files and addresses that an untrusted file names.
_DEMUXERS = (
    "aac,ac3,eac3,aiff,amr,ape,asf,au,caf,flac,matroska,webm,mov,mp4,m4a,3gp,3g2,mj2,mp3,"
    "mpc,mpc8,ogg,tta,w64,wav,wv"
)
_STATING_LENGTH = ("ape", "asf", "caf", "flac", "matroska", "mov", "tta", "w64", "wav", "wv")
_CONTAINER_NAMES = {"mov": "M4A", "matroska": "WEBM", "asf": "WMA"}


class AvReader:
    """Blocks through FFmpeg; the counterpart of libsndfile's reader.

    Parameters
    ----------
    source : str, path-like, bytes or PassingAudio
        A readable path, or encoded audio.
    pieces : tuple of Piece
        What of it to read, put together as one file; none: all, as it is.

    Raises
    ------
    ImportError
        When the ``av`` extra isn't installed.
    AudioDecodeError
        When FFmpeg finds no decodable sound.
    """

    def __init__(self, source: AudioSource, pieces: tuple[Piece, ...] = ()) -> None:
        import av

        # A file object instead of a name: names may not be UTF-8, and FFmpeg parses them as URLs.
        self._file = PiecedFile(source, pieces)
        self.interrupted: str | None = None
        self.notes: list[str] = []
        self._damaged = 0  # packets
        try:
            self._container = av.open(self._file, mode="r", options={"format_whitelist": _DEMUXERS})
        except (av.FFmpegError, ValueError) as error:
            self._file.close()
            raise AudioDecodeError(reason_of(error)) from error
        try:
            frames = self._frames()
            first = self._first_frame(frames)
        except AudioDecodeError:
            self.close()
            raise
        self.info = self._stream_info(first)
        self._pending = np.empty((0, self.info.channels), dtype=np.float32)
        self._decoded = self._samples(first, frames)

    def read(self, frames: int) -> NDArray[np.float32]:
        pieces = [self._pending]
        have = len(self._pending)
        while have < frames and (piece := next(self._decoded, None)) is not None:
            pieces.append(piece)
            have += len(piece)
        block = pieces[0] if len(pieces) == 1 else np.concatenate(pieces)
        self._pending = block[frames:]
        return block[:frames]

    def close(self) -> None:
        self._container.close()
        self._file.close()

    def _first_frame(self, frames: Iterator[av.AudioFrame]) -> av.AudioFrame:
        if not self._container.streams.audio:
            raise AudioDecodeError("there is no audio stream in it.")
        first = next(frames, None)
        if first is None:
            raise AudioDecodeError(self.interrupted or "there is no sound in its audio stream.")
        return first

    def _stream_info(self, first: av.AudioFrame) -> StreamInfo:
        """Describe the sound by its first frame: HE-AAC headers state half of the true rate."""
        container = self._container.format.name.split(",")[0]
        coding = self._container.streams.audio[0].codec_context.name
        return StreamInfo(
            sample_rate=first.sample_rate,
            channels=first.layout.nb_channels,
            declared_frames=self._declared_frames(first.sample_rate),
            format=f"{_CONTAINER_NAMES.get(container, container.upper())}/{coding.upper()}",
        )

    def _declared_frames(self, sample_rate: int) -> int | None:
        # Other containers state a length that was guessed from a bit rate.
        if self._container.format.name.split(",")[0] not in _STATING_LENGTH:
            return None
        stream = self._container.streams.audio[0]
        if stream.duration and stream.time_base is not None:
            return round(stream.duration * stream.time_base * sample_rate)
        if self._container.duration:
            return round(self._container.duration * sample_rate / 1_000_000)
        return None

    def _frames(self) -> Iterator[av.AudioFrame]:
        import av

        try:
            for packet in self._container.demux(audio=0):
                try:
                    yield from packet.decode()
                except av.EOFError:
                    break
                except av.FFmpegError:
                    self._damaged += 1  # what follows may be whole
        except (av.FFmpegError, ValueError) as error:
            self.interrupted = reason_of(error)
        if self._damaged:
            self.notes.append(f"{self._damaged} damaged packets were passed over")

    def _samples(
        self, first: av.AudioFrame, rest: Iterator[av.AudioFrame]
    ) -> Iterator[NDArray[np.float32]]:
        import av

        kind, target = None, ("flt", first.layout.name, first.sample_rate)
        convert = av.AudioResampler(*target)
        try:
            # None, last, flushes the converter.
            for frame in chain([first], rest, [None]):
                frame_format = frame and (frame.sample_rate, frame.layout.name, frame.format.name)
                if frame is not None and kind is not None and frame_format != kind:
                    # Another file follows in the same stream; each converter takes one kind.
                    yield from self._packed(convert.resample(None))
                    convert = av.AudioResampler(*target)
                    self._note_change(frame)
                kind = frame_format or kind
                yield from self._packed(convert.resample(frame))
        except (av.FFmpegError, ValueError) as error:
            self.interrupted = reason_of(error)

    def _packed(self, frames: list[av.AudioFrame]) -> Iterator[NDArray[np.float32]]:
        for packed in frames:
            samples = np.asarray(packed.to_ndarray(), dtype=np.float32)
            yield samples.reshape(-1, self.info.channels)

    def _note_change(self, frame: av.AudioFrame) -> None:
        note = f"it changes to {frame.sample_rate:,} Hz and {frame.layout.nb_channels} channels: "
        note += f"brought to {self.info.sample_rate:,} Hz and {self.info.channels}"
        if note not in self.notes:
            self.notes.append(note)
