"""Decoding: any supported sound becomes a stream of float32 blocks, in constant memory."""

from __future__ import annotations

import errno
import os
import re
import stat
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from sqlclap.errors import AudioDecodeError

if TYPE_CHECKING:
    from soundfile import SoundFile

AudioSource: TypeAlias = str | os.PathLike[str] | bytes
"""A path (``str`` or path-like, whatever bytes its name holds) or encoded audio (``bytes``)."""

BLOCK_FRAMES = 65_536
# Files of hundreds of channels get shorter blocks, so that memory stays bounded for them too.
_LARGEST_BLOCK_SAMPLES = 8 * BLOCK_FRAMES
# Rates (in Hz) outside are a damaged header; resampling from them would run for hours.
_SAMPLE_RATES = range(1_000, 1_000_001)
_SALVAGE_FRAMES = 1_024
# Writers that can't seek back leave such a size in the header: it says nothing about the length.
_PLACEHOLDER_BYTES = 0x7FFF_0000
_CUT_CHUNK = re.compile(r"^ *(?:data|SSND) *: *(\d+) \(should be (\d+)\)", re.MULTILINE)


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
    interrupted: str | None

    def read(self, frames: int) -> NDArray[np.float32]:
        """Return up to `frames` more frames, shape (n, channels); none at the end."""

    def close(self) -> None:
        """Release the file."""


