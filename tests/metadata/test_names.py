"""Names say a tempo, a key or a category only where that is unmistakable."""

from __future__ import annotations

import pytest

from sqlclap.errors import QueryError
from sqlclap.metadata.keys import key_text, keys_as_stored
from sqlclap.metadata.names import name_entries
from sqlclap.metadata.words import match_expression, split_words


@pytest.mark.parametrize(
    ("stem", "tempo", "key"),
    [
        ("loop_128bpm_Am", "128", "A minor"),
        ("Beat 120 BPM", "120", None),
        ("BPM93_break", "93", None),
        ("bass-Cmin-02", None, "C minor"),
        ("pad_F#maj", None, "F# major"),
        ("Strings A minor", None, "A minor"),
        ("synth_Bbm_01", None, "A# minor"),
        ("128bpm_C_arp", "128", "C"),
        ("arp_D#_90.5 bpm", "90.5", "D#"),
        ("A_kick", None, None),
        ("I Am Legend", None, None),
        ("take a min", None, None),
        ("C_major_fail", None, "C major"),
        ("1280bpm", None, None),
        ("Cminus", None, None),
        ("kick128", None, None),
        ("Gm", None, None),
        ("lead_Gm", None, "G minor"),
    ],
)
def test_tempo_and_key(stem: str, tempo: str | None, key: str | None) -> None:
    found = {one.field: one.value for one in name_entries(stem)}
    assert (found.get("tempo"), found.get("key")) == (tempo, key)


def test_a_universal_category_system_name() -> None:
    found = {e.field: e.value for e in name_entries("WATRSplsh-Pond_Frog Jump_JKL_LIB01")}
    assert found == {
        "cat_id": "WATRSplsh",
        "category": "WATR",
        "subcategory": "Splsh",
        "user_category": "Pond",
        "title": "Frog Jump",
        "originator": "JKL",
        "source": "LIB01",
    }
    assert list(name_entries("MPCKick_01")) == []


def test_keys_have_one_spelling() -> None:
    assert [key_text(one) for one in ("Cb", "e♭ min", "GM", "H", "Am7", "")] == [
        "B", "D# minor", "G major", None, None, None,
    ]  # fmt: skip
    assert keys_as_stored("c") == '["C", "C major", "C minor"]'
    with pytest.raises(QueryError, match="expected a key such as Am"):
        keys_as_stored("loud")


def test_names_are_split_into_words() -> None:
    assert split_words("GlassBreak_02") == "Glass Break 02 GlassBreak"
    assert split_words("808 Kick") == "808 Kick"
    assert split_words("SFXGlass") == "SFX Glass SFXGlass"


def test_expressions_keep_the_syntax_whatever_is_typed() -> None:
    assert match_expression("glass* break") == '("glass"* AND "break")'
    assert match_expression('"glass break" OR jar') == '("glass break") OR ("jar")'
    for nothing in ("", "  ", '"', "()*^:-", "OR", "\0"):
        with pytest.raises(QueryError, match="expected words to look for"):
            match_expression(nothing)
    with pytest.raises(QueryError, match="at most 64 words"):
        match_expression("kick " * 65)
