"""A folder of a set that has moved: its sounds follow it, in their shards and by their ids."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

import apsw
import pytest

import sqlclap
from sqlclap.errors import RelocateError
from sqlclap.ingest.relocate import RelocateOptions, Relocation
from sqlclap.shards import ShardSet, open_set
from sqlclap.shards.making import init_set
from sqlclap.shards.protocol import TOKEN_VARIABLE
from sqlclap.shards.relocating import _SetRelocation
from sqlclap.shards.set_file import read_set
from sqlclap.shards.splitting import split_shard
from tests.cli.running import fail, rows_of, run, succeed
from tests.support.served_nodes import TOKEN, Nodes
from tests.support.sounds import tone, write_sound
from tests.support.spread_sounds import spread_folders
from tests.support.twin_libraries import Twins

SOUNDS = 9
NAMES = [f"kit/tone-{one}.wav" for one in range(SOUNDS)]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a set and a library of the same nine sounds, of which something is said."""
    folder = tmp_path_factory.mktemp("relocate")
    with init_set(folder / "set.toml", 3) as made:
        (folder / "name").write_text(next(spread_folders(made, NAMES)).name)
        for number, name in enumerate(NAMES):
            write_sound(root_of(folder) / name, tone(110 * (number + 1)))
        made.ingest([root_of(folder)])
        say(made)
    with sqlclap.open(folder / "one.db") as library:
        library.ingest([root_of(folder)])
        say(library)
    return folder


def root_of(folder: Path) -> Path:
    return folder / (folder / "name").read_text()


def say(made: Any) -> None:
    made.labels.ensure("low", NAMES[:3])
    made.labels.ensure("high", NAMES[-2:])
    made.labels.tag_by_hand("low", [NAMES[4]])
    made.curation.add_favourites([NAMES[0], NAMES[5]])
    made.collections.add("few", [NAMES[1], NAMES[6]])


@pytest.fixture
def folder(built: Path, tmp_path: Path) -> Path:
    """Copies of the libraries; the sounds lie at another place when the test begins."""
    copy = Path(shutil.copytree(built, tmp_path / "copy", symlinks=True))
    (copy / "was").write_text(str(root_of(built)))
    root_of(copy).rename(copy / "moved")
    return copy


def was(folder: Path) -> str:
    return (folder / "was").read_text()


def said(made: Any) -> dict[str, Any]:
    """What is said of sounds, by paths."""
    return {
        "matches": [(one.path, round(one.score, 6), one.gap) for one in made.labels.matches("low")],
        "anchors": sorted(one.path for one in made.labels.anchors("low")),
        "tags": [one.path for one in made.labels.tags()],
        "favourites": sorted(one.path for one in made.curation.favourites()),
        "few": sorted(one.path for one in made.collections.sounds("few")),
        "filter": sorted(
            one.path for one in made.search("x", 9, sqlclap.SearchOptions(collection="few"))
        ),
    }


def ids(opened: ShardSet) -> dict[str, int]:
    return {one.path: one.sample_id for one in opened.search("tone", SOUNDS)}


def files(made: Any) -> set[str]:
    return {str(one.file) for one in made.search("tone", SOUNDS)}


def test_sounds_follow_as_those_of_one_library(folder: Path) -> None:
    path = folder / "set.toml"
    with open_set(path) as opened:
        before, kept = ids(opened), said(opened)
    told = [succeed("relocate", folder / one, was(folder), folder / "moved") for one in FILES]
    assert told == [f"moved {SOUNDS} of {SOUNDS} sounds to {folder / 'moved'}\n"] * 2
    with open_set(path) as opened, sqlclap.open(folder / "one.db") as library:
        assert ids(opened) == before
        assert said(opened) == kept
        assert kept["anchors"] == said(library)["anchors"]
        assert files(opened) == files(library) == {str(folder / "moved" / one) for one in NAMES}
        assert opened.ingest().unchanged == SOUNDS
        write_sound(folder / "moved" / "more.wav", tone(77))
        assert (opened.ingest().new, library.ingest().new) == (1, 1)
    assert rows_of("sources", "list", path) == rows_of("sources", "list", folder / "one.db")
    assert "all is well" in succeed("shards", "verify", path)
    (folder / "moved").rename(folder / "again")
    assert f"`sqlclap relocate {path} {folder / 'moved'} NEW`" in fail("ingest", path)
    succeed("relocate", path, folder / "moved", folder / "again")
    assert rows_of("ingest", path)["unchanged"] == SOUNDS + 1


