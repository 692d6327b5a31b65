"""Sounds that browsers can't play, as WAV: made once, kept for a while."""

from __future__ import annotations

import struct
import tempfile
import threading
from collections import OrderedDict
from pathlib import Path

KEPT = 64
LONGEST_S = 20 * 60.0
"""What is longer is cut there: the page plays sounds to be judged by ear, not albums."""


class Conversions:
    """WAV files in a folder that goes with the process; safe from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._kept: OrderedDict[str, Path] = OrderedDict()
        self._busy: dict[str, threading.Lock] = {}

    def wav_of(self, file: Path, key: str) -> Path:
        """Return a sound as 16-bit WAV.

        Parameters
        ----------
        file : Path
        key : str
            Names the file and its state: another key is another conversion.

        Raises
        ------
        AudioDecodeError
        """
        with self._lock:
            turn = self._busy.setdefault(key, threading.Lock())
        with turn:
            with self._lock:
                if key in self._kept:
                    self._kept.move_to_end(key)
                    return self._kept[key]
                target = self._new_file()
            write_wav(file, target)
            self._keep(key, target)
            return target

    def _new_file(self) -> Path:
        if self._folder is None:
            self._folder = tempfile.TemporaryDirectory(prefix="sqlclap-page-")
        with tempfile.NamedTemporaryFile(dir=self._folder.name, suffix=".wav", delete=False) as new:
            return Path(new.name)

    def _keep(self, key: str, target: Path) -> None:
        with self._lock:
            self._kept[key] = target
            self._busy.pop(key, None)
            while len(self._kept) > KEPT:
                # Who still reads it keeps it open; the name alone goes.
                self._kept.popitem(last=False)[1].unlink(missing_ok=True)


CONVERSIONS = Conversions()


def write_wav(source: Path, target: Path) -> None:
    """Decode a sound into a 16-bit WAV of at most two channels.

    Raises
    ------
    AudioDecodeError
    """
    import numpy as np

    from sqlclap.audio import open_audio

    with open_audio(source) as stream, target.open("wb") as out:
        channels = min(stream.channels, 2)
        left = round(LONGEST_S * stream.sample_rate)
        out.write(bytes(44))
        for block in stream.blocks():
            heard = np.nan_to_num(block[:left, :channels], posinf=1.0, neginf=-1.0)
            out.write(np.round(heard.clip(-1, 1) * 32767).astype("<i2").tobytes())
            left -= len(heard)
            if left <= 0:
                break
        size = out.tell() - 44
        out.seek(0)
        out.write(_wav_header(size, stream.sample_rate, channels))


def _wav_header(size: int, rate: int, channels: int) -> bytes:
    frame = 2 * channels
    riff = struct.pack("<4sI4s", b"RIFF", 36 + size, b"WAVE")
    fmt = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, channels, rate, rate * frame, frame, 16)
    return riff + fmt + struct.pack("<4sI", b"data", size)
