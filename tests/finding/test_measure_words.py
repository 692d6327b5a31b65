"""Words for measures are told from words for sounds."""

from __future__ import annotations

from typing import Any

import pytest

from sqlclap.descriptor_columns import NAMES
from sqlclap.finding.measure_words import Known, Understanding, measured_columns, understand
from sqlclap.search.fields import FILTERS

FIELDS = frozenset(one.name for one in FILTERS)
KNOWN = Known(frozenset(measured_columns()), FIELDS | {"min_tempo", "max_tempo", "key"})


def read(text: str) -> Understanding:
    return understand(text, KNOWN)


@pytest.mark.parametrize(
    ("text", "words", "measures"),
    [
        ("deep kick", "kick", {"deep": 1.0}),
        ("a very deep kick, not bright", "kick", {"very deep": 1.5, "not bright": -1.0}),
        ("Short, LOUD snare", "snare", {"Short": 1.0, "LOUD": 1.0}),
        ("snare but not very loud", "snare", {"not very loud": -1.5}),
        ("not bright kick", "kick", {"not bright": -1.0}),
        ("a brighter and slightly longer pad", "pad", {"brighter": 1.0, "slightly longer": 0.5}),
        ("high hat", "high hat", {}),  # a thing, and not high
        ("short high-hat", "high-hat", {"short": 1.0}),
        ("deep house pad", "deep house pad", {}),
        ("deepest", "deepest", {"deepest": 1.0}),  # the model is asked, too
        ("birds singing", "birds singing", {}),
        ("a deep-sea drone", "a deep-sea drone", {}),
        ('"deep" kick', "deep kick", {}),  # quotes leave words to the model
        ('"deep" short kick', "deep kick", {"short": 1.0}),
        ("", "", {}),
    ],
)
def test_qualities_become_measures(text: str, words: str, measures: dict[str, float]) -> None:
    found = read(text)
    assert (found.words, {one.words: one.weight for one in found.measures}) == (words, measures)
    assert bool(found.told) == bool(measures)


@pytest.mark.parametrize(
    ("text", "words", "fields", "conditions"),
    [
        ("snare under 2 s", "snare", {"max_length": 2}, ()),
        ("under 300ms", "under 300ms", {"max_length": 0.3}, ()),
        ("rain longer than 1.5 minutes", "rain", {"min_length": 90}, ()),
        ("drone below 100 Hz", "drone", {"max_pitch": 100}, ()),
        ("mono kick at 96 kHz", "kick", {}, ("sample_rate = 96000", "channels = 1")),
        ("loop at 128 bpm", "loop", {"min_tempo": 124.16, "max_tempo": 131.84}, ()),
        ("pad in A minor", "pad", {"key": "A minor"}, ()),
        ("pad in F#m", "pad", {"key": "F# minor"}, ()),
        ("pad in the key of e flat major", "pad", {"key": "Eb major"}, ()),
        ("808 kick", "808 kick", {}, ()),
    ],
)
def test_numbers_with_units_become_filters(
    text: str, words: str, fields: dict[str, Any], conditions: tuple[str, ...]
) -> None:
    found = read(text)
    assert (found.words, found.fields, found.conditions) == (words, fields, conditions)


@pytest.mark.parametrize(
    ("text", "words", "unwanted"),
    [
        ("kick, not a snare", "kick", ("snare",)),
        ("kick not a snare under 2 s", "kick", ("snare",)),
        ("rain without wind but long", "rain", ("wind",)),
        ("drums no reverb, short", "drums", ("reverb",)),
        ("not a deep kick", "", ("deep kick",)),
    ],
)
def test_what_is_not_wanted_is_a_term(text: str, words: str, unwanted: tuple[str, ...]) -> None:
    found = read(text)
    assert (found.words, found.unwanted) == (words, unwanted)


def test_it_tells_what_it_understood() -> None:
    told = "; ".join(map(str, read("deep loop, not bright, 128 bpm, not a snare").told))
    assert told == (
        "deep -> low pitch and brightness; not bright -> the opposite of high brightness; "
        "128 bpm -> tempo 124.16-131.84; not a snare -> less 'snare'"
    )


def test_what_a_library_does_not_have_stays_words() -> None:
    bare = Known(frozenset(), frozenset())
    assert understand("deep kick at 128 bpm in A minor", bare).words == (
        "deep kick at 128 bpm in A minor"
    )


def test_words_are_about_descriptors_that_there_are() -> None:
    assert set(measured_columns()) - set(NAMES) == set()
    assert {"loudness_momentary", "decay", "flatness", "stereo_width"} <= set(measured_columns())


def test_prose_is_left_alone() -> None:
    assert read("deep " * 300).told == ()
    assert read("deep\x00kick").told == ()
