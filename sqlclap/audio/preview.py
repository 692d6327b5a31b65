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
    from sqlclap.audio.wav import WavShape

    Block = npt.NDArray[np.float32]

SECONDS = 5.0
RATE = 22_050
NEAR_S, FARTHEST_S = 30.0, 900.0
"""From how far in (in seconds) a sound is sought in, and up to where it is decoded from its
beginning where that can't be done."""

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
    from sqlclap.audio.wav import WavShape, pcm_parts, playable_shape, wav_header

    found = _by_seeking(file, start_s, seconds) if start_s > NEAR_S else None
    own, blocks = found or _by_reading(file, start_s, seconds)
    shape = WavShape(min(RATE, playable_shape(own).sample_rate), 1)
    if not blocks:
        raise AudioDecodeError(f"{file} has no sound at {start_s:g} s")
    content = b"".join(pcm_parts(blocks, own, shape))
    return wav_header(len(content), shape) + content


def _by_reading(file: Path, start_s: float, seconds: float) -> tuple[WavShape, list[Block]]:
    """Decode a sound from its beginning to the end of the stretch."""
    from sqlclap.audio.decode import open_audio
    from sqlclap.audio.wav import WavShape

    if start_s > FARTHEST_S:
        raise AudioDecodeError(f"{start_s:g} s lie too far in for a preview")
    with open_audio(file) as stream:
        own = WavShape(stream.sample_rate, stream.channels)
        return own, [*_between(stream, start_s, seconds)]


def _between(stream: AudioStream, start_s: float, seconds: float) -> Iterator[Block]:
    skip, left = round(start_s * stream.sample_rate), round(seconds * stream.sample_rate)
    for block in stream.blocks():
        kept = block[skip : skip + left]
        skip, left = max(0, skip - len(block)), left - len(kept)
        if len(kept):
            yield kept
        if left <= 0:
            return


def _by_seeking(file: Path, start_s: float, seconds: float) -> tuple[WavShape, list[Block]] | None:
    """Read the stretch alone; None where libsndfile can't, or doesn't read this format."""
    import soundfile

    from sqlclap.audio.wav import WavShape

    try:
        with soundfile.SoundFile(file) as sound:
            own = WavShape(sound.samplerate, sound.channels)
            sound.seek(round(start_s * own.sample_rate))
            block = sound.read(round(seconds * own.sample_rate), dtype="float32", always_2d=True)
    except (OSError, RuntimeError, ValueError):
        return None
    return (own, [block]) if len(block) else None
