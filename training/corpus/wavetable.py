"""Clips played by Sonivox's General MIDI synthesizer, which has its small sounds built in."""

from __future__ import annotations

import ctypes
import random
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from training.corpus.clip import Clip, ClipInfo, make_clip
from training.corpus.soundfonts import keys_of_program, note_name
from training.taxonomy.general_midi import PERCUSSION, PROGRAMS

_DRUM_CHANNEL = 9
_VELOCITIES = (50, 110)


class _Config(ctypes.Structure):
    _fields_ = [
        ("version", ctypes.c_ulong),
        ("checked", ctypes.c_uint),
        ("voices", ctypes.c_long),
        ("channels", ctypes.c_long),
        ("rate", ctypes.c_long),
        ("block", ctypes.c_long),
    ]


class Wavetable:
    """The Sonivox library, which plays single notes."""

    def __init__(self, library: Path) -> None:
        self._eas = ctypes.CDLL(str(library))
        self._eas.EAS_Config.restype = ctypes.POINTER(_Config)
        self._config = self._eas.EAS_Config().contents
        self.rate = int(self._config.rate)
        self._synth, self._stream = ctypes.c_void_p(), ctypes.c_void_p()
        self._check(self._eas.EAS_Init(ctypes.byref(self._synth)))
        self._check(
            self._eas.EAS_OpenMIDIStream(self._synth, ctypes.byref(self._stream), ctypes.c_void_p())
        )

    @staticmethod
    def _check(result: int) -> None:
        if result != 0:
            raise RuntimeError(f"Sonivox answers {result}")

    def _send(self, *data: int) -> None:
        count = ctypes.c_long(len(data))
        write = self._eas.EAS_WriteMIDIStream
        self._check(write(self._synth, self._stream, bytes(data), count))

    def _render(self, seconds: float) -> np.ndarray:
        size, channels = int(self._config.block), int(self._config.channels)
        block, made = np.zeros(size * channels, np.int16), ctypes.c_long()
        parts = []
        for _ in range(-(-int(seconds * self.rate) // size)):
            place = block.ctypes.data_as(ctypes.c_void_p)
            count = ctypes.c_long(size)
            self._check(self._eas.EAS_Render(self._synth, place, count, ctypes.byref(made)))
            parts.append(block[: made.value * channels].copy())
        return np.concatenate(parts).reshape(-1, channels).astype(np.float32) / 32768

    def play(self, program: int | None, key: int, velocity: int, hold_s: float) -> np.ndarray:
        """Render a note and 1.2 s more (float32, shape (n, channels)); no program means drums."""
        channel = _DRUM_CHANNEL if program is None else 0
        self._send(0xC0 | channel, program or 0)
        self._send(0x90 | channel, key, velocity)
        held = self._render(hold_s)
        self._send(0x80 | channel, key, 0)
        ringing = self._render(1.2)
        self._send(0xB0 | channel, 120, 0)
        self._render(0.3)
        return np.concatenate([held, ringing])


def drum_clips(synth: Wavetable) -> Iterator[Clip]:
    """Yield the labelled keys of the drum kit."""
    for key, label in PERCUSSION.items():
        for velocity in _VELOCITIES:
            traits = ("soft",) if velocity < 80 else ()
            info = ClipInfo("sonivox-drums", label, f"{key}-{velocity}", label, traits)
            clip = make_clip(synth.play(None, key, velocity, 1.2), info, synth.rate)
            if clip is not None:
                yield clip


def melodic_clips(synth: Wavetable, seed: int) -> Iterator[Clip]:
    """Yield notes of every program: four keys each."""
    rng = random.Random(seed)
    for program, (label, name) in enumerate(PROGRAMS):
        for key in rng.sample(keys_of_program(program), 4):
            audio = synth.play(program, key, rng.choice([70, 100, 120]), rng.choice([0.4, 1.4]))
            info = ClipInfo("sonivox", name, f"{program}-{note_name(key)}", label)
            clip = make_clip(audio, info, synth.rate)
            if clip is not None:
                yield clip
