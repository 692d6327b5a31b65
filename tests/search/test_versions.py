"""Copies, other formats, other lengths and velocity layers are told apart, and one is kept."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

import sqlclap
from sqlclap.errors import QueryError
from sqlclap.search.duplicate_kinds import Measured, arrange, kind_between
from tests.page.conftest import open_site
from tests.page.visiting import Site
from tests.support.sounds import RATE, noise, tone, write_sound

__all__ = ["open_site"]  # a fixture

A = Measured(1, "a", 1.0, "WAV/PCM_16", 44100, 1, -6.0, -12.0)


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        ({"content": "a"}, "copy"),
        ({"content": "a", "peak_db": -12.0, "rms_db": -18.0}, "copy"),
        ({}, "near"),
        ({"peak_db": -7.1, "rms_db": -13.1}, "level"),
        ({"peak_db": -6.9, "rms_db": -12.9}, "near"),
        ({"rms_db": -15.0}, "level"),  # softer, with as high a peak
        ({"peak_db": -4.0}, "near"),  # a lossy encoder's overshoot
        ({"rms_db": -15.0, "duration_s": 2.0}, "length"),  # silence at the end
        ({"peak_db": -12.0, "rms_db": -18.0, "duration_s": 2.0}, "level"),
        ({"duration_s": 1.05}, "near"),
        ({"duration_s": 1.07}, "length"),
        ({"format": "OGG/VORBIS"}, "format"),
        ({"sample_rate": 48000}, "format"),
        ({"channels": 2}, "format"),
        ({"format": "MP3/MPEG_LAYER_III", "duration_s": 1.05}, "format"),
        ({"peak_db": None, "rms_db": None, "duration_s": None}, "near"),
    ],
)
def test_how_two_sounds_are_alike(changes: dict[str, Any], kind: str) -> None:
    other = replace(replace(A, sample_id=2, content="b"), **changes)
    assert kind_between(A, other) == kind_between(other, A) == kind


def test_sounds_without_a_hash_are_no_copies() -> None:
    assert kind_between(replace(A, content=""), replace(A, content="", sample_id=2)) == "near"


@pytest.mark.parametrize(
    ("better", "reason"),
    [
        ({"marks": True}, "people spoke of it"),
        ({"format": "FLAC/PCM_24"}, "more bits"),
        ({"sample_rate": 96000}, "higher sample rate"),
        ({"duration_s": 1.04}, "longer"),
    ],
)
def test_the_better_one_is_kept(better: dict[str, Any], reason: str) -> None:
    other = replace(replace(A, sample_id=2, content="b"), **better)
    first, second = arrange([A, other])
    assert first.keep_reason is None
    assert second.keep_reason is not None
    assert second.keep_reason.startswith(reason)


def test_what_is_lossless_is_kept_before_what_is_longer_or_of_a_higher_rate() -> None:
    lossy = replace(
        A, content="b", format="OGG/VORBIS", sample_rate=96000, duration_s=1.04, sample_id=1
    )
    reasons = [place.keep_reason for place in arrange([lossy, replace(A, sample_id=2)])]
    assert reasons == [None, "lossless"]


def test_of_what_is_equal_the_oldest_is_kept() -> None:
    reasons = [place.keep_reason for place in arrange([A, replace(A, sample_id=2)])]
    assert reasons == ["in the library longest", None]


def test_each_level_keeps_one() -> None:
    """A soft layer's copy is a copy of the soft layer, not of the loud one."""
    soft = replace(A, sample_id=3, content="soft", peak_db=-12.0, rms_db=-18.0)
    places = arrange([A, replace(A, sample_id=2), soft, replace(soft, sample_id=4)])
    assert [(place.kind, place.of) for place in places] == [
        (None, None), ("copy", 1), ("level", 1), ("copy", 3),
    ]  # fmt: skip
    assert [place.keep_reason is not None for place in places] == [True, False, True, False]


@pytest.fixture
def layered(tmp_path: Path) -> Path:
    """A library of one hit: two velocity layers, copies, a FLAC, an Ogg; and another sound."""
    folder = tmp_path / "kit"
    hit = noise(3, seconds=0.5)
    hit = hit * np.exp(-np.linspace(0, 6, len(hit)))
    write_sound(folder / "hit_loud.wav", hit)
    write_sound(folder / "hit_soft.wav", 0.25 * hit)
    shutil.copy(folder / "hit_soft.wav", folder / "hit_soft_copy.wav")
    soundfile.write(folder / "lossy.ogg", hit, RATE, format="OGG", subtype="VORBIS")
    soundfile.write(folder / "lossless.flac", hit, RATE, subtype="PCM_24")
    write_sound(folder / "other.wav", tone(300))
    with sqlclap.open(tmp_path / "sounds.db") as library:
        library.ingest([folder])
    return tmp_path / "sounds.db"


def test_velocity_layers_are_no_copies(layered: Path) -> None:
    with sqlclap.open(layered, mode="read") as library:
        (group,) = library.duplicates(0.98)
        told = {sound.path: (sound.kind, sound.keep, sound.keep_reason) for sound in group.sounds}
        levels = library.duplicates(0.98, kinds=["level"])
        with pytest.raises(QueryError, match="expected kinds of copy, format, near, length, level"):
            library.duplicates(kinds=["same"])
    assert told["hit_soft.wav"][:2] == ("level", True)
    assert told["hit_soft_copy.wav"][:2] == ("copy", False)
    assert told["lossy.ogg"] == ("format", False, None)
    assert told["lossless.flac"] == ("format", True, "more bits a sample")
    assert group.kind == "level"
    assert [[sound.path for sound in one.sounds] for one in levels] == [
        ["hit_loud.wav", "hit_soft.wav"]
    ]


def test_the_ready_query_judges_pairs_alike(layered: Path, open_site: Callable[..., Site]) -> None:
    site = open_site(layered)
    asked = {"_shape": "objects", "least": 0.98}
    rows = site.anyone.get("/sounds/sqlclap_near_duplicates.json", params=asked).json()["rows"]
    site.close()
    assert {row["kind"] for row in rows} >= {"copy", "level"}
    query = """
        SELECT sample_id, content_hash, duration_s, format, sample_rate, channels, peak_db, rms_db
        FROM samples
    """
    with sqlclap.open(layered, mode="read") as library:
        known = {row[0]: Measured(*row) for row in library.connection.execute(query)}
    for row in rows:
        one, other = known[row["sample_id"]], known[row["other_id"]]
        kind = kind_between(one, other)
        first, second = (place.keep_reason is not None for place in arrange([one, other]))
        assert row["kind"] == kind
        expected = {(True, True): "both", (True, False): row["sample_id"]}
        assert row["keep"] == expected.get((first, second), row["other_id"])
