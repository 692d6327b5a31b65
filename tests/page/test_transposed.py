"""Sounds are looked for at other octaves over HTTP as in Python, within what strangers may ask."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import sqlclap
from sqlclap.db.spans import Span
from tests.page.visiting import Site
from tests.support.sounds import tone, write_sound

OCTAVES = "-12,12"


def told(answer: dict[str, Any]) -> list[tuple[str, float | None, float]]:
    return [(one["path"], one["transposed"], round(one["score"], 4)) for one in answer["matches"]]


def found(matches: sqlclap.Matches) -> list[tuple[str, float | None, float]]:
    return [(one.path, one.transposed, round(one.score, 4)) for one in matches]


@pytest.mark.parametrize("part", [{}, {"start_s": 0.1, "end_s": 0.4}], ids=["whole", "part"])
def test_a_sample_at_other_octaves(site: Site, heard: Path, part: dict[str, float]) -> None:
    answer = site.anyone.json("api/similar", sample=3, n=50, transpose=OCTAVES, **part)
    sound = (3, Span(*part.values())) if part else 3
    with sqlclap.open(heard, mode="read") as library:
        options = sqlclap.SearchOptions(transpose=OCTAVES)
        assert told(answer) == found(library.similar(sound, 50, options))
    assert {one["transposed"] for one in answer["matches"]} - {0}


def test_a_sound_that_is_sent(site: Site, heard: Path, tmp_path: Path) -> None:
    sound = write_sound(tmp_path / "low.wav", tone(110), 8_000).read_bytes()
    answer = site.anyone.upload("api/similar-to?n=4&transpose=12", sound).json()
    with sqlclap.open(heard, mode="read") as library:
        asked = sqlclap.SearchOptions(transpose="12")
        assert told(answer) == found(library.similar(sound, 4, asked))


@pytest.mark.parametrize(
    ("asked", "why"),
    [
        ("-12,12,7", "at most 2 other pitches"),
        ("13", "from -12 to 12 semitones away; got 13"),
        ("high", "expected semitones"),
        ("0", "other than 0"),
    ],
)
def test_more_than_strangers_may_ask(site: Site, asked: str, why: str) -> None:
    sound = site.anyone.get(f"api/similar?sample=3&transpose={asked}")
    sent = site.anyone.upload(f"api/similar-to?transpose={asked}", b"RIFF")
    for answer in (sound, sent):
        assert answer.status_code == 400, answer.text
        assert why in answer.json()["error"]


def test_what_goes_with_one_sound_alone(site: Site) -> None:
    terms = 'query=[{"words":"tone"}]'
    one = 'query=[{"sound":3}]'
    for path in (
        "api/search?q=tone",
        f"api/find?{terms}",
        f"api/find?{one}",
        f"api/find/sql?{one}",
    ):
        answer = site.anyone.get(f"{path}&transpose={OCTAVES}")
        assert answer.status_code == 400, answer.text
        assert "transpose is of one sound" in answer.json()["error"]


def test_a_long_sound_is_not_heard_anew(site: Site, library: Path) -> None:
    with sqlclap.open(library) as opened:
        opened.connection.execute("UPDATE samples SET duration_s = 601 WHERE sample_id = 3")
    answer = site.anyone.get(f"api/similar?sample=3&transpose={OCTAVES}")
    assert answer.status_code == 400, answer.text
    assert "at most 600 s to hear at another pitch" in answer.json()["error"]
    part = site.anyone.json("api/similar", sample=3, start_s=0, end_s=0.3, transpose=OCTAVES)
    assert part["matches"]


def test_a_file_that_has_gone_is_told_without_its_folder(
    tmp_path: Path, open_site: Callable[..., Site]
) -> None:
    file = write_sound(tmp_path / "in" / "one.wav", tone(200))
    write_sound(tmp_path / "in" / "two.wav", tone(300))
    with sqlclap.open(tmp_path / "sounds.db") as made:
        made.ingest([tmp_path / "in"])
        [(gone,)] = made.connection.execute("SELECT sample_id FROM samples WHERE path = 'one.wav'")
    file.unlink()
    answer = open_site(tmp_path / "sounds.db").anyone.get(
        f"api/similar?sample={gone}&transpose={OCTAVES}"
    )
    assert 400 <= answer.status_code < 500, answer.text
    assert "one.wav" in answer.json()["error"]
    assert str(tmp_path) not in answer.text
