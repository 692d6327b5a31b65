"""Converts sounds that browsers can't play to WAV, and caches them in bounded space.

The files have no names: the system removes them when the process ends, however it ends.
"""

from __future__ import annotations

import os
import tempfile
import threading
from collections import OrderedDict
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING

from datasette_sqlclap.decoding import Job
from datasette_sqlclap.responses import RefusedError
from sqlclap.audio.wav import HEADER_BYTES, WavShape, pcm_parts, playable_shape, wav_header

if TYPE_CHECKING:
    from datasette_sqlclap.sound_files import SoundFile
    from sqlclap.audio.decode import AudioStream
    from sqlclap.audio.excerpt import Excerpt

LARGEST_BYTES = 256 << 20
KEPT_BYTES = 1 << 30
KEPT_FILES = 256
LONGEST_S = 2 * 3600.0
# Long sounds are made smaller rather than cut: in mono, then at lower rates.
_SMALLER_HZ = (32_000, 16_000)


@dataclass(frozen=True)
class Wav:
    """A converted sound: a file without a name.

    Attributes
    ----------
    file : IO[bytes]
    size : int
        In bytes.
    """

    file: IO[bytes]
    size: int


class Conversions:
    """A cache of the latest WAV files, up to a total size; safe with several threads.

    Parameters
    ----------
    kept_bytes : int
    """

    def __init__(self, kept_bytes: int = KEPT_BYTES) -> None:
        self._lock = threading.Lock()
        self._max_bytes = kept_bytes
        self._cache: OrderedDict[object, Wav] = OrderedDict()

    def take(self, key: object) -> int | None:
        """Return a descriptor of a kept conversion, to be closed by the caller, or None."""
        with self._lock:
            wav = self._cache.get(key)
            if wav is None:
                return None
            self._cache.move_to_end(key)
            return os.dup(wav.file.fileno())

    def keep(self, key: object, wav: Wav) -> None:
        """Add a conversion and drop the oldest ones; open descriptors stay readable."""
        with self._lock:
            if key in self._cache:
                self._cache.pop(key).file.close()
            self._cache[key] = wav
            while len(self._cache) > 1 and (
                self.kept_bytes > self._max_bytes or len(self._cache) > KEPT_FILES
            ):
                self._cache.popitem(last=False)[1].file.close()

    @property
    def kept_bytes(self) -> int:
        """Total size on disk, in bytes."""
        return sum(wav.size for wav in self._cache.values())

    def clear(self) -> None:
        """Remove them all."""
        with self._lock:
            while self._cache:
                self._cache.popitem()[1].file.close()


CONVERSIONS = Conversions()


def write_wav(sound: SoundFile, duration_s: float | None, job: Job) -> Wav:
    """Decode a sound into 16-bit WAV that every browser plays.

    It has one or two channels (more become their mean) and a rate from `NATIVE_RATES`.

    Parameters
    ----------
    sound : SoundFile
    duration_s : float or None
        As ingest measured it, in seconds.
    job : Job

    Raises
    ------
    SoundTooLongError
        It is longer than `LONGEST_S`.
    RefusedError
        415: it can't be decoded. 413: it is larger than its length had it. 503: there is no room.
    """
    from sqlclap.audio.budget import DecodingBudget

    budget = DecodingBudget(LONGEST_S, "to be made playable for browsers")
    made = tempfile.TemporaryFile(prefix="sqlclap-page-")  # noqa: SIM115 - closed by who keeps it
    try:
        with sound.decoded() as stream:
            shape = _shape(stream, duration_s)
            made.write(bytes(HEADER_BYTES))
            size = 0
            own = WavShape(stream.sample_rate, stream.channels)
            for part in pcm_parts(job.blocks(stream, budget), own, shape):
                size += len(part)
                if size > LARGEST_BYTES:
                    most = f"at most {LARGEST_BYTES >> 20} MB as WAV"
                    raise RefusedError(413, f"{sound.path}: expected {most}, got more")
                made.write(part)
            made.seek(0)
            made.write(wav_header(size, shape))
            made.flush()
            return Wav(made, HEADER_BYTES + size)
    except OSError as error:
        made.close()
        raise RefusedError(503, f"no room to convert {sound.path}: {error.strerror}") from error
    except BaseException:
        made.close()
        raise


LONGEST_EXCERPT_S = 5 * 60.0


def write_excerpt(sound: SoundFile, excerpt: Excerpt, job: Job) -> Wav:
    """Decode a stretch of a sound, with what lies around it, into 16-bit WAV.

    Raises
    ------
    RefusedError
        415: it can't be decoded, or not up to the stretch's end. 503: there is no room.
    """
    from sqlclap.audio.budget import DecodingBudget
    from sqlclap.audio.excerpt import wav_parts

    budget = DecodingBudget(2 * LONGEST_EXCERPT_S, "in an excerpt", LARGEST_BYTES)
    with sound.decoded() as stream:
        part = excerpt.part(stream)
        content = b"".join(wav_parts(part, job.blocks(part, budget), excerpt.own_rate))
    made = tempfile.TemporaryFile(prefix="sqlclap-page-")  # noqa: SIM115 - closed by who keeps it
    try:
        made.write(content)
        made.flush()
    except OSError as error:
        made.close()
        raise RefusedError(503, f"no room for a part of {sound.path}: {error.strerror}") from error
    return Wav(made, len(content))


def _shape(stream: AudioStream, duration_s: float | None) -> WavShape:
    """Return the rate and the channels that a conversion gets."""
    rate, channels = playable_shape(stream)
    declared = (stream.declared_frames or 0) / stream.sample_rate
    seconds = min(max(declared, duration_s or 0.0), LONGEST_S)
    for smaller in _SMALLER_HZ:
        if 2 * seconds * rate * channels > LARGEST_BYTES:
            channels = 1
        if 2 * seconds * rate * channels > LARGEST_BYTES:
            rate = min(rate, smaller)
    return WavShape(rate, channels)
