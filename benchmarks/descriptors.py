"""How right the measured tempo, key and kind are, where files say them.

What a file's metadata, its name or its folder says is the truth: a tempo, a key, loop or one-shot.
Sounds are also made up to have them, so that there is a truth on every machine.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

import numpy as np

import sqlclap
from benchmarks.kits import class_of
from sqlclap.audio.wav import WavShape, wav_header
from sqlclap.descriptor_columns import KEYS

if TYPE_CHECKING:
    from sqlclap.arrays import Float32Array, Float64Array

WITHIN = 0.04
"""A tempo is right within so much of the true one."""

OCTAVES = (0.5, 2.0)
RATE = 44_100
LOOPS, ONE_SHOTS = 96, 48
SEED = 0
_LOOP = re.compile(r"(?<![a-z])(?:[a-z]*loops?|beats?)(?![a-z])", re.I)
_ONE_SHOT = re.compile(r"(?<![a-z])one[ _-]?shots?(?![a-z])", re.I)
_TRUTH = """
SELECT
    s.path, s.tempo, s.key, s.sound_kind, max(b.value) FILTER (WHERE b.field = 'tempo'),
    max(b.value) FILTER (WHERE b.field = 'key'), max(b.value) FILTER (WHERE b.field = 'kind')
FROM samples AS s
LEFT JOIN metadata_best AS b USING (sample_id)
WHERE s.status = 'ok'
GROUP BY s.sample_id
ORDER BY s.path
"""


@dataclass(frozen=True)
class Accuracy:
    """How a descriptor does on sounds whose truth is known.

    Attributes
    ----------
    descriptor : str
        "tempo", "key", "loop" or "one-shot"; the last two are kinds.
    sounds : int
        That have a truth.
    told : int
        Of these, how many the descriptor has a value for.
    right : int
    near : int
        Wrong by an octave (of tempo: half or twice), or the relative key (of C major: A minor).
    """

    descriptor: str
    sounds: int
    told: int
    right: int
    near: int


@dataclass(frozen=True)
class _Sound:
    """What is measured of a sound and what is true of it; None where that isn't known."""

    tempo: tuple[float | None, float | None]
    key: tuple[str | None, str | None]
    kind: tuple[str | None, str | None]


def bench_descriptors(folder: Path | None) -> list[Accuracy]:
    """Compare tempo, key and kind with what is known.

    Parameters
    ----------
    folder : Path or None
        Of sounds whose metadata or names say something; None makes sounds up.
    """
    with tempfile.TemporaryDirectory(prefix="sqlclap-bench-") as scratch:
        place = folder or Path(scratch) / "made-up"
        if folder is None:
            make_sounds(place)
        with sqlclap.open(Path(scratch) / "descriptors.db") as library:
            library.ingest([place])
            sounds = [_compared(*row) for row in library.connection.execute(_TRUTH)]
    found = [_of_tempo([one.tempo for one in sounds]), _of_key([one.key for one in sounds])]
    for kind in ("loop", "one-shot"):
        measured = [one.kind[0] for one in sounds if one.kind[1] == kind]
        told = sum(value is not None for value in measured)
        found.append(Accuracy(kind, len(measured), told, measured.count(kind), 0))
    return found


def _compared(path: str, *values: str | float | None) -> _Sound:
    tempo, key, kind, true_tempo, true_key, true_kind = values
    said = None if true_kind is None else str(true_kind)
    return _Sound(
        (_number(tempo), _number(true_tempo)),
        (_text(key), _text(true_key)),
        (_text(kind), said or kind_of(path, true_tempo is not None)),
    )


def _number(value: str | float | None) -> float | None:
    return None if value is None else float(value)


def _text(value: str | float | None) -> str | None:
    return None if value is None else str(value)


def kind_of(path: str, has_tempo: bool) -> str | None:
    """Return what a path says of a sound's kind; None where it says nothing, or both.

    Loops are called so, and only they have a tempo in their name; a file that is named after one
    drum is a one-shot.

    >>> kind_of("beats/house_loop01.ogg", False), kind_of("kits/Snare 2.wav", False)
    ('loop', 'one-shot')
    """
    is_loop = has_tempo or bool(_LOOP.search(path))
    is_one_shot = bool(_ONE_SHOT.search(path) or class_of(PurePosixPath(path).stem))
    if is_loop == is_one_shot:
        return None
    return "loop" if is_loop else "one-shot"


def _of_tempo(tempos: list[tuple[float | None, float | None]]) -> Accuracy:
    known = [(found, true) for found, true in tempos if true]
    told = [(found, true) for found, true in known if found]
    right = sum(abs(found / true - 1.0) <= WITHIN for found, true in told)
    near = sum(
        any(abs(found / (octave * true) - 1.0) <= WITHIN for octave in OCTAVES)
        for found, true in told
    )
    return Accuracy("tempo", len(known), len(told), right, near)


