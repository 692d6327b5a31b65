"""Captions: repeatable, true to the sound, never with a synonym that is kept back."""

from __future__ import annotations

import random

import numpy as np

from training.captions import ATTRIBUTES, caption_bank, make_caption, measured_attributes
from training.taxonomy.classes import CLASSES, unseen_synonym

SOUNDS = [
    {"label": label, "name": "The Maker's Name", "attributes": ["dark", "roomy"]}
    for label in sorted(CLASSES)
]


def test_the_same_seed_gives_the_same_captions() -> None:
    assert caption_bank(SOUNDS, 4, seed=1) == caption_bank(SOUNDS, 4, seed=1)
    assert caption_bank(SOUNDS, 4, seed=1) != caption_bank(SOUNDS, 4, seed=2)


def test_a_caption_fits_its_own_sound() -> None:
    for sound, captions in zip(SOUNDS, caption_bank(SOUNDS, 20, seed=3), strict=True):
        for caption in captions:
            assert sound["label"] in caption.classes
            assert caption.attributes <= set(sound["attributes"])
            assert caption.text == caption.text.lower()


def test_an_attribute_asked_for_is_in_the_text() -> None:
    rng = random.Random(4)
    for _ in range(200):
        caption = make_caption("snare", None, ["bright"], rng)
        if caption.attributes:
            assert any(word in caption.text for word in ATTRIBUTES["bright"])


def test_synonyms_kept_back_are_never_a_caption() -> None:
    kept_back = unseen_synonym(CLASSES["claves"]) or unseen_synonym(CLASSES["kick"])
    texts = {c.text for cs in caption_bank(SOUNDS, 50, seed=5) for c in cs}
    assert kept_back
    assert kept_back not in texts


def test_measures_compare_a_sound_with_its_own_class() -> None:
    labels = ["kick"] * 10 + ["ride"] * 10
    brightness = np.concatenate([np.linspace(5, 7, 10), np.linspace(11, 13, 10)])
    measures = np.stack([brightness, np.ones(20)], axis=1)
    found = measured_attributes(labels, measures)
    assert "dark" in found[0]
    assert "bright" in found[9]
    assert "dark" in found[10]
    assert "bright" in found[19]
    assert not found[5]