FILES = ("set.toml", "one.db")


def test_a_split_goes_by_the_names_that_sounds_had_first(folder: Path) -> None:
    path = folder / "set.toml"
    with open_set(path) as opened:
        before, kept = ids(opened), said(opened)
    succeed("relocate", path, was(folder), folder / "moved")
    (folder / "moved" / "kit").rename(folder / "drums")
    succeed("relocate", path, folder / "moved" / "kit", folder / "drums")
    assert "format = 2" in path.read_text()
    for number in (1, 2):
        split_shard(path, number)
    assert "all is well" in succeed("shards", "verify", path)
    with open_set(path) as opened:
        flat = {f"kit/{name}": one for name, one in ids(opened).items()}
        assert flat == before
        assert opened.ingest([folder / "drums"]).unchanged == SOUNDS
        assert [f"kit/{one}" for one in said(opened)["tags"]] == kept["tags"]


def test_a_dry_run_and_a_refusal_change_nothing(folder: Path) -> None:
    path, moved = folder / "set.toml", folder / "moved"
    for options in (("--dry-run",), ("--dry-run", "--verify")):
        told = [rows_of("relocate", folder / one, was(folder), moved, *options) for one in FILES]
        assert told[0] == told[1] | {"not_written": []}
    (moved / NAMES[2]).unlink()
    write_sound(moved / NAMES[3], tone(5_000))
    content = path.read_bytes()
    assert f"2 of {SOUNDS} sounds are not at" in fail("relocate", path, was(folder), moved)
    assert path.read_bytes() == content
    told = [run("relocate", folder / one, was(folder), moved, "--force") for one in FILES]
    assert [one.exit_code for one in told] == [0, 0]
    with open_set(path) as opened, sqlclap.open(folder / "one.db") as library:
        reports = [one.ingest() for one in (opened, library)]
        assert {(one.unchanged, one.changed, one.missing) for one in reports} == {(7, 1, 1)}


def test_files_are_compared_once(folder: Path) -> None:
    for file in (folder / "moved").rglob("*.wav"):
        os.utime(file)
    options = RelocateOptions(verify=True)
    with open_set(folder / "set.toml") as opened:
        report = opened.sources.relocate(was(folder), folder / "moved", options)
    assert (report.moved, report.compared) == (SOUNDS, SOUNDS)


def test_what_was_never_there_is_told(folder: Path) -> None:
    path = folder / "set.toml"
    assert "no sound of" in fail("relocate", path, "/nowhere", folder / "moved")
    assert "did you mean" in fail("relocate", path, folder / "moved", was(folder))
    assert "already" in fail("relocate", path, was(folder), was(folder))
    with open_set(path) as opened, pytest.raises(RelocateError, match="plain text"):
        opened.sources.relocate(was(folder), os.fsdecode(b"/caf\xe9"))
    assert read_set(path).moved == ()


def test_other_sounds_of_the_new_place_would_be_astray(folder: Path) -> None:
    path = folder / "set.toml"
    succeed("ingest", path, folder / "moved")
    assert "are in other shards" in fail("relocate", path, was(folder), folder / "moved")
    succeed("sources", "remove", path, folder / "moved", "--yes")
    succeed("relocate", path, was(folder), folder / "moved")
    assert "all is well" in succeed("shards", "verify", path)