def _of_key(keys: list[tuple[str | None, str | None]]) -> Accuracy:
    known = [(found, true) for found, true in keys if true in KEYS]
    told = [(found, true) for found, true in known if found]
    right = sum(found == true for found, true in told)
    near = sum(found == relative_key(str(true)) for found, true in told)
    return Accuracy("key", len(known), len(told), right, near)


def relative_key(key: str) -> str:
    """Return the key that has the same notes.

    >>> relative_key("C major"), relative_key("F# minor")
    ('A minor', 'A major')
    """
    at = KEYS.index(key)
    return KEYS[12 + (at + 9) % 12] if at < 12 else KEYS[(at - 12 + 3) % 12]


def make_sounds(folder: Path) -> None:
    """Write loops of many tempos and keys, and one-shots, with names that say so."""
    folder.mkdir(parents=True, exist_ok=True)
    dice = np.random.default_rng(SEED)
    for number in range(LOOPS):
        tempo, key = int(dice.integers(70, 176)), KEYS[number % len(KEYS)]
        tonic, mode = key.split()
        name = f"loop_{tempo}bpm_{tonic}{mode[:3]}_{number}.wav"
        _write(folder / name, _loop(tempo, number % len(KEYS), dice))
    for number in range(ONE_SHOTS):
        seconds = float(dice.uniform(0.1, 3.0))
        _write(folder / f"one-shot_{number}.wav", _one_shot(seconds, dice))


def _write(file: Path, samples: Float32Array) -> None:
    pcm = np.round(32_767 * samples).astype("<i2").tobytes()
    file.write_bytes(wav_header(len(pcm), WavShape(RATE, 1)) + pcm)


_SCALES = ((0, 2, 4, 5, 7, 9, 11), (0, 2, 3, 5, 7, 8, 10))
_DEGREES = ((0, 3, 4, 0), (0, 5, 3, 4), (0, 3, 0, 4))


def _loop(tempo: float, key: int, dice: np.random.Generator) -> Float32Array:
    """Return two or four bars of a chord progression with a bass and drums, shape (n,)."""
    beat = 60.0 / tempo
    bars = int(dice.choice([2, 4]))
    sound = np.zeros(round(4 * bars * beat * RATE) + RATE, dtype=np.float64)
    scale = _SCALES[key // 12]
    progression = _DEGREES[dice.integers(len(_DEGREES))]
    for at in range(4 * bars):
        degree = progression[at // 4 % 4]
        for step in (0, 2, 4):
            octave, place = divmod(degree + step, 7)
            note = 60 + key % 12 + scale[place] + 12 * octave
            _add(sound, at * beat, 0.2 * _tone(note, beat, dice))
        _add(sound, at * beat, 0.5 * _tone(36 + key % 12 + scale[degree], beat / 2, dice))
        for when, hit in _hits(at, dice):
            _add(sound, (at + when) * beat, hit)
    sound = sound[: round(4 * bars * beat * RATE)]
    return np.asarray(0.8 * sound / np.abs(sound).max(), dtype=np.float32)


def _hits(at: int, dice: np.random.Generator) -> Iterator[tuple[float, Float64Array]]:
    """Yield the drums of a beat: when (in beats from its start), and the hit."""
    yield 0.0, 0.3 * _noise(0.03, dice)
    if dice.random() < 0.7:
        yield 0.5, 0.2 * _noise(0.02, dice)
    yield 0.0, (0.5 * _noise(0.12, dice) if at % 2 else 0.9 * _tone(31, 0.25, dice))


def _one_shot(seconds: float, dice: np.random.Generator) -> Float32Array:
    made = _noise(seconds, dice) if dice.random() < 0.4 else None
    if made is None:
        made = _tone(float(dice.integers(30, 84)), seconds, dice)
    return np.asarray(0.8 * made / np.abs(made).max(), dtype=np.float32)


def _tone(note: float, seconds: float, dice: np.random.Generator) -> Float64Array:
    """Return a note (as MIDI numbers them) with four partials that die away, shape (n,)."""
    time = np.arange(round(seconds * RATE)) / RATE
    turn = 2.0 * np.pi * 440.0 * 2.0 ** ((note - 69.0) / 12.0) * time
    partials = [np.sin(one * turn + dice.uniform(0.0, 6.0)) / one**1.5 for one in range(1, 5)]
    return np.asarray(sum(partials) * np.exp(-4.0 * time / seconds))


def _noise(seconds: float, dice: np.random.Generator) -> Float64Array:
    time = np.arange(round(seconds * RATE)) / RATE
    return np.asarray(dice.uniform(-1.0, 1.0, len(time)) * np.exp(-5.0 * time / seconds))


def _add(sound: Float64Array, start_s: float, part: Float64Array) -> None:
    first = round(start_s * RATE)
    kept = part[: max(0, len(sound) - first)]
    sound[first : first + len(kept)] += kept
