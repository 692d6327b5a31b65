"""The same recordings in one library and in a set of three shards; their files lie beside them."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

import sqlclap
from sqlclap.labels.tagging import TagRequest
from sqlclap.labels.votes import CastVote
from sqlclap.shards import ShardSet
from sqlclap.shards.making import init_set
from tests.support.annotation_files import TWICE, AnnotationFiles
from tests.support.heard_twins import HeardTwins
from tests.support.rename_scene import RenameScene
from tests.support.sounds import noise, tone, write_sound
from tests.support.spread_sounds import spread_folders

RECORDED = {
    "site1/20240501_050000.wav": tone(110, 2.0),
    "site1/20240501_060000.wav": tone(220, 2.0),
    "site1/20240502_050000.wav": noise(1, 1.0),
    "site2/20240501_050000.wav": tone(330, 2.0),
    "site2/20240501_070000.wav": noise(2, 2.0),
    "site2/20240503_050000.flac": tone(440, 1.0),
    "loose/noise.wav": noise(3, 1.0),
    "loose/tone.wav": tone(550, 1.0),
    "loose/one more.wav": np.concatenate([tone(300), noise(4)]),
}


@pytest.fixture(scope="session")
def heard_twins_built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Their folder; not to be written to."""
    folder = tmp_path_factory.mktemp("heard-twins")
    with init_set(folder / "set.toml", 3) as made:
        sounds = next(spread_folders(made, RECORDED))
        for path, samples in RECORDED.items():
            write_sound(sounds / path, samples)
        write_sound(folder / "other" / TWICE, tone(700))
        made.ingest([sounds, folder / "other"])
        made.deployments.by_folder(sounds)
        _say(made, sounds)
    with sqlclap.open(folder / "one.db") as library:
        library.ingest([sounds, folder / "other"])
        library.deployments.by_folder(sounds)
        _say(library, sounds)
    return folder


def _say(opened: sqlclap.Library | ShardSet, sounds: Path) -> None:
    """Say the same of the same sounds."""
    labels, first = opened.labels, sounds / TWICE
    labels.ensure("hum", [first, sounds / "loose" / "tone.wav"])
    labels.ensure("hiss", [sounds / "loose" / "noise.wav"])
    labels.vote("hum", [f"{first}@0.5-1.5"], CastVote("accept"))
    labels.vote("hum", [sounds / "site2" / "20240501_070000.wav"], CastVote("reject"))
    labels.vote("hiss", [sounds / "site1" / "20240502_050000.wav"], CastVote("accept"))
    labels.tag_by_hand("hiss", [sounds / "loose" / "one more.wav"])
    labels.change("hum", threshold=0.3)
    labels.tag(TagRequest(labels=("hum",), confidence="medium", force=True))
    opened.collections.add("Track 7", [sounds / "site2" / "20240501_050000.wav", first])
    opened.curation.rate([sounds / "loose" / "noise.wav"], 4)


@pytest.fixture
def heard_twins(heard_twins_built: Path, tmp_path: Path) -> HeardTwins:
    """Copies of both libraries; the recordings stay where they are."""
    for file in heard_twins_built.iterdir():
        if file.is_file():
            shutil.copy(file, tmp_path)
        elif file.name.endswith("-hnsw"):
            shutil.copytree(file, tmp_path / file.name)
    return HeardTwins(tmp_path)


@pytest.fixture(scope="session")
def rename_scene_built(tmp_path_factory: pytest.TempPathFactory, fake_bundle: Path) -> RenameScene:
    """A library and a set that have taken the same sounds in; not to be written to."""
    scene = RenameScene(tmp_path_factory.mktemp("renames").resolve() / "scene", fake_bundle)
    assert scene.ingest() == [{"new": 10}] * 2
    scene.say()
    return scene


@pytest.fixture
def scene(rename_scene_built: RenameScene) -> Iterator[RenameScene]:
    """The same, to be written to: all of it is put back at the end, under the same names."""
    folder = rename_scene_built.folder
    kept = folder.parent / "kept"
    shutil.copytree(folder, kept, symlinks=True)
    yield rename_scene_built
    shutil.rmtree(folder)
    kept.rename(folder)


@pytest.fixture
def files(tmp_path: Path) -> AnnotationFiles:
    return AnnotationFiles(tmp_path)