def test_a_shard_that_is_locked_gets_its_part_later(folder: Path) -> None:
    path = folder / "set.toml"
    with open_set(path) as opened:
        before, kept = ids(opened), said(opened)
    locked = apsw.Connection(str(folder / "set-0002.db"))
    locked.execute("BEGIN IMMEDIATE")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sqlclap.db.connection.BUSY_TIMEOUT_MS", 50)
        told = run("relocate", path, was(folder), folder / "moved")
    locked.close()
    assert (told.exit_code, "not written, shard 2" in told.stderr) == (1, True)
    assert read_set(path).moved[0].pending
    with open_set(path) as opened:
        assert (ids(opened), said(opened)) == (before, kept)
        assert opened.ingest([folder / "moved"]).unchanged == SOUNDS
        assert (ids(opened), said(opened)) == (before, kept)
    succeed("relocate", path, was(folder), folder / "moved")
    assert [one.pending for one in read_set(path).moved] == [False]
    with open_set(path) as opened:
        assert (ids(opened), said(opened)) == (before, kept)


class Crash(BaseException):
    """What ends a program."""


@pytest.mark.parametrize("step", range(5))
def test_a_crash_leaves_a_set_that_answers(
    folder: Path, step: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before each shard's move, before the catalog's, and before the end is written."""
    path, left = folder / "set.toml", step
    with open_set(path) as opened:
        before, kept = ids(opened), said(opened)

    def crashing(owner: type, name: str) -> None:
        own = getattr(owner, name)

        def work(*arguments: Any) -> Any:
            nonlocal left
            if not left:
                raise Crash
            left -= 1
            return own(*arguments)

        monkeypatch.setattr(owner, name, work)

    crashing(Relocation, "move")
    crashing(_SetRelocation, "_follow_in_catalog")
    crashing(_SetRelocation, "_ended")
    with open_set(path) as opened, pytest.raises(Crash):
        opened.sources.relocate(was(folder), folder / "moved")
    monkeypatch.undo()
    with open_set(path) as opened:
        assert (ids(opened), said(opened)) == (before, kept)
        low = opened.labels.anchors("low")
        assert {one.sample_id for one in low} == {before[one] for one in NAMES[:3]}
        opened.labels.add_anchors("low", [NAMES[0]])  # at a name that the catalog may not have yet
    assert "all is well" in succeed("shards", "verify", path)
    succeed("relocate", path, was(folder), folder / "moved")
    with open_set(path) as opened:
        assert (ids(opened), said(opened)) == (before, kept)
        assert files(opened) == {str(folder / "moved" / one) for one in NAMES}
    assert not any(one.pending for one in read_set(path).moved)


def test_sounds_at_nodes_are_relocated_there(
    tmp_path: Path, fake_bundle: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The asker's catalog follows what has moved there, and waits for the rest."""
    twins = Twins(tmp_path, fake_bundle)
    twins.add(30)
    monkeypatch.setenv(TOKEN_VARIABLE, TOKEN)
    nodes = Nodes(twins, tmp_path / "elsewhere")
    folders, options = ("/archive", "/moved"), RelocateOptions(force=True)
    try:
        with nodes.open() as opened:
            opened.labels.ensure("kick", [one.path for one in twins.sounds[:4]])
            before = {one.path: one.sample_id for one in opened.labels.anchors("kick")}
            report = opened.sources.relocate(*folders, options)
            assert [one.shard for one in report.not_written] == [1, 2, 3]
            assert "lies at node" in report.not_written[0].reason
            anchors = opened.labels.anchors("kick")
            assert {one.path: one.sample_id for one in anchors} == before
        with twins.reopened() as there:
            assert there.sources.relocate(*folders, options).moved == 30
        with nodes.open() as opened:
            opened.sources.relocate(*folders, options)
            anchors = opened.labels.anchors("kick")
            assert {one.path: one.sample_id for one in anchors} == before
            query = "SELECT root FROM sources"
            assert opened.session.catalog.database.execute(query).fetchall() == [("/moved",)]
    finally:
        nodes.close()
        twins.close()
