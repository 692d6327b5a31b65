"""Files that a set could not take in, and what is measured of its sounds: as of one library."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

import sqlclap
from sqlclap.cli import info
from sqlclap.errors import PartialAnswerError
from sqlclap.shards import SetOptions, open_set
from sqlclap.shards.failures import FailedFile, ListFailures
from sqlclap.shards.making import init_set
from sqlclap.shards.node import Node, NodeOptions
from sqlclap.shards.protocol import entry_of
from tests.cli.running import fail, rows_of, run, succeed
from tests.support.sounds import tone, write_sound
from tests.support.spread_sounds import spread_folders

UNTIMED = ("root", "path", "stage", "reason")
BROKEN = 9


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a set and a library of the same sounds, of which some can't be read."""
    folder = tmp_path_factory.mktemp("failures")
    with init_set(folder / "set.toml", 3) as made:
        sounds = next(spread_folders(made, [f"broken-{one}.wav" for one in range(BROKEN)]))
        for number in range(BROKEN):
            write_sound(sounds / f"tone-{number}.wav", tone(110 * (number + 1)))
            (sounds / f"broken-{number}.wav").write_text(f"no sound {number}")
        assert len(made.ingest([sounds]).failed) == BROKEN
    with sqlclap.open(folder / "one.db") as library:
        library.ingest([sounds])
    return folder


@pytest.fixture
def folder(built: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(built, tmp_path / "copy"))


def untimed(rows: list[dict[str, object]]) -> list[list[object]]:
    return [[row[name] for name in UNTIMED] for row in rows]


def test_failures_are_those_of_one_library(folder: Path) -> None:
    with sqlclap.open(folder / "one.db", mode="read") as library:
        wanted = library.failures()
    with open_set(folder / "set.toml") as opened:
        found = opened.failures()
        assert untimed(found) == untimed(wanted)
        assert len(found) == BROKEN
        assert found.reach.is_whole
    of_set = rows_of("info", folder / "set.toml", "--failures")
    assert untimed(of_set["failures"]) == untimed(wanted)
    assert sum(one["failures"] for one in of_set["shards"]) == BROKEN
    told = succeed("info", folder / "set.toml", "--failures")
    assert told == succeed("info", folder / "one.db", "--failures")
    assert "broken-0.wav" in told


def test_descriptors_are_counted_as_those_of_one_library(folder: Path) -> None:
    wanted = succeed("info", folder / "one.db", "--descriptors")
    assert succeed("info", folder / "set.toml", "--descriptors") == wanted
    found = rows_of("info", folder / "set.toml", "--descriptors")["descriptors"]
    assert found == rows_of("info", folder / "one.db")["descriptors"]
    assert "descriptors" not in rows_of("info", folder / "set.toml")


def test_a_shard_that_is_gone_is_told_or_an_error(folder: Path) -> None:
    path = folder / "set.toml"
    (folder / "set-0002.db").rename(folder / "away.db")
    with open_set(path) as opened:
        found = opened.failures()
        assert [one.shard for one in found.reach.missing] == [2]
        assert 0 < len(found) < BROKEN
    for what in ("--failures", "--descriptors"):
        result = run("info", path, what, "--json")
        assert result.exit_code == 0
        assert "2 of 3 shards answered" in result.stderr
        assert "shard 2" in fail("info", path, what, "--require-all")
    assert len(json.loads(run("info", path, "--failures", "--json").stdout)["failures"]) == len(
        found
    )
    with (
        open_set(path, SetOptions(require_all=True)) as opened,
        pytest.raises(PartialAnswerError, match="shard 2"),
    ):
        opened.failures()
    assert run("info", path, "--require-all").exit_code == 2


def test_a_node_tells_no_folders(folder: Path) -> None:
    node = Node(folder / "set.toml", NodeOptions("0123456789abcdef"))
    shards = node.shards
    with sqlclap.open(shards[1].path) as library:
        library.connection.execute(
            "UPDATE ingest_failures SET reason = 'can''t open /secret/place/x.wav'"
        )
    entries = [entry_of(one) for one in shards.values()]
    parts = node.answer({"shards": entries, "job": ListFailures(), "known": {}})["parts"]
    rows: list[FailedFile] = [one for part in parts.values() for one in part]
    assert len(rows) == BROKEN
    assert {one.root for one in rows} == {""}
    assert {one.reason for one in parts[1]} == {"can't open x.wav"}
    node.close()
    shown = next(one for one in info.FAILURES if one.title == "file")
    assert shown.show(rows[0]._asdict()) == rows[0].path
