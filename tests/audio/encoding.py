"""Encoded sounds for the tests: what people's files hold, made in memory."""

from __future__ import annotations

import io
import struct

import numpy as np
import soundfile
from numpy.typing import NDArray

from sqlclap.audio.decode import open_audio
from tests.audio.signals import noise, sine

RATE = 16_000
SECONDS = 1.25
FRAMES = round(RATE * SECONDS)
MP3_FRAME = 1_152


def burst_and_tone(rate: int = RATE, seconds: float = SECONDS) -> NDArray[np.float32]:
    """A loud burst, then a quiet tone: variable bit rates begin high and fall."""
    tone = sine(220, seconds, rate, peak=0.1)
    tone[: rate // 4] += noise(0.25, rate, level=0.3)[: len(tone)]
    return tone.clip(-1, 1)


def encode(samples: NDArray[np.float32], kind: str, rate: int = RATE, mode: str = "") -> bytes:
    """Encode as "CONTAINER/CODING", such as "WAV/PCM_16"; `mode` is MP3's bit-rate mode."""
    container, coding = kind.split("/")
    file = io.BytesIO()
    more = {"bitrate_mode": mode, "compression_level": 0.5} if mode else {}
    soundfile.write(file, samples, rate, format=container, subtype=coding, **more)
    return file.getvalue()


def mp3(seconds: float = SECONDS, rate: int = RATE, mode: str = "VARIABLE") -> bytes:
    """An MP3 whose first frame is a Xing header, without sound."""
    return encode(burst_and_tone(rate, seconds), "MP3/MPEG_LAYER_III", rate, mode)


def without_xing(content: bytes) -> bytes:
    """Leave out the first frame: it begins as the second does."""
    second = content.index(content[:2], 4)
    while content[second + 3] >> 6 != content[3] >> 6:
        second = content.index(content[:2], second + 1)
    return content[second:]


def with_xing_count(content: bytes, frames: int) -> bytes:
    """Let the Xing header claim so many frames."""
    at = max(content.find(b"Xing"), content.find(b"Info")) + 8
    return content[:at] + struct.pack(">I", frames) + content[at + 4 :]


def id3(size: int) -> bytes:
    """An ID3v2 tag with a picture of random bytes in it."""
    art = b"image/jpeg\0\3\0\xff\xd8" + np.random.default_rng(3).bytes(size)
    frame = b"APIC" + struct.pack(">I", len(art) + 1) + b"\0\0\0" + art
    length = bytes(len(frame) >> shift & 127 for shift in (21, 14, 7, 0))
    return b"ID3\3\0\0" + length + frame


ID3V1 = b"TAG" + b"t" * 125


class Read:
    """What comes of reading encoded audio."""

    def __init__(self, content: bytes) -> None:
        with open_audio(content) as stream:
            blocks = list(stream.blocks())
            self.samples = np.concatenate(blocks)
            self.frames = len(self.samples)
            self.notes = stream.notes
            self.rate, self.channels = stream.sample_rate, stream.channels
            missing = (stream.declared_frames or 0) - self.frames
            self.truncated = stream.interrupted is not None or missing > 0.1 * self.rate
