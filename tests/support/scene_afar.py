"""The set of a scene of renamed files, whose shards lie at a node: a real server process."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

import sqlclap
from sqlclap.shards import SetOptions, ShardSet, open_set
from sqlclap.shards.set_file import read_set, write_set
from tests.support.rename_scene import RenameScene, counts, said, say
from tests.support.served_nodes import node_process, token_known, url_of


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


@contextmanager
def said_of(scene: RenameScene, here: int | None = None) -> Iterator[Afar]:
    """Lay the shards at a node, and say something of the sounds."""
    with token_known():
        made = Afar(scene, here)
        made.say()
        made.check_alike()
        yield made
        made.close()
