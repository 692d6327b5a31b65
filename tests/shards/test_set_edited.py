"""Edited files of a set: what was said of them is told as in one library."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.support.rename_scene import NAMES, RenameScene
from tests.support.sounds import noise, write_sound


@pytest.fixture
def scene(tmp_path: Path, fake_bundle: Path) -> RenameScene:
    made = RenameScene(tmp_path.resolve(), fake_bundle)
    made.ingest()
    made.say()
    return made


def states(scene: RenameScene) -> list[list[tuple[str, str | None, str]]]:
    """Return what became of the anchors of the library, and of the set."""
    with scene.both() as both:
        return [
            sorted(
                (label.name, one.path, one.state)
                for label in opened.labels.list()
                for one in opened.labels.anchors(label.name)
            )
            for opened in both
        ]


def edit(scene: RenameScene, names: list[str]) -> None:
    for number, name in enumerate(names):
        write_sound(scene.sounds / name, noise(40 + number))


def test_an_edited_example_is_told_and_scores_as_it_sounds_now(scene: RenameScene) -> None:
    edit(scene, NAMES[:4])
    assert scene.ingest() == [{"changed": 4, "unchanged": 6}] * 2
    library, made = states(scene)
    assert made == library
    assert [path for _, path, state in library if state == "changed"] == NAMES[:4]
    scene.check_alike()


def test_what_a_crash_left_is_made_up_for(
    scene: RenameScene, monkeypatch: pytest.MonkeyPatch
) -> None:
    edit(scene, NAMES[:4])
    with monkeypatch.context() as patch:
        patch.setattr("sqlclap.shards.ingest.follow_edited", lambda *_: None)
        scene.ingest()
    library, made = states(scene)
    assert made != library
    scene.ingest()
    library, made = states(scene)
    assert made == library
    scene.check_alike()


def test_what_has_taken_a_name_is_no_edited_sound(scene: RenameScene) -> None:
    """A file goes to another shard, and another one gets its name, in one go."""
    moved = scene.rename_across(NAMES[:2])
    shutil.copy(scene.sounds / "loose/noise.wav", scene.sounds / NAMES[0])
    edit(scene, [NAMES[1]])
    scene.ingest()
    library, made = states(scene)
    assert made == library
    assert {path for _, path, _ in made} >= set(moved.values())
    scene.check_alike()
