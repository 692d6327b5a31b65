"""Captions: what people might write when they look for a sound."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from training.measures import MEASURES
from training.taxonomy.classes import CLASSES, FAMILIES, classes_of_family

ATTRIBUTES: dict[str, tuple[str, ...]] = {
    "dark": ("deep", "dark", "low", "warm", "dull", "boomy", "muffled"),
    "bright": ("bright", "crisp", "sharp", "high", "snappy", "thin"),
    "short": ("short", "tight", "dry", "punchy"),
    "long": ("long", "sustained", "ringing", "decaying"),
    "soft": ("soft", "quiet", "gentle", "light"),
    "hard": ("hard", "loud", "heavy", "aggressive"),
    "distorted": ("distorted", "dirty", "gritty", "crunchy", "saturated"),
    "lo-fi": ("lo-fi", "bit crushed", "8-bit", "crushed"),
    "roomy": ("roomy", "reverberant", "wet", "spacious", "with reverb"),
    "muffled": ("muffled", "filtered", "low passed", "dull"),
    "thin": ("thin", "tinny", "high passed"),
    "acoustic": ("acoustic", "natural", "live", "real"),
    "electronic": ("electronic", "synthetic", "digital", "drum machine"),
    "808": ("808", "tr-808", "roland 808"),
    "low": ("low", "floor", "low pitched"),
    "high": ("high", "high pitched"),
}
"""Words for each attribute; a caption with one only fits sounds that have it."""

_TEMPLATES = (
    *["{}"] * 4,
    "a {}",
    "{} sound",
    "{} sample",
    "the sound of a {}",
    "{} one shot",
    "{} hit",
    "recording of a {}",
    "{} sound effect",
)
_SUFFIXES = ("c", "a", "g", "f#", "01", "02", "2", "c3", "b", "dry", "wet", "120 bpm")
_QUANTILES = (0.3, 0.7)
_MEASURED = {"brightness": ("dark", "bright"), "length": ("short", "long")}
_FEW = 8


@dataclass(frozen=True)
class Caption:
    """A text, the classes it fits, and the attributes it asks for."""

    text: str
    classes: frozenset[str]
    attributes: frozenset[str] = frozenset()


def measured_attributes(labels: Sequence[str], measures: np.ndarray) -> list[set[str]]:
    """Compare each sound with its class: the darkest and brightest, shortest and longest third.

    Parameters
    ----------
    labels : sequence of str
        Class of each sound.
    measures : np.ndarray [shape=(n, 2)]
        `training.measures.MEASURES` of each sound.

    Returns
    -------
    list of set of str
        Attributes of each sound.
    """
    names = np.array(labels)
    found: list[set[str]] = [set() for _ in labels]
    for label in sorted(set(labels)):
        members = np.nonzero(names == label)[0]
        peers = members if len(members) >= _FEW else np.arange(len(names))
        for column, measure in enumerate(MEASURES):
            low, high = np.quantile(measures[peers, column], _QUANTILES)
            small, large = _MEASURED[measure]
            for member in members:
                value = measures[member, column]
                if value < low:
                    found[member].add(small)
                elif value > high:
                    found[member].add(large)
    return found


def _base(label: str, name: str | None, rng: random.Random) -> tuple[str, frozenset[str]]:
    """Pick a family word, the maker's own name, the class's name or a synonym."""
    entry, roll = CLASSES[label], rng.random()
    if roll < 0.10:
        family = rng.choice(entry.families)
        return rng.choice(FAMILIES[family]), classes_of_family(family)
    if roll < 0.25 and name:
        return name.lower(), frozenset([label])
    if roll < 0.50:
        return label, frozenset([label])
    return rng.choice(entry.wordings), frozenset([label])


def make_caption(
    label: str, name: str | None, attributes: Sequence[str], rng: random.Random
) -> Caption:
    """Write one caption of a sound.

    Parameters
    ----------
    label : str
        Its class.
    name : str or None
        The maker's wording, used now and then; None for sounds that were generated.
    attributes : sequence of str
        Keys of `ATTRIBUTES` that hold for it.
    rng : random.Random
        Where the choices come from; the same state gives the same caption.
    """
    base, classes = _base(label, name, rng)
    used: list[str] = []
    if attributes and rng.random() < 0.5:
        count = 2 if len(attributes) > 1 and rng.random() < 0.2 else 1
        used = rng.sample(sorted(attributes), count)
        words = [rng.choice(ATTRIBUTES[attribute]) for attribute in used]
        base = " ".join([*words, base])
    if rng.random() < 0.08:
        base = f"{base} {rng.choice(_SUFFIXES)}"
    text = rng.choice(_TEMPLATES).format(base) if rng.random() < 0.6 else base
    return Caption(text.lower(), classes, frozenset(used))


def caption_bank(sounds: Sequence[Mapping], per_sound: int, seed: int) -> list[list[Caption]]:
    """Write `per_sound` captions of each sound.

    Parameters
    ----------
    sounds : sequence of mapping
        With "label", "name" (or None) and "attributes".
    """
    rng = random.Random(seed)
    return [
        [
            make_caption(sound["label"], sound["name"], sound["attributes"], rng)
            for _ in range(per_sound)
        ]
        for sound in sounds
    ]
