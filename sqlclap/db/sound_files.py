"""Opens files of sounds for who may hear them: regular files below their source only.

All checks are of the open file, not of its name: what the name leads to may change meanwhile.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING

from sqlclap.db.sources import refuse_without_audio
from sqlclap.errors import NoAudioError

if TYPE_CHECKING:
    from sqlclap.db.samples import Sample

# Without O_NONBLOCK, opening a pipe waits for its writer.
_FLAGS = os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | getattr(os, "O_NOCTTY", 0)


class LinkOutsideError(NoAudioError):
    """A link that leads out of its source's folder."""


def open_sound_file(sample: Sample, follow_links: bool) -> int:
    """Open a sample's file, if it is a regular one below its source; return its descriptor.

    Parameters
    ----------
    sample : Sample
    follow_links : bool
        Whether symbolic links may lead out of the source's folder.

    Raises
    ------
    NoAudioError
        It is gone, can't be read, is no file, or lies elsewhere.
    """
    descriptor = _open(sample)
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise NoAudioError(f"{sample.path} is no regular file")
        if not follow_links:
            _refuse_outside(sample, status)
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def _open(sample: Sample) -> int:
    # Ingest never stores such a path; a library from elsewhere may hold anything.
    file = sample.file
    refuse_without_audio(sample.root, sample.path)
    if not file.is_absolute() or ".." in file.parts or not file.is_relative_to(sample.root):
        raise NoAudioError(f"{sample.path} leads out of its folder")
    try:
        return os.open(file, _FLAGS)
    except (OSError, ValueError) as error:  # ValueError: a NUL in its name
        reason = (error.strerror if isinstance(error, OSError) else None) or "no such name"
        what = "is gone" if isinstance(error, FileNotFoundError) else "can't be read"
        raise NoAudioError(f"the file {what}: {reason}") from error


def _refuse_outside(sample: Sample, status: os.stat_result) -> None:
    """Reject an open file that links have led to outside of its source's folder."""
    try:
        real = Path(os.path.realpath(sample.file))
        within = real.is_relative_to(os.path.realpath(sample.root))
        same = within and os.path.samestat(real.stat(), status)
    except (OSError, ValueError):
        same = False
    if not same:
        raise LinkOutsideError(f"{sample.path} is a link that leads out of its folder")
