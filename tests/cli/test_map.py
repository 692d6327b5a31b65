"""``sqlclap map`` and ``sqlclap cluster``, as a user runs them."""

from __future__ import annotations

from pathlib import Path

import pytest

import sqlclap
from tests.cli.running import fail, rows_of, succeed


@pytest.fixture
def arguments(filled: sqlclap.Library, fake_bundle: Path) -> list[str]:
    """A library of six sounds."""
    return [str(filled.path), "--model", str(fake_bundle)]


def test_a_map_is_drawn_kept_and_pictured(arguments: list[str], tmp_path: Path) -> None:
    first = rows_of("map", *arguments, "--png", tmp_path / "map.png")
    assert (first["fitted"], first["new"], first["points"]) == (True, 6, 6)
    assert Path(first["pictures"][0]).read_bytes().startswith(b"\x89PNG")
    again = rows_of("map", *arguments)
    assert (again["fitted"], again["new"], again["layout_id"]) == (False, 0, first["layout_id"])
    refitted = rows_of("map", *arguments, "--refit", "--neighbors", "3")
    assert refitted["fitted"]
    assert refitted["params"]["neighbors"] == 3
    assert refitted["aligned_to"] == first["layout_id"]
    assert "up to date" in succeed("map", *arguments)


def test_clusters_are_found_and_renamed(arguments: list[str]) -> None:
    found = rows_of("cluster", *arguments, "--min-size", "2")
    assert sum(row["sounds"] for row in found["clusters"]) == 6
    assert "sounds in none" in succeed("cluster", *arguments)
    numbers = [row["cluster"] for row in found["clusters"] if row["cluster"] >= 0]
    if numbers:
        renamed = rows_of("cluster", *arguments, "--rename", str(numbers[0]), "mine")
        assert "mine" in {row["name"] for row in renamed["clusters"]}


def test_what_can_not_be_done_is_told(arguments: list[str], tmp_path: Path) -> None:
    assert "neighbors" in fail("map", *arguments, "--neighbors", "1")
    assert "no clusters yet" in fail("cluster", *arguments, "--rename", "1", "mine")
    words = tmp_path / "words.txt"
    words.write_text("# none\n", encoding="utf-8")
    assert "no names" in fail("cluster", *arguments, "--vocabulary", words)


@pytest.mark.parametrize("picture", ["nowhere/map.png", "map.jpeg"])
def test_a_picture_that_can_not_be_written_is_told_before_the_map_is_drawn(
    arguments: list[str], tmp_path: Path, filled: sqlclap.Library, picture: str
) -> None:
    assert "map." in fail("map", *arguments, "--png", tmp_path / picture)
    assert filled.connection.execute("SELECT count(*) FROM layouts").get == 0
