"""Decoding: any supported sound becomes a stream of float32 blocks, in constant memory."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sqlclap.audio.decoders import BlockReader, SoundFileReader, StreamInfo, reason_of
from sqlclap.audio.encoded import (
    MAX_PARTS,
    AudioSource,
    Encoded,
    Layout,
    PassingAudio,
    Piece,
    checked_name,
)
from sqlclap.audio.joined import ChainReader, PersistentReader
from sqlclap.audio.survey import AS_IT_IS, is_told_by_ends, survey_of
from sqlclap.audio.survey_beside import SurveyBeside
from sqlclap.errors import AudioDecodeError
from sqlclap.native_output import NativeOutput, attributed_to, clear_up
from sqlclap.sqlite_files import no_database

BLOCK_FRAMES = 65_536
# Files of hundreds of channels get shorter blocks, so that memory stays bounded for them too.
_MAX_BLOCK_SAMPLES = 8 * BLOCK_FRAMES
# Rates (in Hz) outside are a damaged header; resampling from them would run for hours.
_SAMPLE_RATES = range(1_000, 1_000_001)
_DECODER_ERRORS = (RuntimeError, TypeError, ValueError)
# Formats whose layout tells whether the last frame or page is complete.
_FRAMED = ("MP3/", "OGG/", "FLAC/", "WAV/MPEG")
# Formats in which libsndfile finds any frame exactly: all frames are of the same size.
_SEEKABLE = tuple(
    f"{container}/{coding}"
    for container in ("WAV", "WAVEX", "RF64", "W64", "AIFF", "CAF", "AU")
    for coding in ("PCM_", "FLOAT", "DOUBLE")
)
_MAX_NOTES = 10


@dataclass
class _Opened:
    """How a sound was opened, and what native libraries print about it."""

    reopen: Callable[[], BlockReader]
    cut: str | None = None
    native_output: NativeOutput = field(default_factory=NativeOutput)
    beside: SurveyBeside | None = None

    def read_again(self) -> None:
        with closing(self.reopen()) as reader:
            while len(reader.read(BLOCK_FRAMES)):
                pass


class AudioStream:
    """An open sound, read once from front to back. A context manager.

    Attributes
    ----------
    sample_rate : int
        Native rate (in Hz).
    channels : int
        Number of interleaved channels, at least 1.
    declared_frames : int or None
        Expected length (in frames): what the header claims, if the structure of the file confirms
        it; None if it is unknown. Fewer `frames_read` at the end mean a truncated file. Ogg
        states no length: a file that was cut between two pages only gets a note.
    format : str
        Container and coding, such as "WAV/PCM_24", "FLAC/PCM_16" or "M4A/AAC".
    frames_read : int
        Frames yielded so far.
    interrupted : str or None
        Why decoding ended before the end of the sound, else None.
    notes : list of str
        Remarks on how the sound was read, for the user; complete at the end.
    """

    def __init__(self, reader: BlockReader, name: str, opened: _Opened) -> None:
        self._reader = reader
        self._name = name
        self._opened = opened
        self.sample_rate = reader.info.sample_rate
        self.channels = reader.info.channels
        self.declared_frames = reader.info.declared_frames
        self.format = reader.info.format
        self.frames_read = 0

    @property
    def interrupted(self) -> str | None:
        """Why decoding stopped early, or None."""
        return self._reader.interrupted or self._opened.cut

    @property
    def notes(self) -> list[str]:
        """Remarks on how the sound was read so far."""
        notes = [*self._reader.notes, *self._opened.native_output.notes()]
        more = len(notes) - _MAX_NOTES
        return [*notes[:_MAX_NOTES], f"and {more} more notes"] if more > 0 else notes

    def survey_beside(self, source: PassingAudio) -> None:
        """Look at the structure of what passes by while it is read; told at the end."""
        self._opened.beside = SurveyBeside(source)

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
        frames = max(1, min(block_frames, _MAX_BLOCK_SAMPLES // self.channels))
        while len(block := self.read(frames)):
            self.frames_read += len(block)
            yield block
        if self._opened.beside is not None:
            self._reader.notes[:0] = self._opened.beside.finish(self._reader.info)
        clear_up(self._opened.native_output, self._opened.read_again)
        if self.frames_read == 0:
            reason = "it holds no samples"
            if self.interrupted:  # in a decoder's own words
                reason = f"nothing of it can be decoded ({self.interrupted.removesuffix('.')})"
            notes = "".join(f"; {note}" for note in self._opened.native_output.notes())
            raise AudioDecodeError(f"Expected sound in {self._name}, but {reason}{notes}.")

    def skip(self, frames: int, is_exact: bool = True) -> int:
        """Pass over frames that come next, where the decoder can seek to the very frame.

        Parameters
        ----------
        frames : int
        is_exact : bool
            False: in other formats, too, where it may land beside by some frames.

        Returns
        -------
        int
            How many were passed over: 0 where they have to be decoded.
        """
        reader, is_sure = self._reader, self.format.startswith(_SEEKABLE)
        if (is_sure or not is_exact) and isinstance(reader, SoundFileReader | PersistentReader):
            return reader.skip(frames)
        return 0

    @property
    def jumps(self) -> bool:
        """Whether `skip` passes over frames, to the very one or near it, without decoding them."""
        return isinstance(self._reader, SoundFileReader | PersistentReader)

    def read(self, frames: int) -> NDArray[np.float32]:
        """Return the next frames, at most `frames`, shape (n, channels); none at the end."""
        with attributed_to(self._opened.native_output):
            return self._reader.read(frames)

    def close(self) -> None:
        """Close the file; reading further raises."""
        self._reader.close()
        if self._opened.beside is not None:
            self._opened.beside.close()

    def __enter__(self) -> AudioStream:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()


def open_audio(source: AudioSource) -> AudioStream:
    """Open a sound for streaming.

    WAV (any PCM width, 32- and 64-bit float), AIFF, FLAC, Ogg Vorbis, Opus, MP3, CAF and AU are
    read by libsndfile; M4A/AAC, WebM and other formats by FFmpeg, if the ``av``
    extra is installed.

    Parameters
    ----------
    source : str, path-like, bytes or PassingAudio
        ``str`` and path-like are paths, also with names that aren't UTF-8; ``bytes`` is encoded
        audio, for standard input and BLOBs. What passes by is read once, if it is a whole sound as
        it is; of other files, `NotInOnePassError` comes at the end, if not before.

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
    name = checked_name(source)
    if _size_of(source, name) == 0:
        raise AudioDecodeError(f"Expected sound in {name}, but it is empty (0 bytes).")
    if isinstance(source, PassingAudio) and not source.is_whole:
        return _open_passing(source, name)
    return _open_as(source, name, _read_layout(source, name))


