"""Duplicates of a set that go: the files of one library, and what was said of them passed on."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

import sqlclap
from sqlclap.errors import SetError
from sqlclap.labels.tagging import TagRequest
from sqlclap.shards import SetOptions, ShardSet, handing_on, open_set
from sqlclap.shards.making import init_set
from tests.cli.running import rows_of, run, succeed
from tests.support.killed_handing_on import KilledError, kill_between_commits
from tests.support.rename_scene import RenameScene
from tests.support.scene_afar import said_of
from tests.support.sounds import noise, tone, write_sound
from tests.support.spread_sounds import spread_folders

COPIES = 4
HOW = ("--keep", "shortest-path")


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with sounds, each several times, and a set and a library of them."""
    folder = tmp_path_factory.mktemp("doubles")
    names = {f"{'pack/' * copy}tone-{of}.wav": of for of in range(3) for copy in range(COPIES)}
    with init_set(folder / "set.toml", 3) as made:
        sounds = next(one for one in spread_folders(made, names) if _parted(made, one))
        (folder / "sounds").symlink_to(sounds)
        for name, number in names.items():
            write_sound(sounds / name, tone(110 * (number + 1)))
        write_sound(sounds / "alone.wav", noise(3))
        made.ingest([sounds])
    with sqlclap.open(folder / "one.db") as library:
        library.ingest([sounds])
    return folder


def _parted(made: ShardSet, folder: Path) -> bool:
    """Whether the first tone lies in another shard than some of its copies, and with one."""
    held = [made.shard_of(str(folder), f"{'pack/' * copy}tone-0.wav").number for copy in range(4)]
    return held[0] not in held[2:] and held[0] == held[1]


@pytest.fixture
def folder(built: Path, tmp_path: Path) -> Path:
    """A copy of the libraries, of the same sounds, which are put back at the end."""
    kept = tmp_path / "sounds"
    shutil.copytree(built / "sounds", kept)
    for file in built.glob("*.*"):
        if file.is_file():
            shutil.copy(file, tmp_path)
    return tmp_path


def back(folder: Path, built: Path) -> None:
    place = (built / "sounds").resolve()
    shutil.rmtree(place)
    shutil.copytree(folder / "sounds", place)


def told(plan: list[dict[str, object]]) -> list[tuple[object, ...]]:
    return sorted((str(one["path"]), one["stays"], one["kind"], one["reason"]) for one in plan)


def test_a_plan_is_that_of_one_library(folder: Path) -> None:
    for how in (HOW, ("--keep", "in-folder=pack", *HOW)):
        plans = [
            told(rows_of("duplicates", folder / name, *how)) for name in ("one.db", "set.toml")
        ]
        assert plans[0] == plans[1]
        assert sum(not one[1] for one in plans[0]) == 3 * (COPIES - 1)


def test_files_go_and_what_was_said_of_them_stays(folder: Path, built: Path) -> None:
    path = folder / "set.toml"
    deep = "pack/pack/pack/tone-0.wav"
    with open_set(path) as opened:
        opened.labels.ensure("kick", [deep])
        opened.labels.tag_by_hand("snare", ["pack/tone-1.wav"], create=True)
        opened.labels.change("kick", threshold=0.1)
        opened.labels.tag(TagRequest(labels=("kick",), confidence="low", force=True))
        opened.curation.add_favourites(["pack/pack/tone-1.wav"])
        opened.curation.rate([deep], 4)
        opened.curation.note([deep, "tone-0.wav"], "dusty")
        opened.curation.note(["pack/tone-0.wav"], "warm")
        opened.curation.record_use([deep], "play")
        opened.collections.add("Track 7", ["pack/pack/tone-2.wav"])
        before = {one.path for one in opened.labels.tags()}
    try:
        moved = rows_of("duplicates", path, *HOW, "--quarantine", folder / "away")
        assert len(moved["files"]) == 3 * (COPIES - 1)
        assert moved["left_out"] == {}
        with open_set(path) as opened:
            _check_kept(opened)
            assert {one.path for one in opened.labels.tags()} <= before
        assert succeed("duplicates", path).endswith(
            "0 groups; what is not marked to keep takes 0 B\n"
        )
        assert "all is well" in succeed("shards", "verify", path)
        succeed("duplicates", path, "--restore", folder / "away")
        assert succeed("ingest", path).startswith(f"{3 * (COPIES - 1)} new, 4 unchanged")
    finally:
        back(folder, built)


