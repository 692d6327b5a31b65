"""Sounds as 16-bit WAV that every browser plays."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from sqlclap.audio.playable import NATIVE_RATES

if TYPE_CHECKING:
    import numpy.typing as npt

    from sqlclap.audio.decode import AudioStream

RESAMPLED_HZ = 48_000
HEADER_BYTES = 44


class WavShape(NamedTuple):
    """What a WAV holds a second.

    Attributes
    ----------
    sample_rate : int
        In Hz.
    channels : int
    """

    sample_rate: int
    channels: int


def playable_shape(own: WavShape | AudioStream) -> WavShape:
    """Return the shape nearest to a sound's own: one or two channels, a rate of `NATIVE_RATES`."""
    rate, channels = own.sample_rate, own.channels if own.channels <= 2 else 1
    if rate not in NATIVE_RATES:
        rate = RESAMPLED_HZ if rate > NATIVE_RATES[-1] else NATIVE_RATES[0]
    return WavShape(rate, channels)


def pcm_parts(
    blocks: Iterable[npt.NDArray[np.float32]], own: WavShape, shape: WavShape
) -> Iterator[bytes]:
    """Yield a sound's bytes as 16-bit samples of another rate and number of channels.

    Parameters
    ----------
    blocks : iterable of np.ndarray [shape=(n, channels), dtype=float32]
        The sound, or a part of it; what is no number becomes 0.
    own : WavShape
        What they are in.
    shape : WavShape
        What they become. Channels become their mean where their number changes.
    """

    from sqlclap.audio.windows import StreamResampler

    rate, channels = shape
    resamplers = [StreamResampler(own.sample_rate, rate, "MQ") for _ in range(channels)]
    for block in blocks:
        heard = np.nan_to_num(block, posinf=1.0, neginf=-1.0)
        if channels != own.channels:
            heard = heard.mean(axis=1, keepdims=True, dtype=np.float32)
        columns = [one.process(heard[:, at].copy()) for at, one in enumerate(resamplers)]
        yield _pcm(columns)
    yield _pcm([one.flush() for one in resamplers])


def _pcm(columns: list[npt.NDArray[np.float32]]) -> bytes:
    sound = np.stack(columns, axis=1).clip(-1, 1)
    return np.round(sound * 32767).astype("<i2").tobytes()


def wav_header(size: int, shape: WavShape) -> bytes:
    """Return what stands before `size` bytes of samples: `HEADER_BYTES` bytes."""
    rate, channels = shape
    frame = 2 * channels
    riff = struct.pack("<4sI4s", b"RIFF", 36 + size, b"WAVE")
    fmt = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, channels, rate, rate * frame, frame, 16)
    return riff + fmt + struct.pack("<4sI", b"data", size)