def _open_passing(source: PassingAudio, name: str) -> AudioStream:
    """Open what passes by: a survey that has to see all of it runs beside the decoder."""
    with Encoded(source) as encoded:
        head = encoded.at(0, 16)
    if is_told_by_ends(head):
        stream = _open_as(source, name, _read_layout(source, name))
    else:
        stream = _open_as(source, name, AS_IT_IS)
        stream.survey_beside(source)
    source.begin()
    return stream


def _open_as(source: AudioSource, name: str, layout: Layout) -> AudioStream:
    if layout.flaw is not None:
        raise AudioDecodeError(f"Expected sound in {name}, but {layout.flaw}.")
    opened = _Opened(partial(_open_reader, source, name, layout))
    with attributed_to(opened.native_output):
        reader = opened.reopen()
    if reader.info.format.startswith(_FRAMED):
        opened.cut = layout.cut
    flaw = _flaw(reader.info)
    if flaw is not None:
        reader.close()
        raise AudioDecodeError(f"Expected sound in {name}, but {flaw}.")
    return AudioStream(reader, name, opened)


def _flaw(info: StreamInfo) -> str | None:
    """Return why a readable header can't be used, or None."""
    if info.sample_rate not in _SAMPLE_RATES:
        limits = f"{_SAMPLE_RATES[0]} to {_SAMPLE_RATES[-1]} Hz"
        return f"its header gives a sample rate of {info.sample_rate} Hz, not {limits}"
    return None


