"""Opens the file of a sample for the page: see `sqlclap.db.sound_files` for which.

A sound of a set that lies at a node is opened like others: see `sets.far_sounds`.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from datasette_sqlclap.responses import RefusedError
from sqlclap.audio.playable import Format, judge
from sqlclap.db.samples import Sample
from sqlclap.db.sound_files import LinkOutsideError, open_sound_file
from sqlclap.errors import NoAudioError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlclap.audio.clips import Clip
    from sqlclap.audio.decode import AudioStream

_DESCRIPTOR = re.compile(r"(?:/dev/fd|/proc/self/fd)/\d+")


@dataclass(frozen=True)
class SoundFile:
    """An open file of a sample.

    Attributes
    ----------
    size : int
        In bytes.
    modified_ns : int
        Since 1970.
    key : tuple of int
        Names the file and its state: device, inode, change, size.
    format : Format
    path : str
        The sample's, for errors.
    opened : callable
        Gives the file's descriptor.
    read : callable
        Gives bytes from any position, of a start and a length; safe with several threads.
    """

    size: int
    modified_ns: int
    key: tuple[int, ...]
    format: Format
    path: str
    opened: Callable[[], int]
    read: Callable[[int, int], bytes]

    @property
    def descriptor(self) -> int:
        """Descriptor of the open file, or of a copy of one that lies elsewhere."""
        return self.opened()

    @property
    def etag(self) -> str:
        """HTTP entity tag of this state of the file."""
        return f'"{self.modified_ns:x}-{self.size:x}"'

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
    """Open a sample's file, if it is a regular one below its source; of a node's, as it has it.

    Parameters
    ----------
    sample : Sample
    follow_links : bool
        Whether symbolic links may lead out of the source's folder.

    Raises
    ------
    RefusedError
        404: it is gone, can't be read, is no file, or lies elsewhere. 503: its node doesn't answer.
    """
    if lies_afar(sample):
        from datasette_sqlclap.sets.far_sounds import open_far_sound

        with open_far_sound(sample) as sound:
            yield sound
        return
    descriptor = _open(sample, follow_links)
    try:
        status = os.fstat(descriptor)
        yield SoundFile(
            status.st_size,
            status.st_mtime_ns,
            (status.st_dev, status.st_ino, status.st_mtime_ns, status.st_ctime_ns, status.st_size),
            judge(descriptor, status.st_size),
            sample.path,
            lambda: descriptor,
            reader_of(descriptor),
        )
    finally:
        os.close(descriptor)


def reader_of(descriptor: int) -> Callable[[int, int], bytes]:
    """Return what reads bytes of an open file, of a start and a length."""
    return lambda start, length: os.pread(descriptor, length, start)


def lies_afar(sample: Sample) -> bool:
    """Return whether a sound lies at a node of a set, which alone has its file."""
    return type(sample) is not Sample


def is_there(sample: Sample) -> bool:
    """Return whether a sample's file exists; opening it may still be refused."""
    if lies_afar(sample):
        from datasette_sqlclap.sets.far_sounds import is_there_afar

        return is_there_afar(sample)
    try:
        return sample.file.is_file()
    except (OSError, ValueError):
        return False


def _open(sample: Sample, follow_links: bool) -> int:
    try:
        return open_sound_file(sample, follow_links)
    except LinkOutsideError as error:
        only = "only the local user can hear it, or everyone with the plugin's setting follow-links"
        raise RefusedError(404, f"{error}: {only}") from error
    except NoAudioError as error:
        raise RefusedError(404, str(error)) from error
