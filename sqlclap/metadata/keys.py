"""Musical keys as text: "A minor", "C# major", or "C" where nothing says the mode."""

from __future__ import annotations

import json
import re

from sqlclap.errors import QueryError

_NOTES = ("C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B")
_SEMITONES = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
_MODES = {
    "": "", "m": "minor", "min": "minor", "minor": "minor", "M": "major", "maj": "major",
    "major": "major",
}  # fmt: skip
_KEY = re.compile(
    r"\s*([A-Ga-g])[\s_-]*(#|b|♯|♭|sharp|flat)?[\s_-]*([mM]|(?i:min(?:or)?|maj(?:or)?))?\s*"
)


def note_name(midi: int) -> str:
    """Return the name of a MIDI note without its octave.

    >>> note_name(60), note_name(70)
    ('C', 'A#')
    """
    return _NOTES[midi % 12]


def key_text(text: str) -> str | None:
    """Return a key in one spelling, with sharps; None for what is no key.

    >>> key_text("Am"), key_text("Bb maj"), key_text("f# MINOR"), key_text("C"), key_text("kick")
    ('A minor', 'A# major', 'F# minor', 'C', None)
    """
    match = _KEY.fullmatch(text)
    if match is None:
        return None
    letter, accidental, mode = match.groups()
    step = {"#": 1, "♯": 1, "sharp": 1, "b": -1, "♭": -1, "flat": -1}.get(accidental or "", 0)
    tonic = _NOTES[(_SEMITONES[letter.upper()] + step) % 12]
    mode = mode or ""
    named = _MODES[mode if len(mode) < 2 else mode.lower()]
    return f"{tonic} {named}".strip()


def keys_as_stored(text: str) -> str:
    """Return the keys that a filter's text stands for, as a JSON list.

    Raises
    ------
    QueryError
        It is no key.

    >>> keys_as_stored("Am"), keys_as_stored("C")
    ('["A minor"]', '["C", "C major", "C minor"]')
    """
    key = key_text(text)
    if key is None:
        raise QueryError(f"expected a key such as Am, 'C# major' or C, got {text!r}")
    return json.dumps([key] if " " in key else [key, f"{key} major", f"{key} minor"])
