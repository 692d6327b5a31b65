"""Whatever shows a sound with a score says that the model hardly hears it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import sqlclap
from sqlclap.labels.votes import CastVote
from tests.cli.running import rows_of, succeed
from tests.support.sounds import noise, tone, write_sound

REMARK = "bats/bat.wav  (hardly heard)"
COMMANDS = [
    ("matches", "noise"),
    ("tags",),
    ("classify", "--labels", "white noise, kick drum"),
    ("label", "suggest", "white noise", "-n", "20"),
    ("duplicates", "--threshold", "0.5"),
    ("similar", "tone.wav", "-n", "20"),
    ("search", "white noise", "-n", "20"),
]
SQL = [
    "SELECT path, heard_share FROM clap_label_matches('noise', 20)",
    "SELECT s.path, m.value ->> 'heard_share' AS heard_share FROM "
    "json_each(clap_matches('noise', 20)) AS m JOIN samples AS s "
    "ON s.sample_id = m.value ->> 'sample_id'",
    "SELECT path, heard_share FROM label_matches WHERE label = 'noise'",
    "SELECT s.path, l.heard_share FROM label_scores AS l JOIN samples AS s USING (sample_id)",
    "SELECT path, heard_share FROM clap_search('white noise', 20)",
]


def write_bat(file: Path) -> None:
    """Write half a second of a call at 45 kHz, with a rustle that can be heard."""
    bat = 0.5 * np.sin(2 * np.pi * 45_000 * np.arange(96_000) / 192_000)
    write_sound(file, (bat + 0.01 * noise(1, 0.5, 192_000)).astype(np.float32), 192_000)


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sqlclap.Library]:
    """A library with a label that finds a bat."""
    folder = tmp_path_factory.mktemp("hardly-heard")
    for seed in range(3):
        write_sound(folder / "sounds" / f"noise-{seed}.wav", noise(seed))
    write_sound(folder / "sounds" / "tone.wav", tone(220))
    write_bat(folder / "sounds" / "bats" / "bat.wav")
    write_bat(folder / "sounds" / "bats" / "copy.wav")
    with sqlclap.open(folder / "library.db") as opened:
        opened.ingest([folder / "sounds"])
        opened.labels.add("noise", threshold=0.01, gap=0.0)
        opened.labels.add_anchors("noise", ["noise-0.wav", "noise-1.wav"])
        opened.labels.add_anchors("noise", ["tone.wav"], "negative")
        opened.labels.vote("noise", ["bats/bat.wav"], CastVote("unsure"))
        opened.labels.tag_by_hand("noise", ["bats/bat.wav", "noise-2.wav"])
        yield opened


def test_in_python(library: sqlclap.Library) -> None:
    labels = library.labels
    answers: list[Sequence[Any]] = [
        labels.matches("noise"),
        labels.tags("noise"),
        labels.classify(["white noise", "kick drum"]),
        labels.suggest(["white noise"]),
        labels.review("noise", 20).items,
        library.search("white noise", n=20),
        [sound for group in library.duplicates(0.5) for sound in group.sounds],
    ]
    for answer in answers:
        marked = {one.path for one in answer if one.hardly_heard}
        assert marked
        assert marked <= {"bats/bat.wav", "bats/copy.wav"}
        assert all(one.heard_share > 0.99 for one in answer if not one.hardly_heard)
    (vote,) = labels.votes("noise")
    assert vote.hardly_heard


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command[0])
def test_on_the_command_line(library: sqlclap.Library, command: tuple[str, ...]) -> None:
    name, *rest = command
    inner = [rest.pop(0)] if name == "label" else []
    asked = [name, *inner, str(library.path), *rest]
    shown = succeed(*asked)
    assert REMARK in shown
    assert "most of its energy lies outside of what the model hears" in shown
    shares = {one["path"]: one["heard_share"] for one in rows_of(*asked)}
    assert shares["bats/bat.wav"] < 0.01
    assert shares["noise-2.wav"] > 0.99


def test_votes_and_reviews_on_the_command_line(library: sqlclap.Library) -> None:
    assert REMARK in succeed("vote", str(library.path), "noise", "list")
    queue = json.loads(succeed("review", str(library.path), "noise", "--json"))["items"]
    assert {one["path"] for one in queue if one["heard_share"] < 0.5} == {"bats/copy.wav"}


@pytest.mark.parametrize("query", SQL)
def test_in_sql(library: sqlclap.Library, query: str) -> None:
    shares = {one["path"]: one["heard_share"] for one in rows_of("query", str(library.path), query)}
    assert shares["bats/bat.wav"] < 0.01
    assert shares["noise-2.wav"] > 0.99