def _open_reader(source: AudioSource, name: str, layout: Layout) -> BlockReader:
    if len(layout.parts) > 1:
        openers: list[Callable[[], BlockReader]] = [
            partial(_open_part, source, name, part) for part in layout.parts[:MAX_PARTS]
        ]
        reader: BlockReader = ChainReader(openers)
    else:
        reader = _open_one(source, name, layout)
    reader.notes[:0] = layout.notes
    return reader


def _open_one(source: AudioSource, name: str, layout: Layout) -> BlockReader:
    """Open a file that holds one sound."""
    part = layout.parts[0] if layout.parts else ()
    if part and layout.frames is not None:
        # If the decoder finds all frames by itself, the file is read as it is.
        with suppress(*_DECODER_ERRORS):
            reader = SoundFileReader(source)
            if not reader.is_mpeg:  # bytes that look like MPEG frames were chance
                return _with_fallback(reader, source, (), AS_IT_IS)
            declared = reader.info.declared_frames
            if declared is not None and declared >= layout.frames - layout.slack:
                if declared > layout.frames + layout.slack:
                    reader.info = replace(reader.info, declared_frames=layout.frames)
                return _with_fallback(reader, source, (), layout)
            reader.close()
    return _open_part(source, name, part, layout)


def _open_part(
    source: AudioSource, name: str, part: tuple[Piece, ...], layout: Layout = AS_IT_IS
) -> BlockReader:
    """Open a sound with the first decoder that finds something in it."""
    try:
        reader = SoundFileReader(source, part)
        if reader.info.declared_frames != 0:
            return _with_fallback(reader, source, part, layout)
        reader.close()
        reason, hint = "it holds no samples.", ""
    except _DECODER_ERRORS as error:
        # TypeError: soundfile asks for the layout of headerless .raw files.
        reason = reason_of(error)
        hint = " If it is M4A, AAC, WebM or WMA, install the extra: pip install 'sqlclap[av]'."
    from sqlclap.audio.decoders import AvReader

    try:
        return AvReader(source, part)
    except ImportError:
        raise AudioDecodeError(f"Can't decode {name}: {reason}{hint}") from None
    except AudioDecodeError as error:
        message = f"Can't decode {name}: libsndfile says: {reason} FFmpeg says: {error}"
        raise AudioDecodeError(message) from error


def _with_fallback(
    reader: SoundFileReader, source: AudioSource, part: tuple[Piece, ...], layout: Layout
) -> BlockReader:
    """Continue with FFmpeg where libsndfile stops early, unless the file itself ends there."""
    if layout.claimed_share > 1.0:
        frames = reader.info.declared_frames
        if frames is not None:
            claimed = round(frames * layout.claimed_share)
            reader.info = replace(reader.info, declared_frames=claimed)
        return reader
    if layout.is_endless:
        reader.info = replace(reader.info, declared_frames=None)
    min_frames = (reader.info.declared_frames or 0) + layout.slack
    if layout.frames is not None and layout.frames > min_frames:
        reader.info = replace(reader.info, declared_frames=layout.frames)
    return reader if layout.cut else PersistentReader(reader, partial(_by_ffmpeg, source, part))


def _by_ffmpeg(source: AudioSource, part: tuple[Piece, ...]) -> BlockReader | None:
    from sqlclap.audio.decoders import AvReader

    try:
        return AvReader(source, part)
    except (ImportError, AudioDecodeError):
        return None


def _read_layout(source: AudioSource, name: str) -> Layout:
    try:
        return survey_of(source)
    except OSError as error:
        raise AudioDecodeError(f"Can't read {name}: {error.strerror or error}.") from error


def _size_of(source: AudioSource, name: str) -> int:
    if isinstance(source, str | os.PathLike):
        return _regular_file_size(source, name)
    return len(source) if isinstance(source, bytes) else source.size


def _regular_file_size(path: str | os.PathLike[str], name: str) -> int:
    try:
        file = Path(path)
        status = file.stat()
        if stat.S_ISREG(status.st_mode):
            with no_database(file).open("rb"):
                return status.st_size
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise AudioDecodeError(f"Can't open {name}: {reason}.") from error
    kind = "a directory" if stat.S_ISDIR(status.st_mode) else "a pipe or device"
    raise AudioDecodeError(f"Expected a regular file, got {kind}: {name}.")
