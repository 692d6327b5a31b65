"""Opens the file of a sample: regular files below their source only, checked after opening.

All checks are of the open file, not of its name: what the name leads to may change meanwhile.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from datasette_sqlclap.responses import RefusedError
from sqlclap.audio.playable import Format, judge
from sqlclap.db.sources import refuse_without_audio
from sqlclap.errors import NoAudioError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlclap.audio.clips import Clip
    from sqlclap.audio.decode import AudioStream
    from sqlclap.db.samples import Sample

# Without O_NONBLOCK, opening a pipe waits for its writer.
_FLAGS = os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | getattr(os, "O_NOCTTY", 0)
_DESCRIPTOR = re.compile(r"(?:/dev/fd|/proc/self/fd)/\d+")


@dataclass(frozen=True)
class SoundFile:
    """An open file of a sample.

    Attributes
    ----------
    descriptor : int
    size : int
        In bytes.
    modified_ns : int
        Since 1970.
    key : tuple of int
        Names the file and its state: device, inode, change, size.
    format : Format
    path : str
        The sample's, for errors.
    """

    descriptor: int
    size: int
    modified_ns: int
    key: tuple[int, ...]
    format: Format
    path: str

    @property
    def etag(self) -> str:
        """HTTP entity tag of this state of the file."""
        return f'"{self.modified_ns:x}-{self.size:x}"'

    def read(self, start: int, length: int) -> bytes:
        """Return bytes from any position; safe with several threads."""
        return os.pread(self.descriptor, length, start)

    @contextmanager
    def decoded(self) -> Iterator[AudioStream]:
        """Decode the open file.

        Raises
        ------
        RefusedError
            415: it is none that can be decoded.
        """
        from sqlclap.audio.decode import open_audio

        with self._named_in_errors(), open_audio(self._name) as stream:
            yield stream

    def cut(self, clips: Sequence[Clip]) -> list[Clip]:
        """Write spans of the open file as WAV files; return those that were written.

        Raises
        ------
        RefusedError
            415: it can't be decoded, or not up to their ends.
        """
        from sqlclap.audio.clips import write_clips

        with self._named_in_errors():
            return write_clips(Path(self._name), clips)

    @property
    def _name(self) -> str:
        return f"/dev/fd/{self.descriptor}"

    @contextmanager
    def _named_in_errors(self) -> Iterator[None]:
        from sqlclap.errors import AudioError, SoundTooLongError

        try:
            yield
        except SoundTooLongError:  # of a budget, which is said as such
            raise
        except AudioError as error:
            named = _DESCRIPTOR.sub(lambda _: self.path, str(error).splitlines()[0])
            raise RefusedError(415, named) from error


@contextmanager
def open_sound(sample: Sample, follow_links: bool) -> Iterator[SoundFile]:
    """Open a sample's file, if it is a regular one below its source.

    Parameters
    ----------
    sample : Sample
    follow_links : bool
        Whether symbolic links may lead out of the source's folder.

    Raises
    ------
    RefusedError
        404: it is gone, can't be read, is no file, or lies elsewhere.
    """
    descriptor = _open(sample)
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise RefusedError(404, f"{sample.path} is no regular file")
        if not follow_links:
            _refuse_outside(sample, status)
        yield SoundFile(
            descriptor,
            status.st_size,
            status.st_mtime_ns,
            (status.st_dev, status.st_ino, status.st_mtime_ns, status.st_ctime_ns, status.st_size),
            judge(descriptor, status.st_size),
            sample.path,
        )
    finally:
        os.close(descriptor)


def is_there(sample: Sample) -> bool:
    """Return whether a sample's file exists; opening it may still be refused."""
    try:
        return sample.file.is_file()
    except (OSError, ValueError):
        return False


def _open(sample: Sample) -> int:
    # Ingest never stores such a path; a library from elsewhere may hold anything.
    file = sample.file
    try:
        refuse_without_audio(sample.root, sample.path)
    except NoAudioError as error:
        raise RefusedError(404, str(error)) from error
    if not file.is_absolute() or ".." in file.parts or not file.is_relative_to(sample.root):
        raise RefusedError(404, f"{sample.path} leads out of its folder")
    try:
        return os.open(file, _FLAGS)
    except (OSError, ValueError) as error:  # ValueError: a NUL in its name
        reason = (error.strerror if isinstance(error, OSError) else None) or "no such name"
        what = "is gone" if isinstance(error, FileNotFoundError) else "can't be read"
        raise RefusedError(404, f"the file {what}: {reason}") from error


def _refuse_outside(sample: Sample, status: os.stat_result) -> None:
    """Reject an open file that links have led to outside of its source's folder."""
    try:
        real = Path(os.path.realpath(sample.file))
        within = real.is_relative_to(os.path.realpath(sample.root))
        same = within and os.path.samestat(real.stat(), status)
    except (OSError, ValueError):
        same = False
    if not same:
        raise RefusedError(
            404,
            f"{sample.path} is a link that leads out of its folder: only the local user can hear "
            "it, or everyone with the plugin's setting follow-links",
        )
