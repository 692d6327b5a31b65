"""Sounds that browsers can't play, as WAV: made once, kept for a while, in bounded space.

The files have no names: the system removes them when the process ends, however it ends.
"""

from __future__ import annotations

import os
import struct
import tempfile
import threading
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING

from datasette_sqlclap.decoding import Job
from datasette_sqlclap.playable import NATIVE_RATES
from datasette_sqlclap.responses import RefusedError

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from datasette_sqlclap.sound_files import SoundFile
    from sqlclap.audio.decode import AudioStream

LARGEST_BYTES = 256 << 20
KEPT_BYTES = 1 << 30
KEPT_FILES = 256
LONGEST_S = 2 * 3600.0
RESAMPLED_HZ = 48_000
# Long sounds are made smaller rather than cut: in mono, then at lower rates.
_SMALLER_HZ = (32_000, 16_000)
_HEADER_BYTES = 44


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
    """The WAV files made last, up to so many bytes in all; safe from several threads.

    Parameters
    ----------
    kept_bytes : int
    """

    def __init__(self, kept_bytes: int = KEPT_BYTES) -> None:
        self._lock = threading.Lock()
        self._most = kept_bytes
        self._kept: OrderedDict[object, Wav] = OrderedDict()

    def take(self, key: object) -> int | None:
        """Return a descriptor of a kept conversion, to be closed by the caller, or None."""
        with self._lock:
            wav = self._kept.get(key)
            if wav is None:
                return None
            self._kept.move_to_end(key)
            return os.dup(wav.file.fileno())

    def keep(self, key: object, wav: Wav) -> None:
        """Keep a conversion; the oldest make room. Who still reads one of them reads on."""
        with self._lock:
            if key in self._kept:
                self._kept.pop(key).file.close()
            self._kept[key] = wav
            while len(self._kept) > 1 and (
                self.kept_bytes > self._most or len(self._kept) > KEPT_FILES
            ):
                self._kept.popitem(last=False)[1].file.close()

    @property
    def kept_bytes(self) -> int:
        """How much they take up on disk."""
        return sum(wav.size for wav in self._kept.values())

    def clear(self) -> None:
        """Remove them all."""
        with self._lock:
            while self._kept:
                self._kept.popitem()[1].file.close()


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
            made.write(bytes(_HEADER_BYTES))
            size = 0
            for part in _converted(job.blocks(stream, budget), stream, shape):
                size += len(part)
                if size > LARGEST_BYTES:
                    most = f"at most {LARGEST_BYTES >> 20} MB as WAV"
                    raise RefusedError(413, f"{sound.path}: expected {most}, got more")
                made.write(part)
            made.seek(0)
            made.write(_wav_header(size, *shape))
            made.flush()
            return Wav(made, _HEADER_BYTES + size)
    except OSError as error:
        made.close()
        raise RefusedError(503, f"no room to convert {sound.path}: {error.strerror}") from error
    except BaseException:
        made.close()
        raise


def _shape(stream: AudioStream, duration_s: float | None) -> tuple[int, int]:
    """Return the rate and the channels that a conversion gets."""
    rate, channels = stream.sample_rate, stream.channels if stream.channels <= 2 else 1
    if rate not in NATIVE_RATES:
        rate = RESAMPLED_HZ if rate > NATIVE_RATES[-1] else NATIVE_RATES[0]
    declared = (stream.declared_frames or 0) / stream.sample_rate
    seconds = min(max(declared, duration_s or 0.0), LONGEST_S)
    for smaller in _SMALLER_HZ:
        if 2 * seconds * rate * channels > LARGEST_BYTES:
            channels = 1
        if 2 * seconds * rate * channels > LARGEST_BYTES:
            rate = min(rate, smaller)
    return rate, channels


def _converted(
    blocks: Iterator[npt.NDArray[np.float32]], stream: AudioStream, shape: tuple[int, int]
) -> Iterator[bytes]:
    """Yield a sound's bytes as 16-bit samples of another rate and number of channels."""
    import numpy as np

    from sqlclap.audio.windows import StreamResampler

    rate, channels = shape
    resamplers = [StreamResampler(stream.sample_rate, rate, "MQ") for _ in range(channels)]
    for block in blocks:
        heard = np.nan_to_num(block, posinf=1.0, neginf=-1.0)
        if channels != stream.channels:
            heard = heard.mean(axis=1, keepdims=True, dtype=np.float32)
        columns = [one.process(heard[:, at].copy()) for at, one in enumerate(resamplers)]
        yield _pcm(columns)
    yield _pcm([one.flush() for one in resamplers])


def _pcm(columns: list[npt.NDArray[np.float32]]) -> bytes:
    import numpy as np

    sound = np.stack(columns, axis=1).clip(-1, 1)
    return np.round(sound * 32767).astype("<i2").tobytes()


def _wav_header(size: int, rate: int, channels: int) -> bytes:
    frame = 2 * channels
    riff = struct.pack("<4sI4s", b"RIFF", 36 + size, b"WAVE")
    fmt = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, channels, rate, rate * frame, frame, 16)
    return riff + fmt + struct.pack("<4sI", b"data", size)
