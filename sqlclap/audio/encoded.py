"""Encoded audio in a file or in memory, and virtual files that are assembled from pieces of it."""

from __future__ import annotations

import os
from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from typing import BinaryIO, Protocol, TypeAlias, runtime_checkable

from sqlclap.addresses import AddressPath
from sqlclap.errors import AudioDecodeError, SqlclapError


class NotInOnePassError(OSError):
    """What is read as it comes would have to be read again: it takes a copy of the whole."""


class HeldBytes(Protocol):
    """Bytes that are told by their places.

    Attributes
    ----------
    size : int
        Of all of them.
    """

    size: int

    def at(self, offset: int, count: int) -> bytes:
        """Return up to `count` bytes from `offset`.

        Raises
        ------
        NotInOnePassError
            They have passed.
        StorageError
            They can't be fetched.
        """


@runtime_checkable
class PassingAudio(HeldBytes, Protocol):
    """Encoded audio that is fetched as it is read: once from front to back, its ends at any time.

    Attributes
    ----------
    name : str
        Of its file.
    is_whole : bool
        All of it is at hand, to be read in any order.
    """

    name: str

    @property
    def is_whole(self) -> bool:
        """Whether all of it is at hand."""

    def listen(self, take: Callable[[bytes], None]) -> None:
        """Hand all bytes on, in order, as they pass."""

    def begin(self) -> None:
        """Its decoder is open: from now on, as much may pass as there is."""

    def finish(self) -> str:
        """Let the rest pass; return the SHA-256 of all, hexadecimal. Raises as `at` does."""


AudioSource: TypeAlias = str | os.PathLike[str] | bytes | PassingAudio
"""A path (``str`` or path-like, whatever bytes its name holds), encoded audio (``bytes``), or such
as passes by."""


def checked_name(source: AudioSource) -> str:
    """Return how errors call a source.

    Raises
    ------
    AudioDecodeError
        It is an object at an address: those are read by ingest, which fetches them.
    """
    if isinstance(source, bytes):
        return f"{len(source)} bytes of encoded audio"
    if isinstance(source, PassingAudio):
        return repr(source.name)
    # Undecodable bytes of a name are shown as \\xNN: the message can be printed anywhere.
    name = repr(os.fsencode(source).decode("utf-8", "backslashreplace"))
    if isinstance(source, AddressPath):
        raise AudioDecodeError(f"{name} is in object storage: only an ingest reads it from there.")
    return name


MAX_PARTS = 1_000
"""Recordings in one file that are read."""

Piece: TypeAlias = "bytes | range"
"""Literal bytes, or a range of the source (start and end in bytes)."""


@dataclass(frozen=True)
class Layout:
    """The sound in a file according to the file's structure, where its header is wrong.

    Attributes
    ----------
    parts : tuple of tuple of Piece
        Sounds to decode one after another, each assembled as a file with a correct header.
        Empty: the file is read as it is.
    notes : tuple of str
        Remarks for the user.
    frames : int or None
        Frames per channel, if they could be counted cheaply. A decoder that finds as
        many can read the file as it is.
    slack : int
        By how many frames a decoder's count may differ from `frames`.
    claimed_share : float
        Length that the header claims over the length that is there; above 1 the file was cut off.
    is_endless : bool
        The parts claim more than they hold: they end where the decoder finds no more.
    cut : str or None
        Why the file is known to be truncated, whatever its header claims; None if it isn't.
    flaw : str or None
        Why the file can't hold sound, or None.
    """

    parts: tuple[tuple[Piece, ...], ...] = ()
    notes: tuple[str, ...] = ()
    frames: int | None = None
    slack: int = 0
    claimed_share: float = 1.0
    is_endless: bool = False
    cut: str | None = None
    flaw: str | None = None


