"""Clips rendered from SoundFonts: melodic presets over pitches, drum kits over keys."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from training.corpus.clip import SAMPLE_RATE, Clip, ClipInfo, make_clip
from training.paths import use_wheel
from training.taxonomy.general_midi import EFFECTS, PERCUSSION, PROGRAMS

DRUM_BANK = 128
_NOTES = ("c", "c#", "d", "d#", "e", "f", "f#", "g", "g#", "a", "a#", "b")
_BASSES = range(32, 40)
_LOW = frozenset({42, 43, 57, 58, 67, 70})
_HIGH = frozenset({8, 9, 10, 14, 72, 78, 79})
_EFFECT_PROGRAMS = range(119, 128)
_ORCHESTRA_KIT = 48
_BANK_PROGRAM_NAMES = {(8, 24): "ukulele", (8, 25): "12 string guitar", (16, 25): "mandolin"}


@dataclass(frozen=True)
class Note:
    """One note to render: preset, key, velocity, and how long it is held and left to ring."""

    bank: int
    program: int
    key: int
    velocity: int
    hold_s: float
    ring_s: float


class SoundFont:
    """A SoundFont file and a synthesizer that plays single notes of it."""

    def __init__(self, path: Path) -> None:
        use_wheel("tinysoundfont")
        import tinysoundfont

        self._synth = tinysoundfont.Synth(samplerate=SAMPLE_RATE, gain=-6)
        self._font = self._synth.sfload(str(path))

    def preset_name(self, bank: int, program: int) -> str | None:
        """Return the preset's name, or None when the font has no such preset."""
        return self._synth.sfpreset_name(self._font, bank, program) or None

    def presets(self, bank: int) -> list[int]:
        """Return the program numbers that a bank has."""
        return [program for program in range(128) if self.preset_name(bank, program)]

    def play(self, note: Note) -> np.ndarray:
        """Render a note (stereo, float32, shape (n, 2))."""
        drums = note.bank == DRUM_BANK
        channel = 9 if drums else 0
        self._synth.program_select(channel, self._font, note.bank, note.program, drums)
        self._synth.noteon(channel, note.key, note.velocity)
        held = self._samples(note.hold_s)
        self._synth.noteoff(channel, note.key)
        ringing = self._samples(note.ring_s)
        self._synth.sounds_off(channel)
        self._samples(0.05)
        return np.concatenate([held, ringing]).reshape(-1, 2)

    def _samples(self, seconds: float) -> np.ndarray:
        return np.frombuffer(
            bytes(self._synth.generate(int(seconds * SAMPLE_RATE))), np.float32
        ).copy()


def note_name(key: int) -> str:
    """Return "c4" for MIDI key 60."""
    return f"{_NOTES[key % 12]}{key // 12 - 1}"


def keys_of_program(program: int) -> list[int]:
    """Return keys that suit a General MIDI program."""
    if program in _BASSES:
        return [26, 28, 31, 33, 36, 40, 43, 48]
    if program in _LOW:
        return [36, 40, 43, 47, 50, 55, 60]
    if program in _HIGH:
        return [60, 64, 67, 72, 76, 79, 84]
    if program in _EFFECT_PROGRAMS:
        return [46, 48, 51, 55, 60, 63, 65]
    return [40, 45, 48, 52, 55, 60, 64, 67, 72, 77, 81]


def melodic_clips(
    font: SoundFont, source: str, banks: tuple[int, ...], seed: int
) -> Iterator[Clip]:
    """Yield notes of every melodic preset: five keys, two velocities, held short and long."""
    rng = random.Random(f"{source}-{seed}")
    for bank in banks:
        for program in font.presets(bank):
            label, name = PROGRAMS[program]
            name = _BANK_PROGRAM_NAMES.get((bank, program), name)
            split = "validation" if rng.random() < 0.04 and bank else "train"
            for key in rng.sample(keys_of_program(program), 5):
                for velocity in (rng.choice([45, 60, 80]), rng.choice([100, 112, 124])):
                    note = Note(bank, program, key, velocity, rng.choice([0.2, 0.6, 1.4, 2.2]), 1.0)
                    traits = ("soft",) if velocity < 90 else ()
                    file = f"{bank}-{program}-{note_name(key)}-{velocity}"
                    info = ClipInfo(source, name, file, label, traits, split)
                    clip = make_clip(font.play(note), info)
                    if clip is not None:
                        yield clip


_KIT_TRAITS = {
    "TR-808": ("808", "electronic"),
    "Electronic": ("electronic",),
    "Jazz": ("acoustic",),
    "Brush": ("acoustic", "soft"),
    "Room": ("roomy", "acoustic"),
    "Standard": ("acoustic",),
    "Power": ("hard",),
}


def _kit_traits(kit_name: str) -> tuple[str, ...]:
    for start, traits in _KIT_TRAITS.items():
        if kit_name.startswith(start):
            return traits
    return ()


def drum_kit_clips(
    font: SoundFont,
    source: str,
    velocities: tuple[int, ...],
    programs: tuple[int, ...] | None = None,
) -> Iterator[Clip]:
    """Yield every labelled key of every General MIDI drum kit, each distinct sound once."""
    seen: set[bytes] = set()
    for program in programs or tuple(p for p in font.presets(DRUM_BANK) if p <= _ORCHESTRA_KIT):
        kit = font.preset_name(DRUM_BANK, program) or ""
        for key, label in PERCUSSION.items():
            if program == _ORCHESTRA_KIT and key < 57:
                continue
            for velocity in velocities:
                audio = font.play(Note(DRUM_BANK, program, key, velocity, 1.4, 1.2))
                print_ = np.round(audio[:8000] * 3e3).astype(np.int16).tobytes()
                traits = (*_kit_traits(kit), *(("soft",) if velocity < 80 else ()))
                info = ClipInfo(source, label, f"{kit}-{key}-{velocity}", label, traits)
                clip = None if print_ in seen else make_clip(audio, info)
                seen.add(print_)
                if clip is not None:
                    yield clip


def effect_clips(font: SoundFont, source: str) -> Iterator[Clip]:
    """Yield FluidR3_GS's sound effects at a few keys."""
    for bank, program, label, name in EFFECTS:
        for key in (48, 52, 55, 60, 64, 67):
            note = Note(bank, program, key, 110, 3.0, 1.5)
            info = ClipInfo(source, name, f"{bank}-{program}-{key}", label)
            clip = make_clip(font.play(note), info)
            if clip is not None:
                yield clip


def held_out_clips(font: SoundFont, source: str, split: str, seed: int) -> Iterator[Clip]:
    """Yield a font's notes that are not trained on: two keys a program, keys of three drum kits."""
    rng = random.Random(seed)
    for program in range(128):
        label, name = PROGRAMS[program]
        for key in rng.sample(keys_of_program(program), 2):
            note = Note(0, program, key, 100, rng.choice([0.5, 1.5]), 1.2)
            info = ClipInfo(source, name, f"{program}-{note_name(key)}", label, (), split)
            clip = make_clip(font.play(note), info)
            if clip is not None:
                yield clip
    for program in (0, 25, 40):
        for key, label in PERCUSSION.items():
            note = Note(DRUM_BANK, program, key, 100, 1.0, 0.8)
            info = ClipInfo(source, label, f"kit{program}-{key}", label, (), split)
            clip = make_clip(font.play(note), info)
            if clip is not None:
                yield clip
