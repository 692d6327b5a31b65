"""The first seconds of a sound, for browsers, within a budget of bytes."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sqlclap.audio.playable import judge
from sqlclap.errors import AudioDecodeError

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from sqlclap.audio.decode import AudioStream

SECONDS = 5.0
RATE = 22_050
LARGEST_WHOLE = 150_000
"""Bytes up to which a file that browsers play is taken as it is."""


@dataclass(frozen=True)
class Preview:
    """A sound to play.

    Attributes
    ----------
    mime : str
        Such as ``audio/wav``.
    content : bytes
    """

    mime: str
    content: bytes


def preview(file: Path, start_s: float = 0.0, seconds: float = SECONDS) -> Preview:
    """Return a sound's first seconds from `start_s` on.

    A small file that browsers play is taken as it is; others are clipped and become 16-bit mono
    WAV of `RATE` at most.

    Raises
    ------
    FileNotFoundError
        The file is gone.
    OSError
        It can't be read, or is no regular file.
    AudioDecodeError
        It can't be read as sound.
    """
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0)  # a pipe would wait for its writer
    descriptor = os.open(file, flags)
    try:
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode):
            raise OSError(f"{file} is no regular file")
        if not start_s and found.st_size <= LARGEST_WHOLE:
            form = judge(descriptor, found.st_size)
            if form.native and form.mime is not None:
                return Preview(form.mime, os.pread(descriptor, found.st_size, 0))
    finally:
        os.close(descriptor)
    return Preview("audio/wav", _clip(file, start_s, seconds))


def _clip(file: Path, start_s: float, seconds: float) -> bytes:
    from sqlclap.audio.decode import open_audio
    from sqlclap.audio.wav import WavShape, pcm_parts, playable_shape, wav_header

    with open_audio(file) as stream:
        shape = WavShape(min(RATE, playable_shape(stream).sample_rate), 1)
        content = b"".join(pcm_parts(_between(stream, start_s, seconds), stream, shape))
    if not content:
        raise AudioDecodeError(f"{file} has no sound at {start_s:g} s")
    return wav_header(len(content), shape) + content


def _between(
    stream: AudioStream, start_s: float, seconds: float
) -> Iterator[npt.NDArray[np.float32]]:
    skip, left = round(start_s * stream.sample_rate), round(seconds * stream.sample_rate)
    for block in stream.blocks():
        kept = block[skip : skip + left]
        skip, left = max(0, skip - len(block)), left - len(kept)
        if len(kept):
            yield kept
        if left <= 0:
            return
