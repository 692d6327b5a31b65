"""General MIDI programs, drum keys and effect presets with their classes."""

from __future__ import annotations

from training.taxonomy.classes import read_toml

_DATA = read_toml("general_midi.toml")

PROGRAMS: tuple[tuple[str, str], ...] = tuple((label, name) for label, name in _DATA["programs"])
"""Class and name of programs 0 to 127."""

PERCUSSION: dict[int, str] = {int(key): label for key, label in _DATA["percussion"].items()}
"""Class of each drum key."""

EFFECTS: tuple[tuple[int, int, str, str], ...] = tuple(
    (bank, program, label, name) for bank, program, label, name in _DATA["effects"]["presets"]
)
"""Bank, program, class and name of FluidR3_GS's sound effects."""
