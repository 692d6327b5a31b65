"""Queries as people type them are read as words that the model was taught; the change is told."""

from __future__ import annotations

import time

import pytest

from sqlclap.models.vocabulary import TaughtVocabulary
from sqlclap.models.wording import Wording, parse_wording, plain, slips

VOCABULARY = TaughtVocabulary(
    ("kick", "bass drum", "closed hi-hat", "snare", "cowbell", "acoustic guitar", "crow call"),
    frozenset(
        [
            "kick",
            "bass",
            "drum",
            "closed",
            "hi",
            "hat",
            "snare",
            "cowbell",
            "acoustic",
            "guitar",
            "crow",
            "call",
            "clap",
        ]
    ),
    is_complete=True,
)
LIST = """
# A comment.
[de]
kick = große Trommel, Fußtrommel
snare = kleine Trommel
acoustic guitar = Akustikgitarre
[fr]
snare = caisse claire
[es]
kick = bombo
[en]
kick = thumper
snare = kick
[little]
de = ein, eine, mit
"""
ORDINARY = frozenset(["a", "big", "for", "my", "techno", "track", "trommel"])


@pytest.fixture(scope="module")
def wording() -> Wording:
    """A small list of words."""
    return parse_wording(LIST, VOCABULARY)


def read(wording: Wording, text: str) -> str:
    """Return how a text is read."""
    return wording.read(text, ORDINARY.__contains__).text


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("große Trommel", "kick"),
        ("GROSSE TROMMEL", "kick"),
        ("eine kleine Trommel", "snare"),
        ("caisse-claire", "snare"),
        ("bombo", "kick"),
        ("Akustikgitare", "acoustic guitar"),
        ("giutar", "guitar"),
        ("calp", "clap"),
        ("snre", "snare"),
        ("cowbells", "cowbell"),
        ("bassdrum", "bass drum"),
        ("a big kcik for my techno track", "a big kick for my techno track"),
    ],
)
def test_other_languages_slips_and_plurals_are_read(
    wording: Wording, typed: str, meant: str
) -> None:
    assert read(wording, typed) == meant


@pytest.mark.parametrize(
    "text", ["kick", "Closed Hi-Hat", "closed  hi-hat!", "xyzzy qwfp", "808", "кот"]
)
def test_what_is_known_and_what_is_like_nothing_stay_as_typed(wording: Wording, text: str) -> None:
    assert wording.read(text, ORDINARY.__contains__) == (text, ())


def test_changes_are_told_but_plurals(wording: Wording) -> None:
    reading = wording.read("eine große Trommel, snares", ORDINARY.__contains__)
    assert reading.text == "kick snare"
    assert reading.changes == (("große Trommel", "kick"),)


def test_a_list_never_changes_what_was_taught(wording: Wording) -> None:
    assert read(wording, "kick") == "kick"
    assert ("kick",) not in wording.meanings


def test_a_page_of_strange_words_takes_no_time(wording: Wording) -> None:
    text = " ".join(f"qwfp{number}zxcv" for number in range(2000))
    started = time.monotonic()
    read(wording, text)
    assert time.monotonic() - started < 5


def test_accents_and_slips() -> None:
    assert plain("Flûte à BEC, Cœur") == "flute a bec, coeur"
    assert slips("guitar", "guitar", 1) == 0
    assert slips("abcdef", "fedcba", 2) == 3