class Encoded:
    """Random access to encoded audio. A context manager.

    Parameters
    ----------
    source : str, path-like, bytes, PassingAudio or HeldBytes
        What passes by stays open.
    """

    def __init__(self, source: AudioSource | HeldBytes) -> None:
        self._held: HeldBytes | None = None
        if isinstance(source, bytes):
            self._file: BinaryIO = BytesIO(source)
        elif isinstance(source, str | os.PathLike):
            self._file = open(source, "rb")  # noqa: SIM115, PTH123 - a Path takes longer
        else:
            self._file, self._held, self.size = BytesIO(), source, source.size
            return
        self.size = self._file.seek(0, os.SEEK_END)

    def at(self, offset: int, count: int) -> bytes:
        """Return up to `count` bytes from `offset`; none outside the file."""
        if not 0 <= offset < self.size:  # as damaged headers have it
            return b""
        if self._held is not None:
            return self._held.at(offset, count)
        self._file.seek(offset)
        return self._file.read(count)

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def __enter__(self) -> Encoded:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()


class EncodedBytes(BytesIO):
    """A file over encoded bytes; with damaged ones, libsndfile seeks before the start."""

    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
        try:
            return super().seek(offset, whence)
        except ValueError:
            # Raising would print a traceback from C; staying put is how lseek fails.
            return self.tell()


class PiecedFile:
    """A virtual file for libsndfile, assembled from pieces of another.

    Its methods are called from C, where an exception would be printed and lost: reading errors
    look like the end of the file, and `error` says what happened.

    Parameters
    ----------
    source : str, path-like, bytes or PassingAudio
    pieces : sequence of Piece
        In order; empty means the whole source.
    """

    def __init__(self, source: AudioSource, pieces: tuple[Piece, ...] = ()) -> None:
        self._encoded = Encoded(source)
        self._pieces = [piece for piece in pieces or (range(self._encoded.size),) if len(piece)]
        self._starts = [0]
        for piece in self._pieces:
            self._starts.append(self._starts[-1] + len(piece))
        self._position = 0
        self.error: str | None = None

    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
        """Seek; a position before the start, which damaged files cause, is ignored."""
        base = {os.SEEK_CUR: self._position, os.SEEK_END: self._starts[-1]}.get(whence, 0)
        if base + offset >= 0:
            self._position = base + offset
        return self._position

    def tell(self) -> int:
        """Return the current position."""
        return self._position

    def read(self, count: int = -1, /) -> bytes:
        """Return up to `count` bytes; fewer only at the end."""
        left = max(0, self._starts[-1] - self._position)
        left = left if count < 0 else min(left, count)
        blocks = []
        try:
            while left > 0 and (chunk := self._from_one_piece(left)):
                blocks.append(chunk)
                left -= len(chunk)
        except (OSError, SqlclapError) as error:
            self.error = f"{getattr(error, 'strerror', None) or error}."
        return b"".join(blocks)

    def readinto(self, buffer: memoryview, /) -> int:
        """Fill a buffer and return how many bytes that took."""
        data = self.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def close(self) -> None:
        """Close the source."""
        self._encoded.close()

    def _from_one_piece(self, count: int) -> bytes:
        at = bisect_right(self._starts, self._position) - 1
        piece, within = self._pieces[at], self._position - self._starts[at]
        count = min(count, len(piece) - within)
        if isinstance(piece, bytes):
            chunk = piece[within : within + count]
        else:
            chunk = self._encoded.at(piece.start + within, count)
        self._position += len(chunk)
        return chunk


def chain_note(recordings: int) -> list[str]:
    """Return a note that a file holds several recordings; none if it holds one."""
    if recordings <= 1:
        return []
    read = "all are read" if recordings <= MAX_PARTS else f"the first {MAX_PARTS:,} are read"
    return [f"{recordings:,} recordings one after another: {read}"]


def patched(end: int, patches: dict[int, bytes]) -> tuple[Piece, ...]:
    """Return the source up to `end`, with bytes at some offsets replaced by as many others."""
    pieces: list[Piece] = []
    at = 0
    for offset, new in sorted(patches.items()):
        pieces += [range(at, offset), new]
        at = offset + len(new)
    return (*pieces, range(at, end))
