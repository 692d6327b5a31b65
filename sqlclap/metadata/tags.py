"""Tags of players: ID3, Vorbis comments, MP4 and ASF, read by tinytag."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import closing
from io import BytesIO, RawIOBase
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from sqlclap.audio.encoded import PassingAudio, PiecedFile
from sqlclap.metadata.entries import Entry, common_name
from sqlclap.sqlite_files import no_database

if TYPE_CHECKING:
    from tinytag import TinyTag

_MOST_READ = 1 << 22
_MOST_IN_ALL = 1 << 24
_STANDARDS = {
    "audio/mpeg": "id3", "audio/aiff": "id3", "audio/wav": "id3", "audio/flac": "vorbis",
    "audio/ogg": "vorbis", "audio/mp4": "mp4", "audio/x-ms-wma": "asf",
}  # fmt: skip
_OF_THE_FILE = {"filename", "filesize", "mime_type", "duration", "bitrate", "samplerate", "images"}


class TooLargeError(ValueError):
    """A tag claims to be larger than any that is read."""


class _Bounded(RawIOBase):
    """A file that refuses large reads: a damaged tag may claim to be as large as the file."""

    def __init__(self, file: BinaryIO | PiecedFile) -> None:
        self._file = file
        self._left = _MOST_IN_ALL

    def read(self, size: int = -1, /) -> bytes:
        if size > _MOST_READ:
            raise TooLargeError(f"a tag of {size:,} bytes")
        found = self._file.read(_MOST_READ + 1 if size < 0 else size)
        self._left -= len(found)
        if len(found) > _MOST_READ or self._left < 0:
            raise TooLargeError("tags of more bytes than are read")
        return found

    def seek(self, offset: int, whence: int = 0, /) -> int:
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        return self._file.tell()


def tag_entries(source: Path | bytes | PassingAudio) -> Iterator[Entry]:
    """Yield what the tags of a file, or an ID3 chunk of one, say.

    Parameters
    ----------
    source : Path, bytes or PassingAudio

    Raises
    ------
    Exception
        Of tinytag, or whatever a damaged tag makes it raise.
    """
    from tinytag import ParseError, TinyTag, UnsupportedFormatError

    logging.getLogger("tinytag").setLevel(logging.CRITICAL)  # it tells of each odd frame
    with closing(_opened(source)) as file:
        bounded: BinaryIO = _Bounded(file)  # type: ignore[assignment]  # what of it is used
        name = None if isinstance(source, bytes) else source.name
        try:
            tags = TinyTag.get(name, file_obj=bounded, duration=False)
        except UnsupportedFormatError:
            return
        except ParseError as error:
            raise ValueError(str(error)) from error
    yield from _entries(tags)


def _opened(source: Path | bytes | PassingAudio) -> BinaryIO | PiecedFile:
    if isinstance(source, bytes):
        return BytesIO(source)
    return no_database(source).open("rb") if isinstance(source, Path) else PiecedFile(source)


def _entries(tags: TinyTag) -> Iterator[Entry]:
    told = tags.as_dict()
    origin = _STANDARDS.get(str(told.get("mime_type")), "id3")
    for own, values in told.items():
        if own in _OF_THE_FILE:
            continue
        for value in values if isinstance(values, list) else [values]:
            if isinstance(value, str | int | float):
                yield Entry(origin, own.lstrip("_"), common_name(own.lstrip("_")), str(value))
