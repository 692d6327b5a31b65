"""Files at nodes that get other names or contents: what the set's catalog says of them follows.

The node's machine takes the files in, with a copy of the catalog that lies there.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

import sqlclap
from tests.cli.running import run
from tests.support.rename_scene import NAMES, NOISE, RenameScene
from tests.support.scene_afar import Afar, said_of
from tests.support.sounds import noise, tone, write_sound


@pytest.fixture
def scene(tmp_path: Path, fake_bundle: Path) -> RenameScene:
    made = RenameScene(tmp_path / "scene", fake_bundle)
    made.ingest()
    return made


@pytest.fixture
def afar(scene: RenameScene) -> Iterator[Afar]:
    with said_of(scene) as made:
        yield made


def test_what_was_said_follows_files_that_get_other_names_at_a_node(afar: Afar) -> None:
    """Within a shard, and to another one."""
    scene = afar.scene
    for at, name in enumerate(NAMES):
        own = scene.shard_of(name)
        stays = own.__eq__ if at % 2 else own.__ne__
        scene.rename(name, scene.name_in(stays, f"renamed/{{}}-{Path(name).name}"))
    afar.follow()
    afar.check_alike()
    afar.follow()
    afar.check_alike()


def test_copies_that_are_alike_get_an_heir_each(afar: Afar) -> None:
    scene = afar.scene
    with afar.open() as near, sqlclap.open(scene.one, model=scene.model) as library:
        for at in (0, 1):
            write_sound(scene.sounds / f"{at}/alike.wav", tone(777))
        scene.ingest()
        for one in (near, library):
            one.curation.rate(["0/alike.wav"], 1)
            one.curation.rate(["1/alike.wav"], 2)
    for at in (0, 1):
        scene.rename(f"{at}/alike.wav", f"renamed/{at}/alike.wav")
    afar.follow()
    afar.check_alike()


def edit(scene: RenameScene) -> None:
    write_sound(scene.sounds / NOISE, noise(9))
    os.utime(scene.sounds / NOISE, ns=(0, 2 * 10**18))


def test_examples_follow_files_that_are_edited_at_a_node(afar: Afar) -> None:
    edit(afar.scene)
    afar.follow()
    afar.check_alike()


def test_examples_follow_files_that_are_edited_here_while_others_lie_at_nodes(
    scene: RenameScene,
) -> None:
    here = scene.shard_of(NOISE)
    with said_of(scene, here) as afar:
        edit(scene)
        scene.ingest()
        with afar.open() as near:
            report = near.ingest()
            assert report.changed == 1
            assert here not in {one.shard for one in report.not_written}
        afar.check_alike()


def test_nothing_follows_while_a_node_is_away(afar: Afar) -> None:
    """A sound that is there may be in a shard that isn't."""
    scene = afar.scene
    with afar.open() as near:
        anchors = [one.path for one in near.labels.anchors("low")]
    afar.process.terminate()
    afar.process.wait(30)
    scene.rename_across()
    afar.follow()
    with afar.open() as near:
        assert [one.path for one in near.labels.anchors("low")] == anchors


def test_the_command_names_the_shards_that_lie_at_nodes(afar: Afar) -> None:
    ran = run("ingest", str(afar.set), "--model", afar.scene.model)
    assert ran.exit_code == 1
    assert "not written, shard 1" in ran.stderr
    assert "no folders yet" not in ran.stderr
