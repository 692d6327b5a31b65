"""Tiles of spectrograms and what lies where in a sound, over HTTP."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import sqlclap
from sqlclap.audio.decode import open_audio
from sqlclap.audio.spectrogram import SpectrogramGrid, spectrogram_columns
from tests.page.visiting import Site
from tests.support.sounds import noise, tone, write_sound

TILE = "sample/1/spectrogram/tile"


@pytest.fixture(scope="module")
def long_sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A library of one sound of 20 s: more than a group of tiles. Not to be written to."""
    folder = tmp_path_factory.mktemp("long")
    write_sound(folder / "sounds" / "a.wav", noise(1, 20) + tone(2_000, 20))
    with sqlclap.open(folder / "own.db") as library:
        library.ingest([folder / "sounds"])
    return folder / "own.db"


def test_tiles_are_the_sounds_own_spectrogram(
    long_sound: Path, open_site: Callable[..., Site]
) -> None:
    visitor = open_site(long_sound).visitor(database="own")
    told = visitor.json("sample/1/spectrogram")
    assert (told["sample_rate"], told["duration_s"], told["n_fft"]) == (16_000, 20.0, 1024)
    for level in (0, 5):
        grid = SpectrogramGrid(1024, level)
        with open_audio(long_sound.parent / "sounds" / "a.wav") as stream:
            whole = spectrogram_columns(stream, grid, range(grid.columns(320_000)))
        count = -(-len(whole) // told["tile_columns"])
        asked = [{"level": level, "tile": at, "version": told["version"]} for at in range(count)]
        tiles = [visitor.get(TILE, params=one).content for one in asked]
        assert b"".join(tiles) == whole.tobytes()
        assert [len(one) for one in tiles[:-1]] == [256 * 512] * (count - 1)


def test_a_tile_is_kept_for_good_as_long_as_its_sound_is_the_same(
    tmp_path: Path, open_site: Callable[..., Site]
) -> None:
    file = write_sound(tmp_path / "sounds" / "a.wav", tone(500, 1))
    with sqlclap.open(tmp_path / "own.db") as library:
        library.ingest([file.parent])
    visitor = open_site(tmp_path / "own.db").visitor(database="own")
    version = visitor.json("sample/1/spectrogram")["version"]
    named = visitor.get(TILE, params={"version": version})
    assert "immutable" in named.headers["cache-control"]
    assert visitor.get(TILE).headers["cache-control"] == "private, no-cache"
    seen = {"if-none-match": named.headers["etag"]}
    assert visitor.get(TILE, headers=seen).status_code == 304
    write_sound(file, tone(900, 1))
    changed = visitor.get(TILE, params={"version": version}, headers=seen)
    assert (changed.status_code, changed.headers["cache-control"]) == (200, "private, no-cache")
    assert changed.content != named.content
    file.unlink()
    for path in (TILE, "sample/1/spectrogram"):
        gone = visitor.get(path)
        assert (gone.status_code, "is gone" in gone.json()["error"]) == (404, True)


@pytest.mark.parametrize(
    ("asked", "status", "says"),
    [
        ("n_fft=1000", 400, "expected an n_fft of 256, 512, 1024, 2048, 4096"),
        ("level=25", 400, "expected level from 0 to 24"),
        ("tile=1&level=9", 400, "expected tile from 0 to 0"),
        ("tile=-1", 400, "expected tile from 0"),
        ("path=/etc/passwd", 400, "unknown argument path"),
    ],
)
def test_what_is_no_tile_is_told(
    long_sound: Path, open_site: Callable[..., Site], asked: str, status: int, says: str
) -> None:
    answer = open_site(long_sound).visitor(database="own").get(f"{TILE}?{asked}")
    assert (answer.status_code, says in answer.json()["error"]) == (status, True)


@pytest.mark.parametrize("path", ["spectrogram", "spectrogram/tile", "events"])
def test_who_may_not_see_sounds_gets_no_picture(
    library: Path, open_site: Callable[..., Site], path: str
) -> None:
    site = open_site(library, hidden_table="samples")
    assert site.anyone.get(f"sample/2/{path}").status_code == 403
    assert site.local.get(f"sample/2/{path}").status_code == 200


def test_who_may_not_see_votes_gets_no_events(
    library: Path, open_site: Callable[..., Site]
) -> None:
    site = open_site(library, hidden_table="votes")
    assert site.anyone.get("sample/2/events").status_code == 403
    assert site.anyone.get("sample/2/spectrogram").status_code == 200


def test_spans_that_are_spoken_of_are_told(library: Path, open_site: Callable[..., Site]) -> None:
    visitor = open_site(library).local
    span: dict[str, Any] = {"sample_ids": [4], "start_s": 0.1, "end_s": 0.3}
    visitor.post("api/anchors", {"label": "hiss", "create": True, **span})
    visitor.post("api/votes", {"label": "hiss", "verdict": "unsure", **span})
    visitor.post("api/votes", {"label": "hiss", "verdict": "accept", **span})
    visitor.post("api/tags/by-hand", {"label": "hiss", **span})
    told = visitor.json("sample/4/events", label="hiss", confidence="low", q="noise")
    place = {"start_s": 0.1, "end_s": 0.3}
    assert told["anchor_of"] == [{"label": "hiss", "polarity": "positive", "weight": 1.0} | place]
    assert [one["verdict"] for one in told["votes"]] == ["accept"]
    assert [one["confidence"] for one in told["tags"]] == ["hand"]
    assert {one["sample_id"] for one in told["matches"] + told["found"]} == {4}
    assert visitor.get("sample/4/events?label=none").status_code == 404
    assert visitor.get("sample/99/events").status_code == 404