class AudioStream:
    """An open sound, read once from front to back. A context manager.

    Attributes
    ----------
    sample_rate : int
        Native rate (in Hz).
    channels : int
        Number of interleaved channels, at least 1.
    declared_frames : int or None
        Length that the header claims (in frames): exact for PCM and FLAC, an estimate for lossy
        containers, None when unknown. Fewer `frames_read` at the end mean a truncated file;
        Ogg states no length, so a truncated one just looks shorter.
    format : str
        Container and coding, such as "WAV/PCM_24", "FLAC/PCM_16" or "M4A/AAC".
    frames_read : int
        Frames yielded so far.
    interrupted : str or None
        The decoder's words when it gave up before the end, else None.
    """

    def __init__(self, reader: BlockReader, name: str) -> None:
        self._reader = reader
        self._name = name
        self.sample_rate = reader.info.sample_rate
        self.channels = reader.info.channels
        self.declared_frames = reader.info.declared_frames
        self.format = reader.info.format
        self.frames_read = 0

    @property
    def interrupted(self) -> str | None:
        """Why decoding stopped early, or None."""
        return self._reader.interrupted

    def blocks(self, block_frames: int = BLOCK_FRAMES) -> Iterator[NDArray[np.float32]]:
        """Yield the sound in order.

        Parameters
        ----------
        block_frames : int
            Largest block to yield (in frames); memory in use is proportional to it.

        Yields
        ------
        np.ndarray [shape=(n, channels), dtype=float32]
            Samples, full scale ±1, ``1 <= n <= block_frames``. Float files may exceed full
            scale and may hold NaN or infinities.

        Raises
        ------
        AudioDecodeError
            When not a single frame can be decoded. A file that breaks off later ends the
            iteration instead, and `interrupted` says why.
        """
        frames = max(1, min(block_frames, _LARGEST_BLOCK_SAMPLES // self.channels))
        while len(block := self._reader.read(frames)):
            self.frames_read += len(block)
            yield block
        if self.frames_read == 0:
            reason = self.interrupted or "it holds no samples"
            raise AudioDecodeError(f"Expected sound in {self._name}, but {reason}.")

    def close(self) -> None:
        """Close the file; reading further raises."""
        self._reader.close()

    def __enter__(self) -> AudioStream:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def open_audio(source: AudioSource) -> AudioStream:
    """Open a sound for streaming.

    WAV (any PCM width, 32- and 64-bit float), AIFF, FLAC, Ogg Vorbis, Opus, MP3, CAF and AU are
    read by libsndfile; M4A/AAC, WebM and what else it can't read by FFmpeg when the ``av``
    extra is installed.

    Parameters
    ----------
    source : str, path-like or bytes
        ``str`` and path-like are paths, also with names that aren't UTF-8; ``bytes`` is encoded
        audio, for standard input and BLOBs.

    Returns
    -------
    AudioStream
        Close it, or use it as a context manager.

    Raises
    ------
    AudioDecodeError
        When the path is missing, unreadable or not a regular file, when the content is empty,
        damaged or no known audio format, or when the format needs the ``av`` extra.
    """
    name = _display_name(source)
    size = len(source) if isinstance(source, bytes) else _regular_file_size(source, name)
    if size == 0:
        raise AudioDecodeError(f"Expected sound in {name}, but it is empty (0 bytes).")
    reader = _open_reader(source, name)
    flaw = _flaw(reader.info)
    if flaw is not None:
        reader.close()
        raise AudioDecodeError(f"Expected sound in {name}, but {flaw}.")
    return AudioStream(reader, name)


def _flaw(info: StreamInfo) -> str | None:
    """What makes a readable header useless, or None."""
    if info.declared_frames == 0:
        return "it holds no samples"
    if info.sample_rate not in _SAMPLE_RATES:
        limits = f"{_SAMPLE_RATES[0]} to {_SAMPLE_RATES[-1]} Hz"
        return f"its header gives a sample rate of {info.sample_rate} Hz, not {limits}"
    return None


def _open_reader(source: AudioSource, name: str) -> BlockReader:
    try:
        return _SoundFileReader(source)
    except (RuntimeError, TypeError, ValueError) as error:
        # TypeError: soundfile asks for the layout of headerless .raw files.
        reason = _reason(error)
    from sqlclap.audio.av_decode import AvReader

    try:
        return AvReader(source)
    except ImportError:
        hint = "If it is M4A, AAC, WebM or WMA, install the extra: pip install 'sqlclap[av]'."
        raise AudioDecodeError(f"Can't decode {name}: {reason} {hint}") from None
    except AudioDecodeError as error:
        message = f"Can't decode {name}: libsndfile says: {reason} FFmpeg says: {error}"
        raise AudioDecodeError(message) from error


def _display_name(source: AudioSource) -> str:
    if isinstance(source, bytes):
        return f"{len(source)} bytes of encoded audio"
    # Undecodable bytes of a name are shown as \xNN: the message can be printed anywhere.
    return repr(os.fsencode(source).decode("utf-8", "backslashreplace"))


def _regular_file_size(path: str | os.PathLike[str], name: str) -> int:
    try:
        status = Path(path).stat()
        if stat.S_ISREG(status.st_mode):
            with Path(path).open("rb"):
                return status.st_size
    except (OSError, ValueError) as error:
        reason = os.strerror(error.errno or errno.EIO) if isinstance(error, OSError) else str(error)
        raise AudioDecodeError(f"Can't open {name}: {reason}.") from error
    kind = "a directory" if stat.S_ISDIR(status.st_mode) else "a pipe or device"
    raise AudioDecodeError(f"Expected a regular file, got {kind}: {name}.")


def _reason(error: Exception) -> str:
    # soundfile's LibsndfileError keeps libsndfile's own words apart from the file's name.
    text = str(getattr(error, "error_string", "") or error).strip()
    return text if text.endswith(".") else f"{text}."


class _Content(BytesIO):
    """Encoded bytes to seek in; damaged files make libsndfile seek before their start."""

    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
        try:
            return super().seek(offset, whence)
        except ValueError:
            # Raising would print a traceback from C; staying put is how lseek fails.
            return self.tell()


class _SoundFileReader:
    """Blocks through libsndfile."""

    def __init__(self, source: AudioSource) -> None:
        self._source = source
        self._file = self._open()
        self.interrupted: str | None = None
        self.info = StreamInfo(
            sample_rate=int(self._file.samplerate),
            channels=int(self._file.channels),
            declared_frames=_declared_frames(self._file),
            format=f"{self._file.format}/{self._file.subtype}",
        )
        self._position = 0
        # soundfile reads no further than the header says; asking it costs as much as opening.
        self._end = int(self._file.frames) if self._file.seekable() else sys.maxsize

    def _open(self) -> SoundFile:
        import soundfile

        if isinstance(self._source, bytes):
            return soundfile.SoundFile(_Content(self._source))
        # As bytes: soundfile encodes str strictly and so refuses names that aren't UTF-8.
        return soundfile.SoundFile(os.fsencode(self._source))

    def read(self, frames: int) -> NDArray[np.float32]:
        if self.interrupted is not None or self._position >= self._end:
            return self._nothing()
        try:
            block = self._read(frames)
        except RuntimeError as error:
            self.interrupted = _reason(error)
            block = self._salvage(frames)
        self._position += len(block)
        return block

    def close(self) -> None:
        self._file.close()

    def _read(self, frames: int) -> NDArray[np.float32]:
        block: NDArray[np.float32] = self._file.read(frames, dtype="float32", always_2d=True)
        return block

    def _salvage(self, frames: int) -> NDArray[np.float32]:
        """Read again what precedes the damage: a failed call drops its good frames too."""
        pieces = [self._nothing()]
        try:
            self._file.close()
            self._file = self._open()
            self._file.seek(self._position)
            while frames > 0 and len(piece := self._read(min(frames, _SALVAGE_FRAMES))):
                pieces.append(piece)
                frames -= len(piece)
        except RuntimeError as error:
            self.interrupted = _reason(error)
        return np.concatenate(pieces)

    def _nothing(self) -> NDArray[np.float32]:
        return np.empty((0, self.info.channels), dtype=np.float32)


def _declared_frames(file: SoundFile) -> int | None:
    """Frames the header claims; libsndfile itself quietly shortens a cut WAV or AIFF."""
    frames = int(file.frames)
    if file.format in ("WAV", "WAVEX", "AIFF") and (cut := _CUT_CHUNK.search(file.extra_info)):
        claimed, present = int(cut[1]), int(cut[2])
        if present and claimed < _PLACEHOLDER_BYTES:
            return round(frames * claimed / present)
    # An unknown length comes as SF_COUNT_MAX.
    return frames if 0 <= frames < 2**62 else None
