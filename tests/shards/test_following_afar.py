"""Files at nodes that get other names or contents: what the set's catalog says of them follows.

The node's machine takes the files in, with a copy of the catalog that lies there.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

import sqlclap
from sqlclap.shards import SetOptions, ShardSet, open_set
from sqlclap.shards.set_file import read_set, write_set
from tests.cli.running import run
from tests.support.rename_scene import NAMES, NOISE, RenameScene, counts, said, say
from tests.support.served_nodes import node_process, token_known, url_of
from tests.support.sounds import noise, tone, write_sound


class Afar:
    """The set of a scene, of which all shards but one lie at a node; the catalog lies elsewhere.

    Parameters
    ----------
    scene : RenameScene
    here : int, optional
        The number of the shard that lies beside the catalog; by default none does.
    """

    def __init__(self, scene: RenameScene, here: int | None = None) -> None:
        self.scene = scene
        file = read_set(scene.set)
        node_of = {one.number: "far" for one in file.shards if one.number != here}
        shards = (replace(one, node=node_of.get(one.number, "")) for one in file.shards)
        write_set(scene.set, replace(file, shards=tuple(shards)))
        self.process = node_process(scene.set, "far", Path(scene.model))
        folder = scene.folder / "near"
        folder.mkdir()
        shutil.copy(scene.folder / file.catalog, folder)
        for one in file.shards:
            if one.number == here:
                for part in scene.folder.glob(f"{one.path}*"):
                    shutil.move(part, folder)
        self.set = folder / "set.toml"
        write_set(self.set, replace(read_set(scene.set), nodes=(("far", url_of(self.process)),)))

    def open(self) -> ShardSet:
        return open_set(self.set, SetOptions(model=self.scene.model))

    def say(self) -> None:
        """Say the same of sounds in the set, and in the library."""
        with self.open() as near, sqlclap.open(self.scene.one, model=self.scene.model) as library:
            say_without_runs(near)
            say_without_runs(library)

    def follow(self) -> None:
        """Take in what has changed, at the node and then where the catalog lies."""
        self.scene.ingest()
        with self.open() as near:
            report = near.ingest()
            assert {one.shard for one in report.not_written} == {1, 2, 3}
            assert counts(report) == {}

    def check_alike(self) -> None:
        with self.open() as near, sqlclap.open(self.scene.one, model=self.scene.model) as library:
            wanted, found = said(library), said(near)
            for what, rows in wanted.items():
                assert found[what] == rows, what
            everywhere = [near.labels.anchors(one.name) for one in near.labels.list()]
            assert all(one.sample_id for rows in everywhere for one in rows)

    def close(self) -> None:
        self.process.terminate()
        assert self.process.wait(30) == 0
        assert self.process.stdout is not None
        self.process.stdout.close()


def say_without_runs(opened: sqlclap.Library | ShardSet) -> None:
    """Nothing is written at a node: no tags of runs."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(type(opened.labels), "tag", lambda *_: None)
        say(opened)


@pytest.fixture
def scene(tmp_path: Path, fake_bundle: Path) -> RenameScene:
    made = RenameScene(tmp_path / "scene", fake_bundle)
    made.ingest()
    return made


@contextmanager
def said_of(scene: RenameScene, here: int | None = None) -> Iterator[Afar]:
    """Lay the shards at a node, and say something of the sounds."""
    with token_known():
        made = Afar(scene, here)
        made.say()
        made.check_alike()
        yield made
        made.close()


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
