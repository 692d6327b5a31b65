"""Rankings by measures: they follow the descriptor, exactly, whichever way they are found."""

from __future__ import annotations

from pathlib import Path

import pytest

import sqlclap
from sqlclap import Query, SearchOptions
from sqlclap.errors import QueryError
from tests.cli.running import run, succeed
from tests.support.sounds import noise, tone, write_sound

MEASURED = SearchOptions(measures=True)


@pytest.fixture
def library(filled: sqlclap.Library, sounds: Path) -> sqlclap.Library:
    """A library of thirty-six sounds of many pitches and lengths."""
    for number in range(24):
        seconds = 0.5 + 0.05 * (number * 7 % 24)
        write_sound(sounds / "more" / f"tone-{number}.wav", tone(90 + 41 * number, seconds))
    for seed in range(6):
        write_sound(sounds / "more" / f"noise-{seed}.wav", noise(10 + seed))
    filled.ingest([sounds])
    return filled


def rows(matches: sqlclap.Matches) -> list[tuple[int, float]]:
    return [(one.sample_id, one.score) for one in matches]


def test_the_order_follows_the_measure(library: sqlclap.Library) -> None:
    lengths = [one.duration_s for one in library.search("very short", 36, MEASURED)]
    half = len(lengths) // 2
    assert sum(lengths[:half]) < sum(lengths[half:])
    opposite = [one.duration_s for one in library.search("not very short", 36, MEASURED)]
    assert sum(opposite[:half]) > sum(opposite[half:])
    plain = library.search("deep kick", 5)
    assert plain.understood == ()
    by_vector = library.search(library.encoder.embed_text("deep kick"), 5)
    assert [one.sample_id for one in plain] == [one.sample_id for one in by_vector]


def test_the_index_gives_the_rows_of_a_scan(library: sqlclap.Library) -> None:
    library.index.build()
    for text in ("deep kick", "short snare, not loud", "bright", "kick not a drum", "long birds"):
        for n in (3, 30):
            scanned = library.search(text, n, SearchOptions(measures=True, exact=True))
            assert rows(library.search(text, n, MEASURED)) == rows(scanned)
        moments = library.search(text, 20, SearchOptions(measures=True, moments=True))
        exact = SearchOptions(measures=True, moments=True, exact=True)
        assert rows(moments) == rows(library.search(text, 20, exact))


def test_filters_among_words_join_those_given(library: sqlclap.Library) -> None:
    options = SearchOptions(measures=True, max_length=2.0, where="pitch_hz > 0 -- tones")
    found = library.search("mono kick under 1 s, over 0.7 seconds", 50, options)
    assert found
    assert all(0.7 <= one.duration_s <= 1.0 and "tone" in one.path for one in found)
    with pytest.raises(QueryError, match="min_length is above max_length"):
        library.search("kick over 3 s", 5, options)
    with pytest.raises(QueryError, match="expected words for what is wanted as well"):
        library.search("not a kick", 5, MEASURED)


def test_a_composed_query_takes_them_too(library: sqlclap.Library) -> None:
    whole = library.find(Query().more("kick").less("snare"), 20)
    named = library.find(Query().more("kick, not a snare"), 20, MEASURED)
    assert rows(named) == rows(whole)
    near = library.find(Query().more("deep").like(3), 20, MEASURED)
    assert str(near.understood[0]) == "deep -> low pitch and brightness"


def test_the_command_tells_what_it_understood(library: sqlclap.Library) -> None:
    model = str(library.encoder.bundle.folder)
    shown = succeed("search", library.path, "deep kick", "--measures", "--model", model)
    assert shown.startswith("Understood: deep -> low pitch and brightness\n")
    asked = ("search", library.path, "deep kick", "--measures", "--json", "--model", model)
    assert "Understood: deep" in run(*asked).stderr
    assert "Understood" not in succeed("search", library.path, "deep kick", "--model", model)
