"""The taxonomy is coherent, and names become the classes that they should."""

from __future__ import annotations

from typing import Any

import pytest

from training.captions import ATTRIBUTES
from training.corpus.files import KitSample, class_of_kit_sample
from training.procedural.catalogue import MAKERS
from training.taxonomy.classes import (
    CLASSES,
    FAMILIES,
    classes_of_family,
    read_toml,
    unseen_synonym,
)
from training.taxonomy.general_midi import EFFECTS, PERCUSSION, PROGRAMS
from training.taxonomy.names import class_of_file_name, class_of_lmms_path, class_of_sonic_pi


def test_every_family_is_used_and_every_class_has_known_families() -> None:
    for entry in CLASSES.values():
        assert entry.families
        assert set(entry.families) <= set(FAMILIES)
    assert all(classes_of_family(family) for family in FAMILIES)


def test_every_label_anywhere_is_a_class() -> None:
    files: dict[str, Any] = read_toml("files.toml")
    labels = {label for label, _ in files["rules"]}
    labels |= set(files["sonic_pi"].values()) | set(files["lmms"].values())
    labels |= {label for label, _ in PROGRAMS} | set(PERCUSSION.values())
    labels |= {label for _, _, label, _ in EFFECTS} | set(MAKERS)
    assert labels - {""} <= set(CLASSES)


def test_general_midi_has_128_programs() -> None:
    assert len(PROGRAMS) == 128


def test_the_synonym_kept_back_is_in_no_wording() -> None:
    kept_back = {name: unseen_synonym(entry) for name, entry in CLASSES.items()}
    assert sum(word is not None for word in kept_back.values()) > 40
    for name, word in kept_back.items():
        assert word not in CLASSES[name].wordings


def test_attribute_words_are_lower_case() -> None:
    assert all(word == word.lower() for words in ATTRIBUTES.values() for word in words)


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("Kick 01", "kick"),
        ("Hi-Hat closed", "closed hat"),
        ("HH Semi Open", "open hat"),
        ("Pedal Hat", "pedal hat"),
        ("Snare Rimshot", "rimshot"),
        ("Crash 16", "crash"),
        ("Ride Bell", "ride"),
        ("unheard of", None),
    ],
)
def test_instrument_names(name: str, label: str | None) -> None:
    assert class_of_file_name(name) == label


def test_sonic_pi_and_lmms_names() -> None:
    assert class_of_sonic_pi("bd_haus") == "kick"
    assert class_of_sonic_pi("ambi_choir") == "choir"
    assert class_of_sonic_pi("loop_amen") == "drum loop"
    assert class_of_sonic_pi("elec_flip") is None
    assert class_of_lmms_path("basses/bass_acid01.ogg") == "synth bass"
    assert class_of_lmms_path("drums/hihat_opened01.ogg") == "open hat"
    assert class_of_lmms_path("misc/hit01.ogg") is None


def test_a_kit_is_told_apart_by_file_where_the_instrument_is_ambiguous() -> None:
    assert class_of_kit_sample(KitSample("Crash/Ride", "CrashRide-Bell.wav", 0, 1)) == "ride"
    assert class_of_kit_sample(KitSample("FX", "fx.wav", 0, 1)) is None
