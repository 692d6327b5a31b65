"""Clips read from the Gravis Ultrasound patches of freepats (only measured on)."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from training.corpus.clip import Clip, ClipInfo, make_clip
from training.taxonomy.general_midi import PERCUSSION, PROGRAMS

_HEADER = 239
_SAMPLE_HEADER = 96
_BITS_16, _UNSIGNED, _LOOPED = 1, 2, 4
_NAMED = {"025_Snare_Roll": "snare roll", "026_Snap": "snap"}
_UNLABELLED = ("031_Sticks", "027_High", "032_Sq")


def read_patch(path: Path) -> list[tuple[np.ndarray, int]]:
    """Return the samples of a patch file with their rates, loops played for two seconds."""
    data = path.read_bytes()
    offset, samples = _HEADER, []
    for _ in range(data[198]):
        header = data[offset : offset + _SAMPLE_HEADER]
        (size,) = struct.unpack("<I", header[8:12])
        body = data[offset + _SAMPLE_HEADER : offset + _SAMPLE_HEADER + size]
        samples.append(_decode(header, body))
        offset += _SAMPLE_HEADER + size
    return samples


def _decode(header: bytes, body: bytes) -> tuple[np.ndarray, int]:
    loop_start, loop_end = struct.unpack("<II", header[12:20])
    (rate,) = struct.unpack("<H", header[20:22])
    mode = header[55]
    if mode & _BITS_16:
        audio = np.frombuffer(body[: len(body) // 2 * 2], "<i2").astype(np.float32) / 32768
        loop_start, loop_end = loop_start // 2, loop_end // 2
    else:
        audio = np.frombuffer(body, np.int8).astype(np.float32) / 128
    if mode & _UNSIGNED:
        audio = (audio + 1) % 2 - 1
    if mode & _LOOPED and loop_end > loop_start + 4:
        audio = _played_for(audio[:loop_end], audio[loop_start:loop_end], 2 * rate)
    return audio, rate


def _played_for(head: np.ndarray, loop: np.ndarray, length: int) -> np.ndarray:
    repeats = max(0, length - len(head)) // len(loop) + 1
    audio = np.concatenate([head, np.tile(loop, repeats)])[:length].copy()
    fade = min(2000, len(audio))
    audio[-fade:] *= np.linspace(1, 0, fade, dtype=np.float32)
    return audio


def _label(stem: str, drum: bool) -> str | None:
    for start, label in _NAMED.items():
        if stem.startswith(start):
            return label
    if stem.startswith(_UNLABELLED):
        return None
    number = int(stem[:3])
    return PERCUSSION.get(number) if drum else PROGRAMS[number][0]


def freepats_clips(folder: Path) -> Iterator[Clip]:
    """Yield one or two samples of every patch."""
    for path in sorted(folder.rglob("*.pat")):
        samples = read_patch(path)
        drum = "drum" in path.as_posix().lower()
        for index in sorted({len(samples) // 2, len(samples) // 4}):
            audio, rate = samples[index]
            name = path.stem[4:].replace("_", " ")
            file = f"{path.stem}#{index}"
            info = ClipInfo("freepats", name, file, _label(path.stem, drum), (), "test")
            clip = make_clip(audio, info, rate)
            if clip is not None:
                yield clip
