"""Which sounds are measured on, and how they are grouped in the tables."""

from __future__ import annotations

import zlib

import numpy as np

from training.features import FeatureTable

SOUND_CLASSES = frozenset(
    [
        "kick",
        "snare",
        "rimshot",
        "clap",
        "tom",
        "crash",
        "ride",
        "splash",
        "cowbell",
        "conga",
        "bongo",
        "tambourine",
        "shaker",
        "claves",
        "woodblock",
        "agogo",
        "laser",
        "snap",
        "closed hat",
        "pedal hat",
        "open hat",
        "synth bass",
        "drum loop",
    ]
)
"""Classes of the sound-to-sound table: drums, and what drum packs also hold."""

_SAME_MAKER = {
    "GMRockKit": "Glen MacArthur",
    "Gimme A Hand 1.0": "Glen MacArthur",
    "The Black Pearl 1.0": "Glen MacArthur",
    "Millo-Drums_v.1": "Millo",
    "Millo_MultiLayered2": "Millo",
    "Millo_MultiLayered3": "Millo",
}


def pack_of(source: str) -> str:
    """Return the row of the table that a source belongs to."""
    return "drum kits" if source.startswith("hydrogen/") else source


def maker_of(source: str) -> str:
    """Return the group that is left out when a sound of this source is the query."""
    kit = source.removeprefix("hydrogen/")
    return _SAME_MAKER.get(kit, kit)


def distinct(table: FeatureTable, clips: np.ndarray) -> np.ndarray:
    """Keep one of each set of clips whose first windows are equal."""
    first = {int(clip): row for row, clip in reversed(list(enumerate(table.clip)))}
    seen: set[int] = set()
    kept = []
    for clip in clips:
        mark = zlib.crc32(table.mels[first[int(clip)]].tobytes()) if int(clip) in first else None
        if mark not in seen:
            seen.add(mark)
            kept.append(clip)
    return np.array(kept, int)
