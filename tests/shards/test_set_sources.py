"""The folders of a set: listed, changed and removed as those of one library."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import apsw
import pytest

import sqlclap
from sqlclap.errors import IngestError, PartialAnswerError, SetError, UnknownSourceError
from sqlclap.shards import SetOptions, open_set
from sqlclap.shards.making import init_set
from tests.cli.running import fail, rows_of, run, succeed
from tests.support.sounds import tone, write_sound
from tests.support.spread_sounds import spread_folders

SOUNDS = 9


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a set and a library, both of two sources."""
    folder = tmp_path_factory.mktemp("sources")
    with init_set(folder / "set.toml", 3) as made:
        spread = next(spread_folders(made, [f"more-{one}.wav" for one in range(SOUNDS)]))
        (folder / "more").symlink_to(spread)
        for number in range(SOUNDS):
            write_sound(folder / "tones" / f"tone-{number}.wav", tone(110 * (number + 1)))
            write_sound(spread / f"more-{number}.wav", tone(90 * (number + 1)))
        made.ingest([folder / "tones", folder / "more"])
        made.labels.ensure("kick", ["more-0.wav"])
    with sqlclap.open(folder / "one.db") as library:
        library.ingest([folder / "tones", folder / "more"])
    return folder


@pytest.fixture
def folder(built: Path, tmp_path: Path) -> Path:
    """A copy of the libraries; the sounds stay."""
    return Path(
        shutil.copytree(
            built, tmp_path / "copy", ignore=shutil.ignore_patterns("tones", "more", "sounds-*")
        )
    )


def test_sources_are_those_of_one_library(folder: Path, built: Path) -> None:
    listed = {name: succeed("sources", "list", folder / name) for name in ("one.db", "set.toml")}
    assert listed["set.toml"] == listed["one.db"]
    rows = rows_of("sources", "list", folder / "set.toml")
    assert rows == rows_of("sources", "list", folder / "one.db")
    assert [one["samples"] for one in rows] == [SOUNDS, SOUNDS]
    with open_set(folder / "set.toml") as opened, sqlclap.open(folder / "one.db") as library:
        roots = [one.root for one in library.sources.list()]
        assert [one.root for one in opened.sources.list()] == roots
        assert opened.sources.find(built / "more").kind == "tree"
        with pytest.raises(UnknownSourceError, match=r"no source of .*set\.toml; expected one of"):
            opened.sources.find(built)


def test_patterns_go_to_all_shards(folder: Path, built: Path) -> None:
    path = folder / "set.toml"
    told = succeed("sources", "exclude", path, built / "more", "*-[1-4].wav")
    assert told == succeed("sources", "exclude", folder / "one.db", built / "more", "*-[1-4].wav")
    pruned = [succeed("ingest", folder / name, "--prune") for name in ("set.toml", "one.db")]
    assert all("14 unchanged, 4 pruned" in one for one in pruned)
    rows = rows_of("sources", "list", path)
    assert rows == rows_of("sources", "list", folder / "one.db")
    assert [one["exclude"] for one in rows] == [["*-[1-4].wav"], []]
    with pytest.raises(IngestError), open_set(path) as opened:
        opened.sources.exclude(built / "more", [""])


def test_a_source_goes_from_all_shards(folder: Path, built: Path) -> None:
    path = folder / "set.toml"
    asked = run("sources", "remove", path, built / "more", stdin=b"n\n")
    assert (asked.exit_code, f"with {SOUNDS} sounds and their tags?" in asked.stderr) == (1, True)
    removed = rows_of("sources", "remove", path, built / "more", "--yes")
    assert removed == {"removed": SOUNDS, "not_written": []}
    assert succeed("sources", "remove", folder / "one.db", built / "more", "--yes") == (
        f"removed {SOUNDS} sounds\n"
    )
    assert rows_of("sources", "list", path) == rows_of("sources", "list", folder / "one.db")
    assert "is no source" in fail("sources", "remove", path, built / "more", "--yes")
    with open_set(path) as opened:
        assert {one.path[:4] for one in opened.search("tone", 30)} == {"tone"}
        assert len(opened.labels.anchors("kick")) == 1  # the catalog has a copy of its sound
        assert opened.labels.matches("kick", 3)
        opened.ingest([built / "more"])
        assert len(opened.search("tone", 30)) == 2 * SOUNDS


def test_a_shard_that_cannot_be_written_gets_its_part_later(folder: Path, built: Path) -> None:
    path = folder / "set.toml"
    locked = apsw.Connection(str(folder / "set-0002.db"))
    locked.execute("BEGIN IMMEDIATE")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sqlclap.db.connection.BUSY_TIMEOUT_MS", 50)
        told = run("sources", "exclude", path, built / "more", "x-*", "--json")
    locked.close()
    assert (told.exit_code, "not written, shard 2" in told.stderr) == (1, True)
    assert [one["shard"] for one in json.loads(told.stdout)["not_written"]] == [2]
    listed = run("sources", "list", path, "--json")
    assert "not all shards pass over the same" in listed.stderr
    assert run("sources", "exclude", path, built / "more", "x-*").exit_code == 0
    listed = run("sources", "list", path, "--json")
    assert listed.stderr == ""

    (folder / "set-0003.db").rename(folder / "away.db")
    listed = run("sources", "list", path)
    assert (listed.exit_code, "2 of 3 shards answered" in listed.stderr) == (0, True)
    assert "shard 3" in fail("sources", "list", path, "--require-all")
    removed = run("sources", "remove", path, built / "more", "--yes", "--json")
    assert [one["shard"] for one in json.loads(removed.stdout)["not_written"]] == [3]
    assert (removed.exit_code, "not written, shard 3" in removed.stderr) == (1, True)
    assert "missing shard 3" in fail("sources", "remove", path, built / "more", "--yes")
    (folder / "away.db").rename(folder / "set-0003.db")
    left = next(
        one
        for one in rows_of("sources", "list", path)
        if one["root"] == str((built / "more").resolve())
    )
    assert 0 < left["samples"] < SOUNDS
    assert run("sources", "remove", path, built / "more", "--yes").exit_code == 0
    assert [one["root"] for one in rows_of("sources", "list", path)] == [str(built / "tones")]
    assert "all is well" in succeed("shards", "verify", path)


def test_what_is_refused(folder: Path, built: Path) -> None:
    path = folder / "set.toml"
    with (
        open_set(path, SetOptions(mode="read")) as opened,
        pytest.raises(SetError, match="open for reading only"),
    ):
        opened.sources.remove(built / "more")
    for shard in folder.glob("set-000*.db"):
        shard.unlink()
    with open_set(path) as opened, pytest.raises(PartialAnswerError, match="0 of 3"):
        opened.sources.counted()