def _check_kept(opened: ShardSet) -> None:
    left = {one.path: one.sample_id for one in opened.search("tone", 20)}
    assert set(left) == {"alone.wav", "tone-0.wav", "tone-1.wav", "tone-2.wav"}
    assert [one.path for one in opened.labels.anchors("kick")] == ["tone-0.wav"]
    assert "tone-1.wav" in {one.path for one in opened.labels.tags() if one.label == "snare"}
    assert [one.path for one in opened.curation.favourites()] == ["tone-1.wav"]
    kept = opened.curation.of("tone-0.wav")
    assert kept.rating == 4
    assert sorted((kept.note or "").split("\n")) == ["dusty", "warm"]
    assert kept.last_action == "play"
    assert [one.sample_id for one in opened.collections.sounds("Track 7")] == [left["tone-2.wav"]]


@pytest.mark.parametrize("step", ["copies", "kept", "committed", "removed"])
def test_what_was_killed_is_ended_by_the_next(
    folder: Path, built: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    """Killed after the catalog was written, or between the two shards: nothing is lost."""
    path = folder / "set.toml"
    with open_set(path) as opened:
        opened.labels.ensure("kick", ["pack/pack/pack/tone-0.wav"])
        opened.curation.rate(["pack/pack/tone-0.wav"], 4)
        opened.curation.add_favourites(["pack/tone-0.wav"])
        opened.curation.note(["pack/tone-0.wav", "pack/pack/pack/tone-0.wav"], "dusty")

    _kill_at(step, monkeypatch)
    try:
        with open_set(path) as opened, pytest.raises(KilledError):
            _move_all(opened, folder)
        monkeypatch.undo()
        with open_set(path) as opened:
            _move_all(opened, folder)
            assert [one.path for one in opened.labels.anchors("kick")] == ["tone-0.wav"]
            assert opened.curation.of("tone-0.wav").rating == 4
            assert [one.path for one in opened.curation.favourites()] == ["tone-0.wav"]
            assert opened.curation.of("tone-0.wav").note == "dusty"
            assert len(opened.search("tone", 20)) == 4
        assert "all is well" in succeed("shards", "verify", path)
    finally:
        back(folder, built)


def _kill_at(step: str, patch: pytest.MonkeyPatch) -> None:
    if step == "copies":
        inner = handing_on._in_catalog

        def killed(*told: Any) -> None:
            inner(*told)
            raise KilledError

        patch.setattr(handing_on, "_in_catalog", killed)
    elif step == "committed":
        kill_between_commits(patch)
    else:
        name = "_take_over" if step == "kept" else "merge_samples"
        patch.setattr(handing_on, name, _raising(KilledError))


def _raising(error: type[Exception]) -> object:
    def killed(*_: object, **__: object) -> None:
        raise error

    return killed


def _move_all(opened: ShardSet, folder: Path) -> None:
    plan = opened.quarantine.plan(opened.duplicates(), ["shortest-path"])
    opened.quarantine.move(plan, folder / "away")


def test_a_set_for_reading_is_left_alone(folder: Path) -> None:
    with (
        open_set(folder / "set.toml", SetOptions(mode="read")) as opened,
        pytest.raises(SetError, match="open for reading only"),
    ):
        _move_all(opened, folder)
    assert not (folder / "away").exists()


def test_it_is_told_that_files_at_nodes_take_no_part(tmp_path: Path, fake_bundle: Path) -> None:
    scene = RenameScene(tmp_path / "scene", fake_bundle)
    here, afar = (scene.name_in(shards, "alike-{}.wav") for shards in ((1).__eq__, (1).__ne__))
    other = scene.name_in((1).__eq__, "again-{}.wav")
    for name in (here, afar, other):
        write_sound(scene.sounds / name, noise(4))
    scene.ingest()
    with said_of(scene, here=1) as made:
        for more in ((), ("--json",), ("--quarantine", tmp_path / "away")):
            ran = run("duplicates", made.set, "--keep", "oldest", "--model", scene.model, *more)
            assert (ran.exit_code, "at nodes: 1 sound more" in ran.stderr) == (0, True)
            assert afar not in ran.stdout
    assert (scene.sounds / afar).exists()
    assert sum((scene.sounds / name).exists() for name in (here, other)) == 1
