"""What nodes are asked for the files of their sounds: what is in them, and bytes of them.

A sound is named by its id in a shard, never by a path, and nothing but files of sounds is read: see
`sqlclap.db.sound_files`. As `sqlclap.shards.jobs`, these are values that travel.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlclap.audio.playable import judge
from sqlclap.db.samples import sample_by_id
from sqlclap.db.sound_files import open_sound_file
from sqlclap.errors import NoAudioError, SetError
from sqlclap.metadata.reading import metadata_of

if TYPE_CHECKING:
    from sqlclap.shards.reader import ShardReader

MOST_READ = 1 << 20
"""Bytes that are read at once."""

NO_FILE = "no file to hear"
"""What is said of a sound whose file can't be opened where it lies."""


class SoundState(NamedTuple):
    """A sound's file as it is now.

    Attributes
    ----------
    size : int
        In bytes.
    modified_ns : int
        Since 1970.
    mime : str or None
    native : bool
        Whether browsers play it as it is; see `sqlclap.audio.playable`.
    """

    size: int
    modified_ns: int
    mime: str | None
    native: bool


class SoundBytes(NamedTuple):
    """A part of a sound's file, and the state of the file that it is of.

    Attributes
    ----------
    size, modified_ns : int
    content : bytes
    """

    size: int
    modified_ns: int
    content: bytes


@dataclass(frozen=True)
class LookAtSound:
    """Look at the file of a sound, named by its id in the shard."""

    sample_id: int

    def __call__(self, reader: ShardReader) -> SoundState:
        """Return its state."""
        with _opened(reader, self.sample_id) as descriptor:
            status = os.fstat(descriptor)
            form = judge(descriptor, status.st_size)
            return SoundState(status.st_size, status.st_mtime_ns, form.mime, form.native)


@dataclass(frozen=True)
class ReadSound:
    """Read bytes of the file of a sound, at most `MOST_READ`."""

    sample_id: int
    start: int
    length: int

    def __post_init__(self) -> None:
        if not (0 <= self.start < 2**62 and 0 <= self.length <= MOST_READ):
            raise ValueError(f"expected at most {MOST_READ:,} bytes of a file")

    def __call__(self, reader: ShardReader) -> SoundBytes:
        """Return them; fewer at the file's end."""
        with _opened(reader, self.sample_id) as descriptor:
            status = os.fstat(descriptor)
            content = os.pread(descriptor, self.length, self.start)
            return SoundBytes(status.st_size, status.st_mtime_ns, content)


@dataclass(frozen=True)
class TellMetadata:
    """Tell what the file of a sound, and its name, say."""

    sample_id: int

    def __call__(self, reader: ShardReader) -> list[dict[str, Any]]:
        """Return the entries."""
        return [dict(one) for one in metadata_of(reader.database, self.sample_id)]


SOUND_FILE_JOBS = (LookAtSound, ReadSound, TellMetadata)


@contextmanager
def _opened(reader: ShardReader, sample_id: int) -> Iterator[int]:
    """Open a sound's file; links out of its source's folder are not followed for others."""
    sample = sample_by_id(reader.database, sample_id)
    try:
        descriptor = open_sound_file(sample, follow_links=False)
    except NoAudioError as error:  # the shard's own: a copy elsewhere may have it
        raise SetError(f"{NO_FILE}: {error}") from error
    try:
        yield descriptor
    finally:
        os.close(descriptor)
