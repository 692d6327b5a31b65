"""What ``--transpose`` finds: originals of sounds played faster or slower, and at which price.

Sounds are written anew as a tape at another speed plays them, and asked with: does the original
come first, and how many of the best ten are of its class?
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from sqlclap.audio.decode import open_audio
from sqlclap.audio.wav import WavShape, pcm_parts, wav_header
from sqlclap.search.request import SearchOptions

if TYPE_CHECKING:
    import sqlclap

STEPS = (-12, -7, 0, 5, 12)
ASKED = {"": None, "-12,12": "-12,12", "-12 to 12": ",".join(map(str, range(-12, 13, 2)))}
LOOKED_AT = 10
EXAMPLES = 100
SEED = 0


@dataclass(frozen=True)
class AtPitch:
    """Sounds that were moved by so many semitones and asked with.

    Attributes
    ----------
    semitones : int
    transpose : str
        What was asked with; empty: without.
    sounds : int
    first, in_five : float
        Share whose original comes first, or among the first five.
    of_class : float
        Share of the best ten, the original left out, that are of its class.
    """

    semitones: int
    transpose: str
    sounds: int
    first: float
    in_five: float
    of_class: float


def measure_pitches(library: sqlclap.Library, classes: dict[int, str]) -> list[AtPitch]:
    """Ask with sounds at other speeds.

    Parameters
    ----------
    library : sqlclap.Library
    classes : dict
        The class of each sound that counts, by sample id; empty for others.
    """
    files = {one.sample_id: one.file for one in library.samples()}
    known = [number for number, name in classes.items() if name and number in files]
    drawn = np.random.default_rng(SEED).permutation(known)[:EXAMPLES].tolist()
    found = []
    for semitones in STEPS:
        played = {number: at_speed(files[number], 2 ** (semitones / 12)) for number in drawn}
        for name, transpose in ASKED.items():
            options = SearchOptions(transpose=transpose)
            rows = []
            for number, sound in played.items():
                best = library.similar(sound, LOOKED_AT + 1, options)
                ids = [one.sample_id for one in best]
                others = [classes.get(one) == classes[number] for one in ids if one != number]
                rows.append((ids[0] == number, number in ids[:5], np.mean(others[:LOOKED_AT])))
            means = np.array(rows, dtype=np.float64).mean(axis=0).tolist()
            found.append(AtPitch(semitones, name, len(drawn), *means))
    return found


def at_speed(file: Path, factor: float) -> bytes:
    """Return a file's samples as a WAV file that is played so many times as fast."""
    with open_audio(file) as stream:
        own = WavShape(stream.sample_rate, stream.channels)
        samples = b"".join(pcm_parts(stream.blocks(), own, own))
    played = own._replace(sample_rate=round(own.sample_rate * factor))
    return wav_header(len(samples), played) + samples
